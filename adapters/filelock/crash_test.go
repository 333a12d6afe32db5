package filelock_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/onhand/onhand/adapters/filelock"
	"github.com/onhand/onhand/adapters/internal/durablefile/simdisk"
	"github.com/onhand/onhand/domain/event"
	"github.com/onhand/onhand/ports"
)

var errIO = errors.New("input/output error")

// some are streams of three shards.
func some(n int) []event.StreamID {
	var list []event.StreamID
	for i := 0; len(list) < n; i++ {
		if id := event.StreamID(fmt.Sprint("stock/S1/", i)); filelock.ShardOf(id) < 3 {
			list = append(list, id)
		}
	}
	return list
}

// work acquires, renews and releases, and tells the last tokens that it was given.
func work(l *filelock.Leases) map[event.StreamID]int64 {
	given := map[event.StreamID]int64{}
	for n := 1; n <= 3; n++ {
		lease, err := l.Acquire(context.Background(), some(4*n), 0)
		if err != nil {
			continue
		}
		for _, e := range lease.Tokens() {
			given[e.Stream] = e.Token
		}
		l.Step()
		_ = lease.Release()
	}
	return given
}

// TestAKillAtAnyWriteBlocksNoOtherProcess kills a process at each of its writes, with any part
// of it done: the others get all leases when their time is over, with higher tokens.
func TestAKillAtAnyWriteBlocksNoOtherProcess(t *testing.T) {
	writes := 0
	for at := 1; at == 1 || at <= writes; at++ {
		for _, keep := range []int{0, 1, 8, 16, 23, 24, 60, 500, 1 << 20} {
			writes = killAt(t, at, keep)
		}
	}
	require.Greater(t, writes, 20)
}

// killAt kills a process at one write and tells how many there were or would have been.
func killAt(t *testing.T, at, keep int) (writes int) {
	m, disk := &machine{}, simdisk.New()
	other, err := filelock.Open("/locks", m.options(disk.Process()))
	require.NoError(t, err)
	before, err := other.Acquire(context.Background(), some(12), 0)
	require.NoError(t, err)
	require.NoError(t, before.Release())

	process := disk.Process()
	victim, err := filelock.Open("/locks", m.options(process))
	require.NoError(t, err)
	disk.Plan(func(c simdisk.Call) simdisk.Fault {
		if c.Op != "write" {
			return simdisk.Fault{}
		}
		switch writes++; {
		case writes == at:
			return simdisk.Fault{Err: errIO, Keep: keep}
		case writes > at:
			return simdisk.Fault{Err: errIO}
		}
		return simdisk.Fault{}
	})
	given := work(victim)
	disk.Plan(nil)
	process.Kill()
	m.pass(ttl)
	lease, err := other.Acquire(context.Background(), some(12), 0)
	require.NoError(t, err, "killed at write %d with %d bytes done", at, keep)
	for i, e := range lease.Tokens() {
		require.Greater(t, e.Token, max(before.Tokens()[i].Token, given[e.Stream]))
	}
	require.NoError(t, lease.Release())
	require.NoError(t, other.Close())
	_ = victim.Close() // nothing of it works any more
	return writes
}

func TestAFailedWriteLeavesNothingHeld(t *testing.T) {
	m, disk := &machine{}, simdisk.New()
	one, two := m.open(t, disk.Process(), "/locks"), m.open(t, disk.Process(), "/locks")
	for at := 1; at <= 3; at++ {
		for _, keep := range []int{0, 30, 1 << 20} {
			seen := 0
			disk.Plan(func(c simdisk.Call) simdisk.Fault {
				if c.Op != "write" {
					return simdisk.Fault{}
				}
				if seen++; seen == at {
					return simdisk.Fault{Err: errIO, Keep: keep}
				}
				return simdisk.Fault{}
			})
			_, err := one.Acquire(context.Background(), some(12), 0)
			require.ErrorIs(t, err, ports.ErrUnavailable)
			disk.Plan(nil)
			lease, err := two.Acquire(context.Background(), some(12), 0)
			require.NoError(t, err)
			require.NoError(t, lease.Release())
		}
	}
}

// TestAShardThatStaysLocked has a process stopped while it has a shard locked.
func TestAShardThatStaysLocked(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m, disk := &machine{}, simdisk.New()
		opts := m.options(disk)
		opts.Wait = 300 * time.Millisecond
		l, err := filelock.Open("/locks", opts)
		require.NoError(t, err)
		frozen, err := disk.OpenLock(fmt.Sprintf("/locks/%02d", filelock.ShardOf("a")))
		require.NoError(t, err)
		free, err := frozen.TryLock()
		require.NoError(t, err)
		require.True(t, free)

		begun := time.Now()
		for range 3 { // also beside each other
			go func() {
				_, err := l.Acquire(context.Background(), []event.StreamID{"a"}, 0)
				var held *ports.LeaseHeldError
				require.ErrorAs(t, err, &held)
				require.Equal(t, ports.LeaseHeldError{Stream: "a"}, *held)
			}()
		}
		synctest.Wait()
		time.Sleep(300 * time.Millisecond)
		synctest.Wait()
		require.Equal(t, 300*time.Millisecond, time.Since(begun), "no longer than that")
		ctx, cancel := context.WithTimeout(context.Background(), 100*time.Millisecond)
		defer cancel()
		_, err = l.Acquire(ctx, []event.StreamID{"a"}, 0)
		require.ErrorIs(t, err, context.DeadlineExceeded)

		require.NoError(t, frozen.Unlock())
		lease, err := l.Acquire(context.Background(), []event.StreamID{"a"}, 0)
		require.NoError(t, err)
		free, err = frozen.TryLock()
		require.NoError(t, err)
		require.True(t, free)
		l.Step()
		require.NoError(t, lease.Valid(), "it could not be renewed, but lasts")
		m.pass(ttl)
		l.Watch()
		<-lease.Lost()
		require.NoError(t, frozen.Close())
		require.NoError(t, l.Close())
	})
}
