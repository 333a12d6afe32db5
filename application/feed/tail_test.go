package feed_test

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/onhand/onhand/application/feed"
	"github.com/onhand/onhand/domain/event"
	"github.com/onhand/onhand/ports"
)

// watched is a log that counts its readers, and fails when it is told to.
type watched struct {
	ports.EventFeed
	reads  atomic.Int64
	fault  atomic.Pointer[error]
	hidden atomic.Int64 // a position that is left out
}

func (w *watched) Commits(ctx context.Context, after event.Position) iter.Seq2[ports.Recorded, error] {
	w.reads.Add(1)
	return func(yield func(ports.Recorded, error) bool) {
		if fault := w.fault.Load(); fault != nil {
			yield(ports.Recorded{}, *fault)
			return
		}
		for c, err := range w.EventFeed.Commits(ctx, after) {
			if int64(c.Position) != w.hidden.Load() && !yield(c, err) {
				return
			}
		}
	}
}

// Grown is as impatient as that of a store that does not work.
func (w *watched) Grown(after event.Position) <-chan struct{} {
	if w.fault.Load() != nil {
		return w.EventFeed.Grown(-1)
	}
	return w.EventFeed.Grown(after)
}

// run runs a test in a bubble of its own time, which no goroutine may outlive, with
// a Tail of a watched log.
func run(t *testing.T, opts feed.Options, test func(t *testing.T, f *fixture, log *watched)) {
	synctest.Test(t, func(t *testing.T) {
		f := newFixture(opts)
		log := &watched{EventFeed: f.log}
		if opts.Encode == nil {
			opts.Encode = encodeID
		}
		f.tail = feed.NewTail(log, func() event.Position { return f.log.Head().Position }, opts)
		f.tail.Start(t.Context())
		defer func() { require.NoError(t, f.tail.Stop(context.Background())) }()
		test(t, f, log)
	})
}

func woken(f *feed.Follower) bool {
	synctest.Wait()
	select {
	case <-f.Ready():
		return true
	default:
		return false
	}
}

func TestAFollowerIsWokenByWhatItWantsOnly(t *testing.T) {
	run(t, feed.Options{Commits: 4}, func(t *testing.T, f *fixture, log *watched) {
		idle := &reader{Follower: f.tail.Follow(feed.Filter{Store: "S9"}, 0), filter: feed.Filter{Store: "S9"}}
		defer idle.Close()
		require.True(t, woken(idle.Follower), "something may have come before it waits")
		require.False(t, idle.read(t, 1))
		for range 500 {
			f.append(t, of("S1", "A", "stock.adjusted.v1"))
			require.False(t, woken(idle.Follower))
			time.Sleep(time.Second)
		}
		before := log.reads.Load()
		require.False(t, idle.read(t, 1))
		require.EqualValues(t, 500, idle.Position(), "it has missed nothing")
		require.Equal(t, before, log.reads.Load(), "and did not have to read the log although the ring has moved on")
		f.append(t, of("S9", "A", "stock.adjusted.v1"))
		require.True(t, woken(idle.Follower))
		require.False(t, idle.read(t, 2))
		require.Len(t, idle.seen, 1)
	})
}

func TestEventsAreEncodedOnceForAll(t *testing.T) {
	var encoded atomic.Int64
	count := func(dst []byte, e *ports.StreamEvent) []byte {
		encoded.Add(1)
		return encodeID(dst, e)
	}
	run(t, feed.Options{Encode: count}, func(t *testing.T, f *fixture, _ *watched) {
		var readers []*reader
		for i := range 50 {
			filter := feed.Filter{SKU: []string{"", "A"}[i%2]}
			readers = append(readers, &reader{Follower: f.tail.Follow(filter, 0), filter: filter})
		}
		for range 10 {
			f.append(t, of("S1", "A", "stock.adjusted.v1"), of("S1", "B", "stock.adjusted.v1"))
		}
		require.NoError(t, f.tail.Reach(t.Context(), 10))
		for _, r := range readers {
			require.False(t, r.read(t, 100))
			require.Len(t, r.seen, 10)
			r.Close()
		}
		require.EqualValues(t, 20, encoded.Load())
	})
}

