package jsonevents_test

import (
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/onhand/onhand/adapters/internal/durablefile/simdisk"
	"github.com/onhand/onhand/domain/event"
)

func TestAStartSavesNoLinesInTheIndexThatAPowerCutCouldTakeBack(t *testing.T) {
	// Given a process that was killed with commits after HEAD, and a lost index
	s, index := indexed(t)
	put(t, s.open(), entry("a", 1), entry("b", 1))
	next := s.moved(s.disk.Reboot(nil))
	index.become(newIndexDisk())
	before, _ := index.counts()

	// When a start cannot make the commits durable
	next.disk.Plan(func(c simdisk.Call) simdisk.Fault {
		if c.Op == "sync" && c.Name == segment(1) {
			return simdisk.Fault{Err: syscall.EIO}
		}
		return simdisk.Fault{}
	})
	_, err := next.tryOpen()
	require.ErrorIs(t, err, syscall.EIO)

	// Then the index does not have them
	after, _ := index.counts()
	require.Equal(t, before+1, after, "it was emptied, and no more")
}

func TestAStartThatIsFarBehindFlushesTheIndexOnItsWay(t *testing.T) {
	for name, behind := range map[string]func(older *indexDisk) *indexDisk{
		"from an older index": func(older *indexDisk) *indexDisk { return older },
		"without an index":    func(*indexDisk) *indexDisk { return newIndexDisk() },
	} {
		t.Run(name, func(t *testing.T) {
			// Given many segments, and an index that has few of their commits
			s, index := indexed(t)
			s.opts.SegmentBytes, s.opts.FlushAfter = 2000, 30
			versions := map[event.StreamID]event.Version{}
			store := s.open()
			grow(t, store, versions, seeded(t), 20)
			require.NoError(t, store.SaveIndex(t.Context(), nil))
			older := index.copy()
			grow(t, store, versions, seeded(t), 400)
			want := seen(t, store, versions)
			require.NoError(t, store.Close())

			// When a store starts, then no flush has many more changes than those after which one comes
			index.become(behind(older))
			index.set(func() { index.largest = 0 })
			store = s.open()
			require.NoError(t, store.SaveIndex(t.Context(), nil))
			index.set(func() { require.LessOrEqual(t, index.largest, 100) })
			same(t, want, seen(t, store, versions))
			require.NoError(t, store.Close())
			require.Equal(t, 1, s.sound().Indexes)
		})
	}
}
