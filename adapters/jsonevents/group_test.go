package jsonevents_test

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/onhand/onhand/adapters/internal/durablefile/simdisk"
	"github.com/onhand/onhand/adapters/jsonevents"
	"github.com/onhand/onhand/domain/event"
	"github.com/onhand/onhand/ports"
)

// heldUp is a store whose sync of the first append, of stream "a", waits for
// release. Only in a bubble.
func heldUp(s *site) (store *jsonevents.Store, first <-chan error, release func()) {
	store = s.open()
	gate := make(chan struct{})
	s.fails("sync", segment(1), simdisk.Fault{Wait: gate})
	first = background(store, "a")
	s.heals()
	release = sync.OnceFunc(func() { close(gate) })
	s.t.Cleanup(release) // else a failed test would wait for ever
	return store, first, release
}

func TestGroupCommit(t *testing.T) {
	inBubble(t, "nothing is shown before it is durable", func(t *testing.T) {
		s := newSite(t)
		store := s.open()
		put(t, store, entry("before", 1))
		status := condition(t, store)
		gate := make(chan struct{})
		s.fails("sync", segment(1), simdisk.Fault{Wait: gate})
		outcome := background(store, "a")
		require.Contains(t, s.read(segment(1)), `"a1"`, "it is written")
		require.Equal(t, status, condition(t, store))
		require.Equal(t, []string{"before1"}, ids(t, store))
		require.Zero(t, version(t, store, "a"))
		_, found, err := store.CommitByKey(context.Background(), "a1")
		require.NoError(t, err)
		require.False(t, found)
		require.Empty(t, outcome, "it is not answered")
		s.heals()
		close(gate)
		require.NoError(t, <-outcome)
		require.Equal(t, event.Position(2), store.Head().Position)
		require.Equal(t, []string{"before1", "a1"}, ids(t, store))
		require.Equal(t, event.Version(1), version(t, store, "a"))
		_, found, err = store.CommitByKey(context.Background(), "a1")
		require.NoError(t, err)
		require.True(t, found)
	})
	inBubble(t, "appends that wait during a sync share the next one, in order", func(t *testing.T) {
		s := newSite(t)
		store, first, release := heldUp(s)
		want := []string{"a1"}
		outcomes := []<-chan error{first}
		for n := range 100 {
			stream := fmt.Sprintf("s%d.", n)
			outcomes = append(outcomes, background(store, stream))
			want = append(want, stream+"1")
		}
		calls := s.disk.Calls()
		release()
		for _, outcome := range outcomes {
			require.NoError(t, <-outcome)
		}
		require.Equal(t, calls+2, s.disk.Calls(), "one write and one sync")
		require.Equal(t, want, ids(t, store))
		s.continues(store)
	})
	inBubble(t, "a conflict that only a waiting commit causes is answered after that is durable", func(t *testing.T) {
		s := newSite(t)
		store, first, release := heldUp(s)
		winner, loser := background(store, "b"), background(store, "b")
		gate := make(chan struct{})
		s.fails("sync", segment(1), simdisk.Fault{Wait: gate})
		release()
		synctest.Wait()
		require.NoError(t, <-first)
		require.Empty(t, winner)
		require.Empty(t, loser, "the commit that it lost to could still vanish")
		s.heals()
		close(gate)
		require.NoError(t, <-winner)
		require.ErrorAs(t, <-loser, new(*ports.DuplicateKeyError))
	})
	inBubble(t, "a group takes at most 512 commits or about a megabyte", func(t *testing.T) {
		s := newSite(t)
		store, first, release := heldUp(s)
		big := entry("big", 1)
		big.Events[0].Data = []byte(`{"text":"` + string(slices.Repeat([]byte{'x'}, 3<<20)) + `"}`)
		var many []ports.Commit
		for v := range event.Version(600) {
			many = append(many, entry("many", v+1))
		}
		outcomes := []<-chan error{first}
		for _, commits := range [][]ports.Commit{{big}, {entry("b", 1)}, many, {entry("c", 1)}, many[:0]} {
			outcome := make(chan error, 1)
			go func() { outcome <- attempt(store, commits...) }()
			synctest.Wait()
			outcomes = append(outcomes, outcome)
		}
		calls := s.disk.Calls()
		release()
		for _, outcome := range outcomes {
			require.NoError(t, <-outcome)
		}
		require.Equal(t, calls+2*4, s.disk.Calls(), "one write and one sync for big, b, many, c each")
		require.Len(t, ids(t, store), 604)
	})
	inBubble(t, "a context that ends while its append waits for a sync takes it back", func(t *testing.T) {
		s := newSite(t)
		store, first, release := heldUp(s)
		ctx, cancel := context.WithCancel(context.Background())
		outcome := make(chan error, 1)
		go func() {
			_, err := store.Append(ctx, []ports.Commit{entry("b", 1)})
			outcome <- err
		}()
		synctest.Wait()
		queued := background(store, "c")
		cancel()
		require.ErrorIs(t, <-outcome, context.Canceled, "it need not wait for the sync")
		release()
		require.NoError(t, <-first)
		require.NoError(t, <-queued)
		require.Equal(t, []string{"a1", "c1"}, ids(t, store))
		require.NotContains(t, s.read(segment(1)), `"b1"`)
	})
	inBubble(t, "a context that ends while its append is written has no effect", func(t *testing.T) {
		s := newSite(t)
		store := s.open()
		gate := make(chan struct{})
		s.fails("sync", segment(1), simdisk.Fault{Wait: gate})
		ctx, cancel := context.WithCancel(context.Background())
		outcome := make(chan error, 1)
		go func() {
			_, err := store.Append(ctx, []ports.Commit{entry("a", 1)})
			outcome <- err
		}()
		synctest.Wait()
		cancel()
		synctest.Wait()
		require.Empty(t, outcome)
		s.heals()
		close(gate)
		require.NoError(t, <-outcome)
		require.Equal(t, []string{"a1"}, ids(t, store))
	})
	inBubble(t, "closing waits for the queued appends, and takes no more", func(t *testing.T) {
		s := newSite(t)
		store, first, release := heldUp(s)
		queued := background(store, "b")
		closed := make(chan error, 1)
		go func() { closed <- store.Close() }()
		synctest.Wait()
		require.Empty(t, closed)
		require.ErrorIs(t, attempt(store, entry("c", 1)), ports.ErrUnavailable)
		release()
		require.NoError(t, <-closed)
		require.NoError(t, <-first)
		require.NoError(t, <-queued)
		again := s.moved(s.disk)
		require.Equal(t, []string{"a1", "b1"}, ids(t, again.open()))
	})
	t.Run("many callers at once all find their commits", func(t *testing.T) {
		s := newSite(t)
		s.opts.SegmentBytes = 20_000
		store := s.open()
		var callers sync.WaitGroup
		for n := range 32 {
			callers.Go(func() {
				stream := event.StreamID(fmt.Sprintf("s%d.", n))
				for v := range event.Version(20) {
					if err := attempt(store, entry(stream, v+1)); err != nil {
						t.Errorf("append: %v", err)
					}
					if _, found, err := store.CommitByKey(context.Background(), fmt.Sprint(stream, v+1)); err != nil || !found {
						t.Errorf("an acknowledged commit is not found: %v", err)
					}
				}
			})
		}
		callers.Wait()
		require.Len(t, ids(t, store), 32*20)
		s.continues(store)
	})
}

func TestHeadWhenQuiet(t *testing.T) {
	inBubble(t, "HEAD follows when the log is quiet, and only then", func(t *testing.T) {
		s := newSite(t)
		s.opts.IdleAfter = time.Second
		store := s.open()
		for v := range event.Version(10) {
			put(t, store, entry("a", v+1))
			pass(time.Second / 2)
			require.Contains(t, s.read(headFile), `{"v":1,"head":0,`)
		}
		pass(time.Second)
		require.Contains(t, s.read(headFile), `{"v":1,"head":10,`)
		calls := s.disk.Calls()
		pass(time.Hour)
		require.Equal(t, calls, s.disk.Calls(), "nothing new, nothing to write")
	})
	t.Run("the last time used survives a restart", func(t *testing.T) {
		s := newSite(t)
		used := noon.Add(time.Hour)
		s.opts.LastUsed = func() time.Time { return used }
		store := s.open()
		put(t, store, entry("a", 1))
		require.NoError(t, store.Close())
		s.opts.LastUsed = nil
		require.Equal(t, used, s.open().Head().Time)
	})
}
