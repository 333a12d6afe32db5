package jsonevents_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/onhand/onhand/adapters/bulkhead"
	"github.com/onhand/onhand/adapters/internal/durablefile/simdisk"
	"github.com/onhand/onhand/adapters/jsonevents"
	"github.com/onhand/onhand/domain/event"
	"github.com/onhand/onhand/ports"
)

// failsReads makes every reading of a segment meet a fault from now on.
func (s *site) failsReads(fault simdisk.Fault) {
	s.disk.PlanReads(func(c simdisk.Call) simdisk.Fault {
		if c.Op == "read" && strings.HasPrefix(c.Name, logDir) {
			return fault
		}
		return simdisk.Fault{}
	})
}

// readings are the ways to read the log, each returning its error.
var readings = map[string]func(context.Context, *jsonevents.Store) error{
	"history, newest first": func(ctx context.Context, s *jsonevents.Store) error { return stream(ctx, s, ports.Newest) },
	"history, oldest first": func(ctx context.Context, s *jsonevents.Store) error { return stream(ctx, s, ports.Oldest) },
	"a commit by its key": func(ctx context.Context, s *jsonevents.Store) error {
		_, _, err := s.CommitByKey(ctx, "a1")
		return err
	},
	"the feed": func(ctx context.Context, s *jsonevents.Store) error {
		for _, err := range s.Commits(ctx, 0) {
			if err != nil {
				return err
			}
		}
		return nil
	},
}

func stream(ctx context.Context, s *jsonevents.Store, order ports.Order) error {
	for _, err := range s.Stream(ctx, "a", 0, order) {
		if err != nil {
			return err
		}
	}
	return nil
}

func TestReadsThatFailOpenTheirBreakerOnly(t *testing.T) {
	for name, read := range readings {
		t.Run(name, func(t *testing.T) {
			s, writes, reads := guarded(t)
			store := s.open()
			for n := range 40 {
				put(t, store, entry("a", event.Version(n+1)))
			}
			for range 3 {
				require.NoError(t, read(t.Context(), store))
			}
			s.failsReads(simdisk.Fault{Err: broken})
			reads.blows(func() error { return read(t.Context(), store) })
			turnedAway(t, read(t.Context(), store), reads)
			put(t, store, entry("a", 41)) // writes continue
			writes.is(ports.BreakerClosed)
			require.Zero(t, writes.Status().Faults)
			s.disk.PlanReads(nil)
			turnedAway(t, read(t.Context(), store), reads)
			reads.pass(cooldown)
			require.NoError(t, read(t.Context(), store))
			reads.is(ports.BreakerClosed)
			require.Empty(t, condition(t, store).Detail)
			s.continues(store)
		})
	}
}

func TestDamageOpensNoBreaker(t *testing.T) {
	for name, read := range readings {
		t.Run(name, func(t *testing.T) {
			s, _, reads := guarded(t)
			store := s.open()
			put(t, store, entry("a", 1))
			content := s.read(segment(1))
			s.write(segment(1), strings.Replace(content, `"key":"a1"`, `"key":"a7"`, 1))
			for range 20 {
				_, damaged := errors.AsType[*ports.CorruptError](read(t.Context(), store))
				require.True(t, damaged)
			}
			reads.is(ports.BreakerClosed)
			require.Zero(t, reads.Status().Faults)
			require.True(t, condition(t, store).Failed, "it stops writes, as ever")
			require.NoError(t, store.Close())
		})
	}
}

func TestReadsHaveALimitedNumberOfPermits(t *testing.T) {
	for name, read := range readings {
		t.Run(name, func(t *testing.T) {
			s := newSite(t)
			places := bulkhead.New(bulkhead.Options{Name: "reads", Permits: 2, Queue: 1})
			s.opts.ReadPermits = places
			store := s.open()
			put(t, store, entry("a", 1))
			hang := make(chan struct{})
			s.failsReads(simdisk.Fault{Wait: hang})
			done := make(chan error, 9)
			for range 2 {
				go func() { done <- read(context.Background(), store) }()
			}
			require.Eventually(t, func() bool { return places.Status().InUse == 2 }, time.Minute, time.Millisecond)
			leaver, leave := context.WithCancel(context.Background())
			go func() { done <- read(leaver, store) }()
			require.Eventually(t, func() bool { return places.Status().Waiting == 1 }, time.Minute, time.Millisecond)

			err := read(t.Context(), store)
			require.ErrorIs(t, err, ports.ErrUnavailable)
			require.ErrorAs(t, err, new(*ports.FullError))
			leave()
			err = <-done
			require.ErrorIs(t, err, context.Canceled)
			require.NotErrorIs(t, err, ports.ErrUnavailable)
			put(t, store, entry("b", 1)) // writes need no permit

			close(hang)
			require.NoError(t, <-done)
			require.NoError(t, <-done)
			require.Zero(t, places.Status().InUse)
			require.NoError(t, read(t.Context(), store))
			require.NoError(t, store.Close())
			require.Zero(t, s.disk.OpenFiles())
		})
	}
}

// A slow consumer holds no permit: only the reading itself does.
func TestACallerThatConsumesAReadHoldsNoPermit(t *testing.T) {
	s := newSite(t)
	places := bulkhead.New(bulkhead.Options{Name: "reads", Permits: 1})
	s.opts.ReadPermits = places
	store := s.open()
	for n := range 100 {
		put(t, store, entry("a", event.Version(n+1)))
	}
	for _, err := range store.Commits(t.Context(), 0) {
		require.NoError(t, err)
		for _, err := range store.Stream(t.Context(), "a", 0, ports.Newest) {
			require.NoError(t, err)
			require.NoError(t, stream(t.Context(), store, ports.Oldest))
			require.Zero(t, places.Status().InUse)
		}
		break
	}
	require.NoError(t, store.Close())
}

// shut is a breaker that refuses everything for a while.
type shut struct{ counting }

func (s *shut) Do(ctx context.Context, call func(context.Context) error) error {
	if wait := time.Hour - time.Since(bubbleBegins); wait > 0 {
		return &ports.OpenError{Name: "reads", RetryAfter: wait}
	}
	return call(ctx)
}

// bubbleBegins is when time begins in a bubble.
var bubbleBegins = time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)

func TestTheScrubberWaitsForTheBreaker(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, _, _, _ := filled(t)
		s.write(segment(1), strings.Replace(s.read(segment(1)), `"id":"id-5"`, `"id":"id-6"`, 1))
		s.opts.Reads = &shut{}
		store := s.open()
		time.Sleep(59 * time.Minute)
		require.False(t, condition(t, store).Failed)
		require.Zero(t, s.reports("could not read an old segment"))
		time.Sleep(2 * time.Minute)
		synctest.Wait()
		require.True(t, condition(t, store).Failed)
		require.NoError(t, store.Close())
	})
}
