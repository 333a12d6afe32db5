package jsonevents_test

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/onhand/onhand/adapters/internal/durablefile"
	"github.com/onhand/onhand/adapters/internal/durablefile/simdisk"
	"github.com/onhand/onhand/adapters/jsonevents"
	"github.com/onhand/onhand/domain/event"
	"github.com/onhand/onhand/ports"
)

func TestFailedSyncs(t *testing.T) {
	inBubble(t, "a failed sync is never repeated, and nothing is acknowledged after it", func(t *testing.T) {
		s, release := newSite(t), make(chan struct{})
		store := s.open()
		put(t, store, entry("a", 1))
		s.fails("sync", segment(1), simdisk.Fault{Wait: release})
		var outcomes []<-chan error
		for _, stream := range []string{"b", "c", "d"} {
			outcomes = append(outcomes, background(store, stream))
		}
		s.fails("sync", segment(1), simdisk.Fault{Err: broken})
		close(release)
		require.NoError(t, <-outcomes[0], "its sync was good")
		require.ErrorIs(t, <-outcomes[1], ports.ErrOutcomeUnknown, "its sync failed")
		require.ErrorIs(t, <-outcomes[2], ports.ErrOutcomeUnknown, "it shared that sync")
		s.heals()
		calls := s.disk.Calls()
		s.failed(store)
		require.NoError(t, store.Close())
		require.Equal(t, calls, s.disk.Calls(), "the disk was left alone")

		next := s.moved(s.disk.Restart())
		tail := next.read(segment(1))
		require.Contains(t, tail, `"c1"`, "the page cache shows what is not on the disk")
		store = next.open()
		require.Equal(t, []string{"a1", "b1"}, ids(t, store))
		kept := next.aside()
		require.Len(t, kept, 1)
		require.True(t, strings.HasSuffix(tail, kept[0]))
		require.Equal(t, 2, strings.Count(kept[0], "\n"))
		require.Equal(t, 1, next.reports("its sync had failed"))
		require.NotContains(t, next.read(lockFile), "poison")
		next.continues(store)
	})
	inBubble(t, "an append that waits for a sync that fails was not attempted", func(t *testing.T) {
		s, release := newSite(t), make(chan struct{})
		store := s.open()
		s.fails("sync", segment(1), simdisk.Fault{Err: broken, Wait: release})
		first, second := background(store, "a"), background(store, "b")
		close(release)
		require.ErrorIs(t, <-first, ports.ErrOutcomeUnknown)
		require.ErrorIs(t, <-second, ports.ErrUnavailable)
		require.NotContains(t, s.read(segment(1)), `"b1"`)
		s.failed(store)
	})
	inBubble(t, "the POISON mark is written on a full disk, too", func(t *testing.T) {
		s := newSite(t)
		store := s.open()
		put(t, store, entry("a", 1))
		durable := s.read(segment(1))
		s.disk.Plan(full(1<<20, func(c simdisk.Call) simdisk.Fault {
			if c.Name == segment(1) {
				return simdisk.Fault{Err: broken} // undoing the write
			}
			return simdisk.Fault{}
		}))
		require.ErrorIs(t, attempt(store, entry("a", 2)), ports.ErrOutcomeUnknown)
		s.failed(store)
		require.NoError(t, store.Close())

		next := s.moved(s.disk.Restart())
		next.disk.Plan(full(0, nil))
		_, err := next.tryOpen()
		require.True(t, durablefile.IsFull(err), "the tail cannot be kept aside yet: %v", err)
		require.Contains(t, next.read(lockFile), "poison")
		next.heals()
		store = next.open()
		require.Equal(t, durable, next.read(segment(1)))
		require.NotEmpty(t, next.aside())
		next.continues(store)
	})
}

// background appends the first entry of a stream, and returns when the append
// waits for the disk or in the queue. Only in a bubble.
func background(store ports.EventStore, stream string) <-chan error {
	outcome := make(chan error, 1)
	go func() { outcome <- attempt(store, entry(event.StreamID(stream), 1)) }()
	synctest.Wait()
	return outcome
}

// failed checks that a store serves nothing any more and said so once.
func (s *site) failed(store *jsonevents.Store) {
	s.t.Helper()
	pass(time.Minute)
	require.ErrorIs(s.t, attempt(store, entry("x", 1)), ports.ErrUnavailable)
	_, _, err := store.CommitByKey(s.t.Context(), "a1")
	require.ErrorIs(s.t, err, ports.ErrUnavailable)
	for _, err := range store.Stream(s.t.Context(), "a", 0, ports.Oldest) {
		require.ErrorIs(s.t, err, ports.ErrUnavailable)
	}
	for _, err := range store.Commits(s.t.Context(), 0) {
		require.ErrorIs(s.t, err, ports.ErrUnavailable)
	}
	require.True(s.t, condition(s.t, store).Failed)
	require.Len(s.t, s.fatal, 1, "calls of Fatal")
	require.Equal(s.t, 1, s.reports("cannot be written any more"))
	require.Contains(s.t, s.read(lockFile), `{"v":1,"poison":`)
}
