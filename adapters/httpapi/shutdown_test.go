package httpapi

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/onhand/onhand/adapters/memory"
	"github.com/onhand/onhand/ports"
)

func TestADrainingServiceIsUnreadyBeforeItClosesThePort(t *testing.T) {
	s, _ := newTestServer(t, memory.NewEventStore(time.Minute, time.Now), Options{})
	require.Equal(t, 200, ask(s, "GET", "/readyz", nil).Code)
	synctest.Test(t, func(t *testing.T) {
		begin, drained := time.Now(), make(chan time.Duration, 1)
		go func() {
			s.Drain(t.Context(), time.Minute)
			drained <- time.Since(begin)
		}()
		synctest.Wait()
		answer := ask(s, "GET", "/readyz", nil)
		require.Equal(t, 503, answer.Code)
		require.Contains(t, answer.Body.String(), `"serving":{"status":"failing","detail":"shutting down"}`)
		require.Error(t, s.followers.ending.Err(), "streams end at once")
		answer = ask(s, "GET", "/v1/stores", nil)
		require.Equal(t, 200, answer.Code, "it still serves")
		require.Equal(t, "close", answer.Header().Get("Connection"), "and asks clients to connect again")
		require.Equal(t, time.Minute, <-drained)

		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		begin = time.Now()
		s.Drain(ctx, time.Minute)
		require.Equal(t, time.Second, time.Since(begin), "the drain ends with its context")
	})
}

func TestTheStatusPageShowsOverload(t *testing.T) {
	since := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	s, _ := newTestServer(t, memory.NewEventStore(time.Minute, time.Now), Options{Overload: Overload{
		Breakers: func() []ports.BreakerStatus {
			return []ports.BreakerStatus{
				{Name: "api", State: ports.BreakerClosed, Since: since},
				{Name: "sync", State: ports.BreakerOpen, Since: since, Forced: true, Refused: 3, Faults: 2, Dropped: 1},
			}
		},
		Bulkheads: func() []ports.BulkheadStatus {
			return []ports.BulkheadStatus{{Name: "api", InUse: 1, Limit: 2, Waiting: 3, WaitingLimit: 4, Shed: 5}}
		},
	}})
	answer := ask(s, "GET", "/readyz", nil)
	require.Equal(t, 200, answer.Code, "requests that do not need the dependency work")
	require.Contains(t, answer.Body.String(), `"breakers":{"status":"ok","detail":"sync is open"}`)
	answer = ask(s, "GET", "/v1/status", nil)
	require.Contains(t, answer.Body.String(), `"breakers":{`+
		`"api":{"dropped":0,"faults":0,"forced":false,"refused":0,"since":"2026-03-01T12:00:00.000000Z","state":"closed"},`+
		`"sync":{"dropped":1,"faults":2,"forced":true,"refused":3,"since":"2026-03-01T12:00:00.000000Z","state":"open"}}`)
	require.Contains(t, answer.Body.String(),
		`"bulkheads":{"api":{"inUse":1,"limit":2,"shed":5,"waiting":3,"waitingLimit":4}}`)
}
