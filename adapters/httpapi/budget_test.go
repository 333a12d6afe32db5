package httpapi

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
)

func TestFollowersShareTheBudget(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, begin := newBudget(1<<20), time.Now()
		took := make(chan time.Duration, 4)
		for range 4 {
			go func() {
				for range 8 {
					require.NoError(t, b.acquire(waiter{ctx: t.Context(), ending: t.Context()}, 128<<10))
				}
				took <- time.Since(begin)
			}()
		}
		for range 4 { // 4 MiB together, the first chunk at once; no follower is much earlier than the others
			require.InDelta(t, 3.5, (<-took).Seconds(), 0.4)
		}
		require.InDelta(t, 4*3.6, time.Duration(b.waited.Load()).Seconds(), 1)
	})
}

func TestAFollowerQueuesForEachChunk(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, begin := newBudget(1<<20), time.Now()
		done := make(chan error, 1)
		go func() { done <- b.acquire(waiter{ctx: t.Context(), ending: t.Context()}, 16<<20) }()
		synctest.Wait()
		require.NoError(t, b.acquire(waiter{ctx: t.Context(), ending: t.Context()}, 1<<10))
		require.Less(t, time.Since(begin), 300*time.Millisecond)
		require.NoError(t, <-done)
		require.InDelta(t, 16, time.Since(begin).Seconds(), 0.3)
	})
}

func TestWithoutALimitNoFollowerWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, begin := newBudget(0), time.Now()
		require.NoError(t, b.acquire(waiter{ctx: t.Context(), ending: t.Context()}, 1<<40))
		require.NoError(t, b.acquireOrReject(waiter{ctx: t.Context(), ending: t.Context()}, 1<<40))
		require.Zero(t, time.Since(begin))
		require.Zero(t, b.waited.Load())
	})
}

func TestHeartbeatsAreSentWhileAStreamWaitsForTheBudget(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, beats := newBudget(64<<10), 0
		heartbeat := time.NewTimer(time.Second)
		beat := func() error { heartbeat.Reset(time.Second); beats++; return nil }
		require.NoError(t, b.acquire(waiter{t.Context(), t.Context(), heartbeat.C, beat}, 5*128<<10))
		require.InDelta(t, 8, beats, 1, "the stream waits 2 s for each of 4 chunks")
		gone := errors.New("the client is gone")
		require.ErrorIs(t, b.acquire(waiter{t.Context(), t.Context(), heartbeat.C, func() error { return gone }}, 128<<10),
			gone)
	})
}

func TestAWaitForTheBudgetEndsWithItsFollower(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, begin := newBudget(1), time.Now()
		require.NoError(t, b.acquire(waiter{ctx: t.Context(), ending: t.Context()}, chunk))
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		require.ErrorIs(t, b.acquire(waiter{ctx: ctx, ending: t.Context()}, 1000), context.DeadlineExceeded)
		ending, end := context.WithTimeout(t.Context(), time.Second)
		defer end()
		require.ErrorIs(t, b.acquire(waiter{ctx: t.Context(), ending: ending}, 1000), errShuttingDown)
		require.Equal(t, 2*time.Second, time.Since(begin))
		require.NoError(t, b.acquire(waiter{ctx: t.Context(), ending: t.Context()}, 10))
		require.Less(t, time.Since(begin), 15*time.Second, "the followers that left gave their chunks back")
	})
}

func TestAPageThatWouldComeTooLateIsRefusedAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, begin := newBudget(1<<20), time.Now()
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		require.ErrorIs(t, b.acquireOrReject(waiter{ctx: ctx, ending: t.Context()}, 3<<20), errTooManyFollowers)
		require.Zero(t, time.Since(begin))
		require.NoError(t, b.acquireOrReject(waiter{ctx: ctx, ending: t.Context()}, 1<<20))
		require.InDelta(t, 0.875, time.Since(begin).Seconds(), 0.01)
	})
}

func TestAHeartbeatNamesWhatAStreamHasSent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, _, records := newFeedServer(t, FeedOptions{Heartbeat: 20 * time.Millisecond, BytesPerSecond: 1}, 3, pieceBytes)
		ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
		defer cancel()
		body := readStream(ctx, s, "/v1/events?after=0").Body.String()
		require.GreaterOrEqual(t, strings.Count(body, "id: 0\n: heartbeat\n\n"), 2)
		require.NotContains(t, body, "id: 1", "the commit was read, but not sent")
		require.Zero(t, (*records)[0].Position)
		require.Positive(t, s.FeedStatus().Waited)
	})
}

func TestAStopEndsAStreamThatWaitsForTheBudget(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, _, _ := newFeedServer(t, FeedOptions{BytesPerSecond: 1}, 3, pieceBytes)
		time.AfterFunc(50*time.Millisecond, s.followers.end)
		body := readStream(t.Context(), s, "/v1/events?after=0").Body.String()
		require.True(t, strings.HasSuffix(body, string(shutdownComment)))
		require.NotContains(t, body, "id: 1")
	})
}
