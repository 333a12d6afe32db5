package jsonevents_test

import (
	"fmt"
	"runtime"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/onhand/onhand/adapters/internal/durablefile/simdisk"
	"github.com/onhand/onhand/adapters/internal/orderedkv"
	"github.com/onhand/onhand/domain/event"
	"github.com/onhand/onhand/ports"
)

// filled is a closed store with an index and several segments, and its content.
func filled(t *testing.T) (s *site, index *indexDisk, versions map[event.StreamID]event.Version, want map[string]any) {
	s, index = indexed(t)
	s.opts.SegmentBytes = 3000
	versions = map[event.StreamID]event.Version{}
	store := s.open()
	grow(t, store, versions, seeded(t), 100)
	want = seen(t, store, versions)
	require.NoError(t, store.Close())
	return s, index, versions, want
}

func TestAFlushThatFailsHarmsNothing(t *testing.T) {
	inBubble(t, "for good", func(t *testing.T) {
		s, index := indexed(t)
		s.opts.Limits.Tails = 1
		store := s.open()
		versions := map[event.StreamID]event.Version{}
		grow(t, store, versions, seeded(t), 30)
		index.set(func() { index.refuse = orderedkv.ErrStalled })
		require.ErrorIs(t, store.SaveIndex(t.Context(), nil), orderedkv.ErrStalled)
		grow(t, store, versions, seeded(t), 30)
		require.Error(t, store.SaveIndex(t.Context(), nil))
		require.Equal(t, 1, s.reports("the index of the log could not be saved"))
		status := condition(t, store)
		require.False(t, status.Failed || status.ReadOnly)
		require.Contains(t, status.Detail, orderedkv.ErrStalled.Error())
		index.set(func() { index.refuse = nil })
		require.NoError(t, store.SaveIndex(t.Context(), nil))
		require.Empty(t, condition(t, store).Detail)
		want := seen(t, store, versions)
		require.NoError(t, store.Close())
		s.sound()
		same(t, want, seen(t, s.open(), versions))
	})
	inBubble(t, "while the disk is full", func(t *testing.T) {
		s, index := indexed(t)
		s.opts.Limits.Tails = 1
		store := s.open()
		versions := map[event.StreamID]event.Version{}
		grow(t, store, versions, seeded(t), 30)
		space := make(chan struct{})
		index.set(func() { index.stuck = space })
		require.ErrorContains(t, store.SaveIndex(t.Context(), nil), "until the disk has room")
		grow(t, store, versions, seeded(t), 30)
		require.ErrorContains(t, store.SaveIndex(t.Context(), nil), "until the disk has room")
		require.Equal(t, 1, s.reports("the index of the log could not be saved"))
		require.Contains(t, condition(t, store).Detail, "until the disk has room")
		want := seen(t, store, versions)
		index.set(func() { index.stuck = nil })
		close(space)
		synctest.Wait()
		want["status"] = seen(t, store, versions)["status"]
		same(t, want, seen(t, store, versions))
		require.NoError(t, store.SaveIndex(t.Context(), nil))
		require.Empty(t, condition(t, store).Detail)
		want = seen(t, store, versions)
		require.NoError(t, store.Close())
		s.sound()
		same(t, want, seen(t, s.open(), versions))
	})
	inBubble(t, "while the disk is full for long", func(t *testing.T) {
		s, index := indexed(t)
		store := s.open()
		grow(t, store, map[event.StreamID]event.Version{}, seeded(t), 30)
		space := make(chan struct{})
		index.set(func() { index.stuck = space })
		const notes = "until the disk has room"
		require.ErrorContains(t, store.SaveIndex(t.Context(), nil), notes)
		before := runtime.NumGoroutine()
		for range 100 {
			require.ErrorContains(t, store.SaveIndex(t.Context(), nil), notes)
		}
		pass(time.Hour)
		require.Less(t, runtime.NumGoroutine(), before+50, "flushes that wait become no more")
		index.set(func() { index.stuck = nil })
		close(space)
		require.NoError(t, store.Close())
	})
	inBubble(t, "while the disk is full, up to the stop", func(t *testing.T) {
		s, index := indexed(t)
		store := s.open()
		versions := map[event.StreamID]event.Version{}
		grow(t, store, versions, seeded(t), 30)
		want := seen(t, store, versions)
		space := make(chan struct{})
		index.set(func() { index.stuck = space })
		require.NoError(t, store.Close(), "it does not wait for room")
		next := s.moved(s.disk)
		next.opts.Index = index.open
		store = next.open()
		same(t, want, seen(t, store, versions))
		require.Equal(t, 1, next.reports("this process reads the whole log and keeps the index in memory"))
		grow(t, store, versions, seeded(t), 30)
		require.NoError(t, store.Close())
		close(space)
	})
}

