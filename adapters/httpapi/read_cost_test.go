package httpapi

import (
	"context"
	"iter"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/onhand/onhand/adapters/bulkhead"
	"github.com/onhand/onhand/adapters/memory"
	"github.com/onhand/onhand/domain/event"
	"github.com/onhand/onhand/ports"
)

// slowLog is a store whose streams take a time to read.
type slowLog struct {
	ports.EventStore
	work  time.Duration
	reads int
}

func (l *slowLog) Stream(
	ctx context.Context, id event.StreamID, after event.Version, order ports.Order,
) iter.Seq2[ports.StreamEvent, error] {
	l.reads++
	time.Sleep(l.work)
	return l.EventStore.Stream(ctx, id, after, order)
}

// pricedReads is an API with one permit for lists, of which each client may ask ten times a second,
// and twenty times at once.
func pricedReads(t *testing.T, work time.Duration) (*Server, *slowLog) {
	whole := memory.NewEventStore(time.Minute, time.Now)
	log := &slowLog{EventStore: whole, work: work}
	s, _ := newTestServerOn(t, whole, log, Options{
		RequestTimeout: time.Hour, Rate: RateOptions{PerSecond: 10, Burst: 20, Clients: 100, Now: time.Now},
		Overload: Overload{
			Work:  bulkhead.New(bulkhead.Options{Name: "api", Permits: 1}),
			Reads: bulkhead.New(bulkhead.Options{Name: "api-reads", Permits: 1}),
			Lists: bulkhead.New(bulkhead.Options{Name: "api-lists", Permits: 1, Queue: 10}),
		},
	})
	for range 2 { // so that version 1 is in the past
		require.Equal(t, 200, ask(s, http.MethodPost, adjustments, strings.NewReader(`{"delta":1}`)).Code)
	}
	return s, log
}

func askBy(s *Server, client, path string) *httptest.ResponseRecorder {
	request, answer := httptest.NewRequest(http.MethodGet, path, nil), httptest.NewRecorder()
	request.RemoteAddr = client
	s.Handler().ServeHTTP(answer, request)
	return answer
}

const greedy, modest = "198.51.100.7:1", "203.0.113.9:1"

func TestAReadCostsItsClientWhatItWorks(t *testing.T) {
	for _, read := range []string{history, oneItem + "?version=1"} {
		synctest.Test(t, func(t *testing.T) {
			s, _ := pricedReads(t, 400*time.Millisecond)
			defer func() { require.NoError(t, s.ledger.Close(context.Background())) }()
			// Given a client that reads for as long as a hundred other requests cost.
			require.Equal(t, 200, askBy(s, greedy, read).Code)
			// When it asks again, it is refused until it has paid, and is told for how long.
			for _, path := range []string{read, oneItem} {
				answer := askBy(s, greedy, path)
				require.Equal(t, 429, answer.Code, "%s after %s", path, read)
				require.Contains(t, answer.Body.String(), "rate-limited")
				require.Equal(t, "9", answer.Header().Get("Retry-After"), "20 - 1 - 100 tokens, and 0.4 s of refill")
				require.Equal(t, `"default";r=0;t=9`, answer.Header().Get("RateLimit"))
			}
			// Then others are served at once, and the client after that time.
			begun := time.Now()
			require.Equal(t, 200, askBy(s, modest, oneItem).Code)
			require.Zero(t, time.Since(begun))
			time.Sleep(8 * time.Second)
			require.Equal(t, 429, askBy(s, greedy, oneItem).Code)
			time.Sleep(time.Second)
			require.Equal(t, 200, askBy(s, greedy, oneItem).Code)
		})
	}
}

func TestACheapReadCostsNoMoreThanAnyRequest(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, _ := pricedReads(t, workPerToken-1)
		defer func() { require.NoError(t, s.ledger.Close(context.Background())) }()
		for range 20 {
			require.Equal(t, 200, askBy(s, greedy, history).Code)
		}
		require.Equal(t, 429, askBy(s, greedy, history).Code)
	})
}

func TestAClientGetsNoReadsOnCreditWhileItWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, log := pricedReads(t, 400*time.Millisecond)
		defer func() { require.NoError(t, s.ledger.Close(context.Background())) }()
		log.reads = 0
		// Given a client that asks for many lists at once, and another one after it.
		var all sync.WaitGroup
		answers := map[int]int{}
		var mu sync.Mutex
		for range 8 {
			all.Go(func() {
				code := askBy(s, greedy, history).Code
				mu.Lock()
				defer mu.Unlock()
				answers[code]++
			})
			synctest.Wait()
		}
		begun := time.Now()
		all.Go(func() {
			if code := askBy(s, modest, history).Code; code != http.StatusOK {
				t.Error(code)
			}
			if waited := time.Since(begun); waited != 2*log.work {
				t.Error("it waited for the first list of the other client, and its own:", waited)
			}
		})
		all.Wait()
		// Then the first list of each is read, and the others are refused without any work.
		require.Equal(t, map[int]int{200: 1, 429: 7}, answers)
		require.Equal(t, 2, log.reads)
		require.EqualValues(t, 7, s.RateStatus().Refused)
	})
}

func TestADebtIsBoundedAndWritesAreFree(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, _ := pricedReads(t, 30*time.Minute)
		defer func() { require.NoError(t, s.ledger.Close(context.Background())) }()
		require.Equal(t, 200, askBy(s, greedy, history).Code)
		wait, err := strconv.Atoi(askBy(s, greedy, history).Header().Get("Retry-After"))
		require.NoError(t, err)
		require.LessOrEqual(t, wait, 61)
		var none *rateLimiter
		none.charge(shop, time.Hour)
		require.False(t, none.refuseDebtor(nil), "without a limit, reads cost nothing")
	})
}
