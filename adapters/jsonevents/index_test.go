package jsonevents_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/onhand/onhand/adapters/jsonevents"
	"github.com/onhand/onhand/domain/event"
	"github.com/onhand/onhand/ports"
)

// grow appends commits of all kinds: with keys, fencing tokens and several
// streams, far enough for skip pointers.
func grow(t *testing.T, store ports.EventStore, versions map[event.StreamID]event.Version, rng *rand.Rand, n int) {
	t.Helper()
	for range n {
		position := store.Head().Position
		c := ports.Commit{ID: fmt.Sprint("id-", position+1), Time: noon.Add(time.Duration(position) * time.Second)}
		if rng.IntN(2) == 0 {
			c.Key = fmt.Sprint("key-", position+1)
		}
		for range 1 + rng.IntN(3) {
			id := event.StreamID(fmt.Sprint("s", rng.IntN(40)))
			versions[id]++
			c.Events = append(c.Events, fact(id, versions[id]))
		}
		if rng.IntN(10) == 0 {
			c.Tokens = []ports.FencingToken{{Stream: c.Events[0].Stream, Token: int64(position)}}
		}
		require.NoError(t, attempt(store, c))
	}
}

// seen returns everything that a store shows.
func seen(t *testing.T, store *jsonevents.Store, versions map[event.StreamID]event.Version) map[string]any {
	t.Helper()
	all := map[string]any{"ids": ids(t, store)}
	status := condition(t, store)
	status.Tables = nil // keys leave memory when they are on disk
	all["status"] = status
	for id := range versions {
		var events []ports.StreamEvent
		for e, err := range store.Stream(context.Background(), id, 0, ports.Newest) {
			require.NoError(t, err)
			events = append(events, e)
		}
		all["stream "+string(id)] = events
	}
	last := store.Head().Time
	for c, err := range store.Commits(context.Background(), 0) {
		require.NoError(t, err)
		if c.Key == "" || last.Sub(c.Time) >= 2*store.Properties().KeyLifetime {
			continue // it may be known or not
		}
		found, is, err := store.CommitByKey(context.Background(), c.Key)
		require.NoError(t, err)
		require.True(t, is, c.Key)
		all["key "+c.Key] = found
	}
	return all
}

// same compares two results of seen, without printing all of it.
func same(t *testing.T, want, got map[string]any) {
	t.Helper()
	require.Len(t, got, len(want))
	for what := range want {
		require.Equal(t, fmt.Sprint(want[what]), fmt.Sprint(got[what]), what)
	}
}

// indexed is an empty directory with an index that stays.
func indexed(t *testing.T) (*site, *indexDisk) {
	s, index := newSite(t), newIndexDisk()
	s.opts.Index = index.open
	return s, index
}

// sound verifies the log and its index.
func (s *site) sound() jsonevents.Report {
	s.t.Helper()
	report, _, err := s.verify()
	require.NoError(s.t, err)
	require.Empty(s.t, report.Skipped)
	return report
}

func TestAStoreIsTheSameWithItsIndexAndWithout(t *testing.T) {
	rng := seeded(t)
	for range 20 {
		s, index := indexed(t)
		s.opts.SegmentBytes = 1000 + rng.Int64N(40_000)
		s.opts.KeyTTL = time.Duration(1+rng.IntN(300)) * time.Second
		s.opts.Limits.Tails = 1 + rng.IntN(50)
		s.opts.FlushAfter = 1 + rng.IntN(100)
		versions := map[event.StreamID]event.Version{}
		store := s.open()
		for range rng.IntN(5) {
			grow(t, store, versions, rng, rng.IntN(300))
			require.NoError(t, store.SaveIndex(context.Background(), nil))
		}
		grow(t, store, versions, rng, 1+rng.IntN(40))
		want := seen(t, store, versions)
		require.NoError(t, store.Close())
		require.Equal(t, 1, s.sound().Indexes)

		store = s.open()
		same(t, want, seen(t, store, versions))
		grow(t, store, versions, rng, 50)
		want = seen(t, store, versions)
		require.NoError(t, store.Close())
		require.Equal(t, 1, s.sound().Indexes)
		index.become(newIndexDisk())
		store = s.open()
		same(t, want, seen(t, store, versions))
		require.NoError(t, store.Close())
		require.Equal(t, 1, s.sound().Indexes)
		require.Empty(t, s.incidents)
	}
}

