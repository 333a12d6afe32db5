package bulkhead_test

import (
	"context"
	"errors"
	"fmt"
	"iter"
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

// slowLog needs a second for each commit, and counts its readers.
type slowLog struct {
	ports.EventFeed

	mu            sync.Mutex
	reading, most int
}

func (l *slowLog) count(n int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.reading += n
	l.most = max(l.most, l.reading)
}

func (l *slowLog) Commits(ctx context.Context, after event.Position) iter.Seq2[ports.Recorded, error] {
	return func(yield func(ports.Recorded, error) bool) {
		for c, err := range l.EventFeed.Commits(ctx, after) {
			l.count(1)
			time.Sleep(time.Second)
			l.count(-1)
			if !yield(c, err) {
				return
			}
		}
	}
}

func commits(t *testing.T, n int) *memory.EventStore {
	log := memory.NewEventStore(time.Minute, time.Now)
	for i := range n {
		_, err := log.Append(t.Context(), []ports.Commit{{ID: fmt.Sprint(i), Time: time.Now(), Events: []ports.Event{{
			Stream: event.StreamID(fmt.Sprint("stock/S1/", i)), Version: 1, Type: "stock.adjusted.v1", Time: time.Now(), Data: []byte(`{}`),
		}}}})
		require.NoError(t, err)
	}
	return log
}

func TestFewReadersReadTheLogAtATime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		log := &slowLog{EventFeed: commits(t, 5)}
		permits := bulkhead.New(bulkhead.Options{Name: "test", Permits: 2, Queue: 100})
		through := bulkhead.Feed(log, permits)
		hang := make(chan struct{})
		var readers sync.WaitGroup
		for range 4 {
			readers.Go(func() {
				for _, err := range through.Commits(t.Context(), 0) {
					if err != nil {
						t.Error(err)
					}
					<-hang
				}
			})
		}
		synctest.Wait()
		time.Sleep(time.Minute)
		require.Zero(t, permits.Status().InUse, "a reader that handles a commit holds no permit")
		for range 6 {
			readers.Go(func() {
				var got []event.Position
				for c, err := range through.Commits(t.Context(), 0) {
					if err != nil {
						t.Error(err)
					}
					got = append(got, c.Position)
				}
				require.Equal(t, []event.Position{1, 2, 3, 4, 5}, got)
			})
		}
		time.Sleep(time.Minute)
		close(hang)
		readers.Wait()
		require.Equal(t, 2, log.most)
		require.Zero(t, permits.Status().InUse)
	})
}

func TestAReaderThatLeavesGivesItsPermitBack(t *testing.T) {
	permits := bulkhead.New(bulkhead.Options{Name: "test", Permits: 1, Queue: 1})
	through := bulkhead.Feed(commits(t, 3), permits)
	for _, err := range through.Commits(t.Context(), 0) {
		require.NoError(t, err)
		break
	}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	for c, err := range through.Commits(ctx, 0) {
		if err != nil {
			require.ErrorIs(t, err, context.Canceled)
			break
		}
		require.EqualValues(t, 1, c.Position)
		require.NoError(t, permits.Acquire(ctx, false))
		cancel()
	}
	require.Equal(t, 1, permits.Status().InUse, "the test's own")
	for _, err := range through.Commits(ctx, 0) {
		require.True(t, errors.Is(err, context.Canceled))
	}
	require.Equal(t, 1, permits.Status().InUse)
}
