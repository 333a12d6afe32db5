package jsonevents_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/onhand/onhand/adapters/internal/durablefile/simdisk"
	"github.com/onhand/onhand/ports"
)

func TestAWriteRefusedForLackOfRoomStaysGoneAfterAPowerLoss(t *testing.T) {
	rng := seeded(t)
	s := newSite(t)
	store := s.open()
	put(t, store, entry("a", 1))
	s.disk.Plan(full(1<<20, nil)) // all of it is there when the error comes
	require.ErrorIs(t, attempt(store, entry("a", 2), entry("b", 1)), ports.ErrReadOnly)
	for _, after := range afterwards(s.disk, rng, 50) {
		next := s.moved(after.disk)
		again := next.open()
		require.Equal(t, []string{"a1"}, ids(t, again), "%s survived", after.what)
		require.NoError(t, again.Close())
	}
	_ = store.Close() // the disk is gone
}

func TestAFailedSyncIsNotRepeatedThoughThatWouldSucceed(t *testing.T) {
	inBubble(t, "the kernel reports success, because it dropped the bytes", func(t *testing.T) {
		s, syncs := newSite(t), 0
		store := s.open()
		put(t, store, entry("a", 1))
		s.disk.Plan(func(c simdisk.Call) simdisk.Fault {
			if c.Op != "sync" || c.Name != segment(1) {
				return simdisk.Fault{}
			}
			if syncs++; syncs == 1 {
				return simdisk.Fault{Err: broken}
			}
			return simdisk.Fault{}
		})
		require.ErrorIs(t, attempt(store, entry("a", 2)), ports.ErrOutcomeUnknown)
		require.Equal(t, 1, syncs)
		s.failed(store)
		require.NoError(t, store.Close())
	})
}

func TestBytesOfAFailedSyncAreWrittenAgainAfterAKill(t *testing.T) {
	rng := seeded(t)
	s := newSite(t)
	store := s.open()
	put(t, store, entry("a", 1))
	s.disk.Plan(func(c simdisk.Call) simdisk.Fault {
		switch {
		case c.Op == "sync" && c.Name == segment(1):
			return simdisk.Fault{Err: broken}
		case c.Op == "write" && c.Name == lockFile:
			return simdisk.Fault{Err: simdisk.ErrCrashed}
		}
		return simdisk.Fault{}
	})
	require.ErrorIs(t, attempt(store, entry("a", 2)), ports.ErrOutcomeUnknown)
	_ = store.Close()
	s = s.moved(s.disk.Restart()) // the machine stayed up
	store = s.open()
	require.Equal(t, []string{"a1", "a2"}, ids(t, store))
	again := s.moved(s.disk.Reboot(rng)).open()
	_ = store.Close()
	require.Equal(t, []string{"a1", "a2"}, ids(t, again), "a repetition of a2 was told that it is done")
}
