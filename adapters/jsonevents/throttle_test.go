package jsonevents_test

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/onhand/onhand/adapters/internal/orderedkv"
	"github.com/onhand/onhand/adapters/jsonevents"
	"github.com/onhand/onhand/domain/event"
	"github.com/onhand/onhand/ports"
)

// crowded is a store with as many changes as may wait for a flush, and one flush at work until
// release is called.
func crowded(t *testing.T) (s *site, store *jsonevents.Store, index *indexDisk, release func()) {
	s, index = indexed(t)
	s.opts.FlushEvery, s.opts.FlushAfter, s.opts.FlushWait = 24*time.Hour, 2, time.Minute
	store = s.open()
	written := make(chan struct{})
	index.set(func() { index.slow = written })
	release = sync.OnceFunc(func() {
		index.set(func() { index.slow = nil })
		close(written)
	})
	t.Cleanup(release)
	for v := event.Version(1); v <= 6; v++ { // the flush has two changes, the stream and five keys wait for the next
		put(t, store, entry("a", v))
		pass(time.Millisecond)
	}
	return s, store, index, release
}

// waits checks that a commit is not answered yet.
func waits(t *testing.T, outcome <-chan error) {
	t.Helper()
	require.Empty(t, outcome)
}

// doNotWait checks that commits pass at once.
func doNotWait(t *testing.T, store ports.EventStore) {
	t.Helper()
	for v := event.Version(2); v <= 9; v++ {
		began := time.Now()
		put(t, store, entry("b", v))
		require.Zero(t, time.Since(began))
		pass(time.Millisecond) // also after another flush has failed
	}
}

func TestCommitsWaitForTheFlushWhileTooManyChangesWaitForIt(t *testing.T) {
	inBubble(t, "until it ends", func(t *testing.T) {
		s, store, _, release := crowded(t)
		outcome := background(store, "b")
		pass(time.Minute - time.Second)
		waits(t, outcome)
		require.NoError(t, store.CloseTimestamp(t.Context(), noon), "readers do not wait")
		release()
		require.NoError(t, <-outcome)
		s.continues(store)
	})
	inBubble(t, "but no longer than a maximum, once for each flush", func(t *testing.T) {
		s, store, _, release := crowded(t)
		outcome := background(store, "b")
		pass(time.Minute + time.Second)
		require.NoError(t, <-outcome)
		began := time.Now()
		put(t, store, entry("c", 1))
		require.Zero(t, time.Since(began), "it does not wait for this flush again")
		release()
		pass(time.Second)
		s.continues(store)
	})
	inBubble(t, "until their callers leave", func(t *testing.T) {
		s, store, _, release := crowded(t)
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		_, err := store.Append(ctx, []ports.Commit{entry("b", 1)})
		require.ErrorIs(t, err, context.DeadlineExceeded)
		release()
		pass(time.Second)
		require.NotContains(t, ids(t, store), "b1")
		s.continues(store)
	})
	inBubble(t, "until it fails, and not after that", func(t *testing.T) {
		s, store, index, release := crowded(t)
		outcome := background(store, "b")
		pass(time.Second)
		waits(t, outcome)
		index.set(func() { index.refuse = orderedkv.ErrStalled })
		release()
		pass(time.Millisecond)
		require.Len(t, outcome, 1)
		require.NoError(t, <-outcome)
		doNotWait(t, store)
		s.continues(store)
	})
	inBubble(t, "until it finds the disk full, and not after that", func(t *testing.T) {
		s, store, index, release := crowded(t)
		outcome := background(store, "b")
		index.set(func() { index.stuck = make(chan struct{}) })
		pass(2 * time.Second)
		require.NoError(t, <-outcome)
		doNotWait(t, store)
		index.set(func() { index.stuck = nil })
		release()
		pass(time.Second)
		s.continues(store)
	})
	inBubble(t, "until the store is closed", func(t *testing.T) {
		_, store, _, release := crowded(t)
		outcome := background(store, "b")
		pass(time.Second)
		waits(t, outcome)
		closed := make(chan error)
		go func() { closed <- store.Close() }()
		pass(time.Second)
		if err := <-outcome; err != nil { // the queue may be closed before it comes there
			require.ErrorIs(t, err, ports.ErrUnavailable)
		}
		release()
		require.NoError(t, <-closed)
	})
}

func TestStreamsThatWaitForAnIndexThatCannotBeWrittenAreLimited(t *testing.T) {
	s, index := indexed(t)
	s.opts.Limits.Keys, s.opts.FlushEvery = 4, 24*time.Hour
	store := s.open()
	without := func(stream event.StreamID, version event.Version) ports.Commit {
		c := entry(stream, version)
		c.Key = ""
		return c
	}
	changed := func() ports.Table {
		for _, table := range condition(t, store).Tables {
			if table.Name == ports.ChangedTable {
				return table
			}
		}
		return ports.Table{}
	}
	// given as many streams as the limit in memory, and an index that cannot be written
	index.set(func() { index.refuse = orderedkv.ErrStalled })
	for n := range 4 {
		put(t, store, without(event.StreamID(fmt.Sprint("s", n)), 1))
	}
	require.Equal(t, ports.Table{Name: ports.ChangedTable, Entries: 4, Limit: 4}, changed())
	// when another stream is to be changed, then it is refused, with others of its batch or alone
	limit := &ports.LimitError{}
	require.ErrorAs(t, attempt(store, without("t", 1)), &limit)
	require.Equal(t, &ports.LimitError{Table: ports.ChangedTable, Limit: 4}, limit)
	both := without("s0", 2)
	both.Events = append(both.Events, fact("t", 1))
	require.ErrorAs(t, attempt(store, both), &limit)
	// and those that have changed can change, also of a flush that failed
	for n := range 4 {
		put(t, store, without(event.StreamID(fmt.Sprint("s", n)), 2))
	}
	// and once the index can be written, there is room
	index.set(func() { index.refuse = nil })
	require.NoError(t, store.SaveIndex(t.Context(), nil))
	require.Zero(t, changed().Entries)
	put(t, store, without("t", 1))
	s.continues(store)
}
