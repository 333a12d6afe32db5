package httpapi

import (
	"context"
	"errors"
	"iter"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/onhand/onhand/adapters/bulkhead"
	"github.com/onhand/onhand/adapters/hystrixbreaker"
	"github.com/onhand/onhand/adapters/memory"
	"github.com/onhand/onhand/domain/event"
	"github.com/onhand/onhand/ports"
)

// hangingLog is a store whose streams cannot be read: each read takes until its context ends,
// or fails at once.
type hangingLog struct {
	ports.EventStore
	err error // nil: reads hang
}

func (h *hangingLog) Stream(
	ctx context.Context, _ event.StreamID, _ event.Version, _ ports.Order,
) iter.Seq2[ports.StreamEvent, error] {
	return func(yield func(ports.StreamEvent, error) bool) {
		err := h.err
		if err == nil {
			<-ctx.Done()
			err = ctx.Err()
		}
		yield(ports.StreamEvent{}, err)
	}
}

// touchy is a breaker that opens at the first fault.
func touchy(t *testing.T) ports.Breaker {
	breaker, err := hystrixbreaker.New(hystrixbreaker.Options{
		Name: "api", Threshold: 0.01, MinCalls: 1, Cooldown: time.Hour, Fault: IsFault, Now: time.Now,
	})
	require.NoError(t, err)
	return breaker
}

// readsApart is an API with small bulkheads on a log that cannot be read.
func readsApart(t *testing.T, log *hangingLog, breaker ports.Breaker) (*Server, Overload) {
	whole := memory.NewEventStore(time.Minute, time.Now)
	log.EventStore = whole
	of := func(name string) ports.Bulkhead {
		return bulkhead.New(bulkhead.Options{Name: name, Permits: 2, Queue: 3})
	}
	overload := Overload{Work: of("api"), Reads: of("api-reads"), Lists: of("api-lists"), Breaker: breaker}
	s, _ := newTestServerOn(t, whole, log, Options{RequestTimeout: time.Second, Overload: overload})
	require.Equal(t, 200, ask(s, http.MethodPost, adjustments, strings.NewReader(`{"delta":1}`)).Code)
	return s, overload
}

const (
	oneItem = "/v1/stores/S1/items/A"
	history = oneItem + "/events"
)

func TestListsThatTimeOutStopNeitherWritesNorReads(t *testing.T) {
	breaker := touchy(t)
	synctest.Test(t, func(t *testing.T) {
		s, overload := readsApart(t, &hangingLog{}, breaker)
		defer func() { require.NoError(t, s.ledger.Close(context.Background())) }()
		var all sync.WaitGroup
		answers := make([]int, 6)
		for n := range answers {
			all.Go(func() { answers[n] = ask(s, http.MethodGet, history, nil).Code })
		}
		synctest.Wait()
		require.Equal(t, 2, overload.Lists.Status().InUse)
		require.Equal(t, 3, overload.Lists.Status().Waiting)
		for range 10 {
			begun := time.Now()
			require.Equal(t, 200, ask(s, http.MethodPost, adjustments, strings.NewReader(`{"delta":1}`)).Code)
			require.Equal(t, 200, ask(s, http.MethodGet, oneItem, nil).Code)
			require.Zero(t, time.Since(begun), "neither waits")
		}
		all.Wait()
		require.Subset(t, []int{503, 504}, answers, "two hung, three waited, one was shed")
		require.EqualValues(t, 1, overload.Lists.Status().Shed)
		require.Equal(t, ports.BreakerClosed, overload.Breaker.Status().State)
		require.Zero(t, overload.Breaker.Status().Faults)
		require.Equal(t, 200, ask(s, http.MethodPost, adjustments, strings.NewReader(`{"delta":1}`)).Code)
	})
}

func TestReadsThatFailOpenNoBreakerOfWrites(t *testing.T) {
	s, overload := readsApart(t, &hangingLog{err: errors.New("EIO")}, touchy(t))
	require.Equal(t, 200, ask(s, http.MethodPost, adjustments, strings.NewReader(`{"delta":1}`)).Code)
	for range 20 {
		require.Equal(t, 500, ask(s, http.MethodGet, history, nil).Code)
		require.Equal(t, 500, ask(s, http.MethodGet, oneItem+"?version=1", nil).Code)
	}
	require.Equal(t, ports.BreakerClosed, overload.Breaker.Status().State)
	require.Equal(t, 200, ask(s, http.MethodPost, adjustments, strings.NewReader(`{"delta":1}`)).Code)
}