func TestAQuietLogIsReadAtOnceAndABusyOneNowAndThen(t *testing.T) {
	run(t, feed.Options{}, func(t *testing.T, f *fixture, log *watched) {
		follower := f.tail.Follow(feed.All, 0)
		defer follower.Close()
		begin := time.Now()
		f.append(t, of("S1", "A", "stock.adjusted.v1"))
		require.NoError(t, f.tail.Reach(t.Context(), 1))
		require.Zero(t, time.Since(begin))
		before := log.reads.Load()
		for range 1000 {
			f.append(t, of("S1", "A", "stock.adjusted.v1"))
			time.Sleep(time.Millisecond)
		}
		require.InDelta(t, 100, log.reads.Load()-before, 2, "once in 10 ms")
	})
}

func TestALogWithoutFollowersIsNotRead(t *testing.T) {
	run(t, feed.Options{}, func(t *testing.T, f *fixture, log *watched) {
		busy := func() int64 {
			before := log.reads.Load()
			for range 200 {
				f.append(t, of("S1", "A", "stock.adjusted.v1"))
				time.Sleep(20 * time.Millisecond)
			}
			return log.reads.Load() - before
		}
		require.Zero(t, busy())
		follower := f.tail.Follow(feed.All, 200)
		require.EqualValues(t, 200, busy())
		grown := f.tail.Grown(400)
		follower.Close()
		require.Less(t, busy(), int64(100), "it falls asleep")
		<-grown
		again := &reader{Follower: f.tail.Follow(feed.All, 590)}
		defer again.Close()
		require.False(t, again.read(t, 100))
		require.Len(t, again.seen, 10, "the log has what the tail has slept through")
	})
}

func TestAnErrorOfTheLogIsReportedOnceAndNothingIsSkipped(t *testing.T) {
	var reports []ports.Incident
	opts := feed.Options{Report: func(i ports.Incident) { reports = append(reports, i) }}
	run(t, opts, func(t *testing.T, f *fixture, log *watched) {
		r := &reader{Follower: f.tail.Follow(feed.All, 0)}
		defer r.Close()
		broken := fmt.Errorf("%w: loose cable", ports.ErrUnavailable)
		log.fault.Store(&broken)
		for range 3 {
			f.append(t, of("S1", "A", "stock.adjusted.v1"))
			require.ErrorIs(t, f.tail.Reach(t.Context(), 3), ports.ErrUnavailable)
			time.Sleep(time.Minute)
		}
		synctest.Wait()
		require.Len(t, reports, 1)
		require.Less(t, log.reads.Load(), int64(60), "it is tried again after longer and longer pauses")
		<-f.tail.Grown(3)
		for _, err := range f.tail.Commits(t.Context(), 0) {
			require.ErrorIs(t, err, ports.ErrUnavailable)
		}
		log.fault.Store(nil)
		log.hidden.Store(2)
		time.Sleep(time.Minute)
		require.Error(t, f.tail.Reach(t.Context(), 3), "a log with a gap is not followed")
		log.hidden.Store(0)
		time.Sleep(time.Minute)
		require.NoError(t, f.tail.Reach(t.Context(), 3))
		require.False(t, r.read(t, 10))
		require.Len(t, r.seen, 3)
		require.Len(t, reports, 1, "it never worked in between")
	})
}

func TestAReadFarFromTheEndIsBounded(t *testing.T) {
	run(t, feed.Options{}, func(t *testing.T, f *fixture, _ *watched) {
		for range 10_002 {
			f.append(t, of("S1", "A", "stock.adjusted.v1"))
		}
		r := &reader{Follower: f.tail.Follow(feed.Filter{SKU: "B"}, 0)}
		defer r.Close()
		require.True(t, r.read(t, 1), "one look goes through a part of the log")
		require.EqualValues(t, 10_000, r.Position())
		require.False(t, r.read(t, 1))
		require.EqualValues(t, 10_002, r.Position())
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		require.ErrorIs(t, f.tail.Reach(ctx, 10_003), feed.ErrBehind)
		ended, end := context.WithCancel(t.Context())
		end()
		far := f.tail.Follow(feed.All, 0)
		defer far.Close()
		_, err := far.Read(ended, func(*feed.Commit) bool { return true })
		require.True(t, errors.Is(err, context.Canceled))
	})
}

func TestTypesOfEvents(t *testing.T) {
	for _, known := range []event.Type{
		"stock.adjusted.v1", "reservation.created.v1", "transfer.shipped.v1", "dead-letter.deleted.v1",
	} {
		require.True(t, feed.Knows(known), known)
	}
	for _, unknown := range []event.Type{"", "stock.adjusted.v2", "stock.adjusted"} {
		require.False(t, feed.Knows(unknown), unknown)
	}
}