func TestAnIndexFlushedUnderLoadIsThatOfItsPosition(t *testing.T) {
	rng := seeded(t)
	s, index := indexed(t)
	s.opts.SegmentBytes = 50_000
	store := s.open()
	versions := map[event.StreamID]event.Version{}
	grow(t, store, versions, rng, 500)
	var older []*indexDisk
	saving := make(chan error)
	go func() {
		var err error
		for range 10 {
			if err == nil {
				err = store.SaveIndex(context.Background(), nil)
			}
			older = append(older, index.copy())
		}
		saving <- err
	}()
	for done := false; !done; {
		grow(t, store, versions, rng, 10)
		select {
		case err := <-saving:
			require.NoError(t, err)
			done = true
		default:
		}
	}
	want := seen(t, store, versions)
	require.NoError(t, store.Close())
	s.sound()
	for _, one := range older {
		s.opts.Index = one.open
		require.Equal(t, 1, s.sound().Indexes)
		store = s.open()
		same(t, want, seen(t, store, versions))
		require.NoError(t, store.Close())
	}
	require.Empty(t, s.incidents, "an index that is older than the log is good")
}

func TestFlushesHappenByThemselves(t *testing.T) {
	flushed := func(index *indexDisk) int {
		writes, _ := index.counts()
		return writes
	}
	inBubble(t, "after a while", func(t *testing.T) {
		s, index := indexed(t)
		s.opts.FlushEvery = time.Minute
		store := s.open()
		put(t, store, entry("a", 1))
		began := flushed(index)
		pass(time.Minute - time.Second)
		require.Equal(t, began, flushed(index))
		pass(2 * time.Second)
		require.Equal(t, began+1, flushed(index))
		pass(time.Hour)
		require.Equal(t, began+1, flushed(index), "nothing has changed")
		require.NoError(t, store.Close())
	})
	inBubble(t, "after many changes", func(t *testing.T) {
		s, index := indexed(t)
		s.opts.FlushEvery, s.opts.FlushAfter = time.Hour, 10
		store := s.open()
		began := flushed(index)
		for v := event.Version(1); v < 6; v++ { // each has a key
			put(t, store, entry("a", v))
		}
		pass(time.Second)
		require.Equal(t, began, flushed(index))
		for v := event.Version(6); v < 10; v++ {
			put(t, store, entry("a", v))
		}
		pass(time.Second)
		require.Equal(t, began+1, flushed(index))
		require.NoError(t, store.Close())
	})
	inBubble(t, "at a clean stop", func(t *testing.T) {
		s, index := indexed(t)
		store := s.open()
		put(t, store, entry("a", 1))
		began := flushed(index)
		require.NoError(t, store.Close())
		require.Equal(t, began+1, flushed(index))
		require.NoError(t, s.open().Close())
		require.Equal(t, began+1, flushed(index), "nothing has changed")
	})
}

func TestSavingAnIndexEndsWithTheStore(t *testing.T) {
	s, index := indexed(t)
	store := s.open()
	began, _ := index.counts()
	require.NoError(t, store.SaveIndex(context.Background(), nil), "an empty log has none to save")
	writes, _ := index.counts()
	require.Equal(t, began, writes)
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	require.Error(t, store.SaveIndex(ctx, nil))
	require.NoError(t, store.Close())
	require.ErrorIs(t, store.SaveIndex(context.Background(), nil), ports.ErrUnavailable)
}

func TestUsedStreamsAreNotLookedUpOnDisk(t *testing.T) {
	s, index := indexed(t)
	store := s.open()
	for v := event.Version(1); v <= 20; v++ {
		c := entry("a", v)
		c.Key = ""
		put(t, store, c)
		require.NoError(t, store.SaveIndex(context.Background(), nil))
	}
	_, lookups := index.counts()
	require.LessOrEqual(t, lookups, 2, "the mark at the start, and the first commit of the stream")
}

func TestKeysThatLiveAgainAreReadFromTheLog(t *testing.T) {
	s, _ := indexed(t)
	s.opts.KeyTTL = time.Second
	store := s.open()
	versions := map[event.StreamID]event.Version{}
	for range 10 {
		grow(t, store, versions, seeded(t), 10) // each commit is a second later
		require.NoError(t, store.SaveIndex(context.Background(), nil))
	}
	require.NoError(t, store.Close())
	s.opts.KeyTTL = time.Hour
	with := s.opts.Index
	s.opts.Index = nil
	store = s.open()
	want := seen(t, store, versions)
	require.NoError(t, store.Close())
	s.opts.Index = with
	store = s.open()
	same(t, want, seen(t, store, versions))
	require.Equal(t, 1, s.reports("the index of the log cannot be used"))
	require.NoError(t, store.Close())
	s.sound()
	s.opts.KeyTTL, s.incidents = time.Second, nil
	require.NoError(t, s.open().Close())
	require.Empty(t, s.incidents, "keys that are known for longer do no harm")
	s.sound()
}