func TestAnIndexThatDoesNotFitTheLogIsMadeAgain(t *testing.T) {
	for name, spoil := range map[string]func(index *indexDisk){
		"of another log": func(index *indexDisk) {
			_, other, _, _ := filled(t)
			index.become(other)
		},
		"without the entries of its mark": func(index *indexDisk) {
			var b orderedkv.Batch
			b.DeleteRange([]byte("s"), []byte("t"))
			require.NoError(t, index.content.Write(&b))
		},
		"with a mark of another form": func(index *indexDisk) {
			var b orderedkv.Batch
			b.Put([]byte("m"), []byte("{"))
			b.Put([]byte("sx"), []byte("y"))
			require.NoError(t, index.content.Write(&b))
		},
		"damaged where the start reads": func(index *indexDisk) { index.damaged = func([]byte) bool { return true } },
		"with a stream that is damaged": func(index *indexDisk) {
			index.damaged = func(key []byte) bool { return key[0] == 's' }
		},
	} {
		t.Run(name, func(t *testing.T) {
			s, index, versions, _ := filled(t)
			older := index.copy()
			store := s.open()
			grow(t, store, versions, seeded(t), 30) // the start has something to read
			want := seen(t, store, versions)
			require.NoError(t, store.Close())
			index.become(older)
			spoil(index)
			store = s.open()
			same(t, want, seen(t, store, versions))
			require.NoError(t, store.Close())
			require.Equal(t, 1, s.sound().Indexes)
		})
	}
}

func TestADamagedIndexStopsOnlyTheCommandsThatNeedIt(t *testing.T) {
	s, index := indexed(t)
	s.opts.Limits.Tails = 2
	store := s.open()
	for n := range 10 {
		put(t, store, entry(event.StreamID(fmt.Sprint("s", n)), 1))
	}
	require.NoError(t, store.SaveIndex(t.Context(), nil))
	index.set(func() { index.damaged = func(key []byte) bool { return key[0] == 's' || key[0] == 'k' } })
	again := entry("s0", 2)
	again.Key = ""
	_, err := store.Append(t.Context(), []ports.Commit{again})
	require.ErrorIs(t, err, ports.ErrUnavailable)
	require.ErrorIs(t, err, orderedkv.ErrDamaged)
	_, _, err = store.CommitByKey(t.Context(), "s01")
	require.ErrorIs(t, err, ports.ErrUnavailable)
	for _, err := range store.Stream(t.Context(), "s0", 0, ports.Newest) {
		require.ErrorIs(t, err, ports.ErrUnavailable)
	}
	require.Contains(t, condition(t, store).Detail, "the next start rebuilds it")
	require.False(t, condition(t, store).Failed)
	require.Len(t, ids(t, store), 10)
	require.NoError(t, store.Close())
	store = s.open()
	put(t, store, again)
	require.ErrorAs(t, attempt(store, entry("s01", 2)), new(*ports.ConflictError))
	s.continues(store)
}

func TestAnIndexThatCannotBeOpenedIsInMemory(t *testing.T) {
	s, _, versions, want := filled(t)
	s.opts.Index = func(string) (orderedkv.Store, error) { return nil, errBroken }
	store := s.open()
	require.Equal(t, 1, s.reports("this process reads the whole log and keeps the index in memory"))
	same(t, want, seen(t, store, versions))
	require.NoError(t, store.Close())
}

var errBroken = fmt.Errorf("broken: %w", simdisk.ErrCrashed)

func TestSavedIndexesOfEarlierVersionsAreRemoved(t *testing.T) {
	s, _, versions, want := filled(t)
	const dir = dataDir + "/snapshots"
	require.NoError(t, s.disk.MkdirAll(dir))
	for _, name := range []string{"7.index", "9.index.tmp", "7.state"} {
		s.write(dir+"/"+name, "{}")
	}
	same(t, want, seen(t, s.open(), versions))
	left, err := s.disk.List(dir)
	require.NoError(t, err)
	require.Equal(t, []string{"7.state"}, left)
}

func TestDamageInASkippedSegmentIsFoundByTheScrubber(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, index, _, _ := filled(t)
		good := s.open()
		synctest.Wait()
		time.Sleep(time.Minute) // the scrubber rests
		synctest.Wait()
		require.False(t, condition(t, good).Failed)
		require.NoError(t, good.Close())

		base := s.disk
		for what, spoil := range map[string]func(name string){
			"a flipped bit": func(name string) { s.write(name, strings.Replace(s.read(name), `"id":"id-5"`, `"id":"id-6"`, 1)) },
			"a cut":         func(name string) { s.write(name, s.read(name)[:1500]) },
			"another chain": func(name string) {
				other, _, _, _ := filled(t)
				s.write(name, other.read(name))
			},
			"no file": func(name string) { require.NoError(t, s.disk.Remove(name)) },
		} {
			s.disk = base.Reboot(nil)
			moved := s.moved(s.disk)
			moved.opts.Index = index.copy().open
			spoil(segment(1))
			if what == "no file" {
				_, err := moved.tryOpen()
				require.ErrorAs(t, err, new(*ports.CorruptError), "the index names a segment that is not there")
				continue
			}
			store := moved.open()
			time.Sleep(time.Minute)
			synctest.Wait()
			require.True(t, condition(t, store).Failed, what)
			require.Contains(t, condition(t, store).Detail, logDir, what)
			require.ErrorIs(t, attempt(store, ports.Commit{ID: "x", Time: noon, Events: []ports.Event{fact("new", 1)}}),
				ports.ErrUnavailable)
			require.NoError(t, store.Close())
		}
	})
}
