package jsonevents_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/onhand/onhand/adapters/internal/durablefile"
	"github.com/onhand/onhand/adapters/internal/durablefile/simdisk"
	"github.com/onhand/onhand/domain/event"
	"github.com/onhand/onhand/ports"
)

func TestFullDisk(t *testing.T) {
	for _, keep := range []int{0, 1, 300, 1 << 20} {
		inBubble(t, fmt.Sprintf("a write that fails after at most %d bytes leaves nothing and makes the store read-only", keep), func(t *testing.T) {
			s := newSite(t)
			store := s.open()
			put(t, store, entry("a", 1))
			before := s.files()
			s.disk.Plan(full(keep, nil))
			require.ErrorIs(t, attempt(store, entry("a", 2), entry("b", 1)), ports.ErrReadOnly)
			require.Equal(t, before, s.files(), "nothing of the batch is left")
			s.readOnly(store, "a1")
			s.heals()
			s.resumes(store, entry("a", 2), entry("b", 1))
			require.Equal(t, []string{"a1", "a2", "b1"}, ids(t, store))
			s.continues(store)
		})
	}
	for _, op := range []string{"create", "write", "sync", "rename"} {
		inBubble(t, "a new segment that finds no room at "+op+" makes the store read-only", func(t *testing.T) {
			s := newSite(t)
			s.opts.SegmentBytes = 400
			store := s.open()
			put(t, store, entry("a", 1))
			before := s.files()
			s.fails(op, segment(2), simdisk.Fault{Err: noSpace})
			require.ErrorIs(t, attempt(store, entry("a", 2)), ports.ErrReadOnly)
			require.Equal(t, before, s.files(), "no temporary file is left")
			s.disk.Plan(full(7, nil))
			s.readOnly(store, "a1")
			s.heals()
			s.resumes(store, entry("a", 2))
			require.Contains(t, s.files(), segment(2))
			s.continues(store)
		})
	}
	for op, name := range map[string]string{
		"create": headFile, "write": headFile, "sync": headFile, "rename": headFile, "syncdir": dataDir,
	} {
		inBubble(t, "a HEAD that finds no room at "+op+" is reported, and the log continues", func(t *testing.T) {
			s := newSite(t)
			s.opts.SegmentBytes = 400
			s.opts.IdleAfter = time.Second
			store := s.open()
			s.disk.Plan(func(c simdisk.Call) simdisk.Fault {
				if c.Op == op && (c.Name == name || c.Name == name+".tmp") {
					return simdisk.Fault{Err: noSpace}
				}
				return simdisk.Fault{}
			})
			put(t, store, entry("a", 1))
			pass(2 * time.Second)
			require.Equal(t, 1, s.reports("HEAD could not be written"), "when the log was quiet")
			put(t, store, entry("a", 2))
			pass(5 * time.Second)
			require.Equal(t, 1, s.reports("HEAD could not be written"), "told once")
			require.False(t, condition(t, store).ReadOnly)
			s.heals()
			pass(2 * time.Second)
			require.Contains(t, s.read(headFile), `{"v":1,"head":2,`, "tried again although nothing is written")
			put(t, store, entry("a", 3))
			pass(2 * time.Second)
			require.Contains(t, s.read(headFile), `{"v":1,"head":3,`)
			s.continues(store)
		})
	}
	inBubble(t, "a start on a full disk takes reads, and writes when there is room", func(t *testing.T) {
		s := newSite(t)
		store := s.open()
		put(t, store, entry("a", 1))
		require.NoError(t, store.Close())
		s.disk.Plan(full(0, nil))
		store = s.open()
		require.Equal(t, 1, s.reports("HEAD could not be written"))
		require.ErrorIs(t, attempt(store, entry("a", 2)), ports.ErrReadOnly)
		s.readOnly(store, "a1")
		s.heals()
		s.resumes(store, entry("a", 2))
		s.continues(store)
	})
	t.Run("the first start of all needs room", func(t *testing.T) {
		for _, name := range []string{segment(1), headFile} {
			s := newSite(t)
			s.fails("write", name, simdisk.Fault{Err: noSpace, Keep: 5})
			_, err := s.tryOpen()
			require.True(t, durablefile.IsFull(err), "%v", err)
			require.Zero(t, s.disk.OpenFiles())
			s.heals()
			s.continues(s.open())
		}
	})
	t.Run("a torn end that cannot be kept aside for lack of room is not cut off", func(t *testing.T) {
		s := newSpecimen(t)
		s.write(segment(lastSegment), s.read(segment(lastSegment))+"torn")
		before := s.files()
		s.disk.Plan(full(2, nil))
		_, err := s.tryOpen()
		require.True(t, durablefile.IsFull(err), "%v", err)
		require.Equal(t, before, s.files())
		s.heals()
		s.continues(s.cutsOff(s.ids, "torn"))
	})
	inBubble(t, "a disk without room even to overwrite does not keep a start from its log", func(t *testing.T) {
		s := newSite(t)
		store := s.open()
		put(t, store, entry("a", 1))
		next := s.moved(s.disk.Restart()) // killed: HEAD does not know of it
		next.disk.Plan(full(0, nil))
		again := next.open()
		require.Equal(t, []string{"a1"}, ids(t, again))
		_ = store.Close()
	})
}

