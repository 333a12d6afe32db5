package httpapi

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/onhand/onhand/adapters/memory"
	"github.com/onhand/onhand/ports"
)

// lateStore tells the outcome of an append some time after it is durable.
type lateStore struct {
	*memory.EventStore
	late func()
}

func (s lateStore) Append(ctx context.Context, commits []ports.Commit) ([]ports.Appended, error) {
	fates, err := s.EventStore.Append(ctx, commits)
	s.late()
	return fates, err
}

// positionOf returns the position of an answer.
func positionOf(t *testing.T, header http.Header) int64 {
	t.Helper()
	position, err := strconv.ParseInt(header.Get("Onhand-Position"), 10, 64)
	assert.NoError(t, err) // not in the test's goroutine
	return position
}

func adjustOne(s *Server, sku string) http.Header {
	path := "/v1/stores/S1/items/" + sku + "/adjustments"
	return ask(s, http.MethodPost, path, strings.NewReader(`{"delta":1}`)).Header()
}

func TestAReadWaitsForCommitsBelowOneThatWasAnswered(t *testing.T) {
	for _, path := range []string{
		"/v1/stores", "/v1/stores/S1/items", "/v1/stores/S1/items/B", "/v1/stores/S1/items/B/explain",
		"/v1/stores/S1/items/B/events", "/v1/reservations", "/v1/transfers",
	} {
		t.Run(path, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				// given a durable commit whose command does not know its outcome yet
				told := make(chan struct{})
				late := func() { <-told }
				store := lateStore{memory.NewEventStore(time.Minute, time.Now), func() { late() }}
				s, _ := newTestServerOn(t, store.EventStore, store, Options{})
				go adjustOne(s, "A")
				synctest.Wait()

				// and a command that was answered with a later position
				late = func() {}
				require.EqualValues(t, 2, positionOf(t, adjustOne(s, "B")))

				// when a client reads, then the answer waits until the first commit is published
				answer := make(chan http.Header, 1)
				go func() { answer <- ask(s, http.MethodGet, path, nil).Header() }()
				synctest.Wait()
				require.Empty(t, answer)
				require.EqualValues(t, 3, positionOf(t, adjustOne(s, "B")), "a write does not wait")
				close(told)
				require.GreaterOrEqual(t, positionOf(t, <-answer), int64(2))
				require.NoError(t, s.ledger.Close(t.Context()))
			})
		})
	}
}

// TestThePositionOfAReadIsNotBelowOneAcknowledgedBefore lets writers and readers race while
// outcomes are told in any order.
func TestThePositionOfAReadIsNotBelowOneAcknowledgedBefore(t *testing.T) {
	for seed := range uint64(20) {
		synctest.Test(t, func(t *testing.T) {
			store := lateStore{memory.NewEventStore(time.Minute, time.Now), func() {
				time.Sleep(rand.N(10 * time.Millisecond))
			}}
			s, _ := newTestServerOn(t, store.EventStore, store, Options{})
			var acknowledged atomic.Int64
			var clients sync.WaitGroup
			for n := range 8 {
				draw := rand.New(rand.NewPCG(seed, uint64(n)))
				clients.Go(func() {
					for range 30 {
						time.Sleep(time.Duration(draw.Int64N(int64(5 * time.Millisecond))))
						if draw.IntN(2) == 0 {
							at := positionOf(t, adjustOne(s, fmt.Sprint("SKU-", n)))
							for most := acknowledged.Load(); at > most && !acknowledged.CompareAndSwap(most, at); {
								most = acknowledged.Load()
							}
							continue
						}
						floor := acknowledged.Load()
						read := ask(s, http.MethodGet, "/v1/stores/S1/items?limit=1", nil)
						assert.GreaterOrEqual(t, positionOf(t, read.Header()), floor, "seed %d", seed)
					}
				})
			}
			clients.Wait()
			require.NoError(t, s.ledger.Close(t.Context()))
		})
	}
}