// readOnly checks that a store that found its disk full still shows what it
// has, and takes nothing however often it tries the disk.
func (s *site) readOnly(store interface {
	ports.EventStore
	ports.EventFeed
}, want ...string,
) {
	s.t.Helper()
	pass(10 * time.Second)
	require.ErrorIs(s.t, attempt(store, entry("x", 1)), ports.ErrReadOnly)
	require.NoError(s.t, store.CloseTimestamp(s.t.Context(), noon), "a timestamp needs no room")
	status := condition(s.t, store)
	require.True(s.t, status.ReadOnly)
	require.False(s.t, status.Failed)
	require.Contains(s.t, status.Detail, noSpace.Error())
	require.Equal(s.t, want, ids(s.t, store))
	require.Equal(s.t, event.Version(1), version(s.t, store, "a"))
	require.Equal(s.t, 1, s.reports("the disk is full"))
	require.Empty(s.t, s.fatal)
}

// resumes checks that a store takes writes by itself once there is room.
func (s *site) resumes(store ports.EventStore, commits ...ports.Commit) {
	s.t.Helper()
	pass(2 * time.Second)
	require.False(s.t, condition(s.t, store).ReadOnly)
	require.Equal(s.t, 1, s.reports("the disk has room again"))
	put(s.t, store, commits...)
}

func TestFailingWrites(t *testing.T) {
	for _, keep := range []int{0, 200, 1 << 20} {
		t.Run(fmt.Sprintf("a write that fails after at most %d bytes leaves nothing, and the store continues", keep), func(t *testing.T) {
			s := newSite(t)
			store := s.open()
			put(t, store, entry("a", 1))
			before := s.files()
			s.fails("write", logDir, simdisk.Fault{Err: broken, Keep: keep})
			err := attempt(store, entry("a", 2))
			require.ErrorIs(t, err, ports.ErrUnavailable)
			require.ErrorIs(t, err, broken)
			require.Equal(t, before, s.files())
			require.False(t, condition(t, store).ReadOnly || condition(t, store).Failed)
			s.heals()
			put(t, store, entry("a", 2))
			require.Equal(t, []string{"a1", "a2"}, ids(t, store))
			s.continues(store)
		})
	}
	for _, op := range []string{"create", "write"} {
		t.Run("a new segment that fails at "+op+" is tried again with the next append", func(t *testing.T) {
			s := newSite(t)
			s.opts.SegmentBytes = 400
			store := s.open()
			put(t, store, entry("a", 1))
			before := s.files()
			s.fails(op, segment(2), simdisk.Fault{Err: broken, Keep: 9})
			require.ErrorIs(t, attempt(store, entry("a", 2)), ports.ErrUnavailable)
			require.Equal(t, before, s.files())
			s.heals()
			put(t, store, entry("a", 2))
			s.continues(store)
		})
	}
	t.Run("a commit that met a fault is not known by its key", func(t *testing.T) {
		s := newSite(t)
		store := s.open()
		s.fails("write", logDir, simdisk.Fault{Err: broken, Keep: 100})
		require.ErrorIs(t, attempt(store, entry("a", 1)), ports.ErrUnavailable)
		_, found, err := store.CommitByKey(t.Context(), "a1")
		require.NoError(t, err)
		require.False(t, found)
	})
}
