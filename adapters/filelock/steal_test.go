package filelock_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/onhand/onhand/adapters/filelock"
	"github.com/onhand/onhand/adapters/internal/durablefile"
	"github.com/onhand/onhand/adapters/internal/durablefile/simdisk"
	"github.com/onhand/onhand/domain/event"
	"github.com/onhand/onhand/ports"
)

// TestOneOfManyStealsAnExpiredLease is the race in which removing an old lock file and
// making a new one has two holders: 3,000 rounds in which 8 contenders find one lease
// that is over.
func TestOneOfManyStealsAnExpiredLease(t *testing.T) {
	t.Run("real files", func(t *testing.T) {
		m, dir := &machine{}, t.TempDir()
		stealAll(t, m, func() *filelock.Leases { return m.open(t, durablefile.OS{}, dir) })
	})
	t.Run("simulated processes", func(t *testing.T) {
		m, disk := &machine{}, simdisk.New()
		stealAll(t, m, func() *filelock.Leases { return m.open(t, disk.Process(), "/locks") })
	})
}

func stealAll(t *testing.T, m *machine, open func() *filelock.Leases) {
	const rounds, contenders = 3000, 8
	const stream = event.StreamID("stock/S1/A")
	var all [contenders]*filelock.Leases
	for i := range all {
		all[i] = open()
	}
	last, double := int64(0), 0
	for range rounds {
		var leases [contenders]ports.Lease
		var done sync.WaitGroup
		start := make(chan struct{})
		for i, from := range all {
			done.Go(func() {
				<-start
				lease, err := from.Acquire(context.Background(), []event.StreamID{stream}, 0)
				if _, held := errors.AsType[*ports.LeaseHeldError](err); err != nil && !held {
					t.Errorf("acquire: %v", err)
				}
				leases[i] = lease
			})
		}
		close(start)
		done.Wait()
		holders := 0
		for _, lease := range leases {
			if lease == nil {
				continue
			}
			holders++
			require.NoError(t, lease.Valid())
			require.Greater(t, lease.Tokens()[0].Token, last, "tokens are unique and rise")
			last = lease.Tokens()[0].Token
		}
		require.NotZero(t, holders)
		if holders > 1 {
			double++
		}
		m.pass(ttl) // it is not renewed: it is over
	}
	t.Logf("%d rounds of %d contenders: %d double holders", rounds, contenders, double)
	require.Zero(t, double)
}

func TestALateOwnerRenewsNoLeaseOfItsSuccessor(t *testing.T) {
	m, dir := &machine{}, t.TempDir()
	late, next := m.open(t, nil, dir), m.open(t, nil, dir)
	streams := []event.StreamID{"a"}
	lost, err := late.Acquire(context.Background(), streams, 0)
	require.NoError(t, err)
	m.pass(ttl) // it is stopped for so long
	taken, err := next.Acquire(context.Background(), streams, 0)
	require.NoError(t, err)
	m.pass(ttl / 2)
	late.Step() // the first thing that it does is to renew
	require.ErrorIs(t, lost.Valid(), ports.ErrLeaseLost)
	require.NoError(t, taken.Valid())
	m.pass(ttl / 2)
	require.ErrorIs(t, taken.Valid(), ports.ErrLeaseLost, "it was not renewed")
	again, err := late.Acquire(context.Background(), streams, 0)
	require.NoError(t, err)
	require.Greater(t, again.Tokens()[0].Token, taken.Tokens()[0].Token)
}

func TestLeasesEndWithTheStartOfTheMachine(t *testing.T) {
	m, dir := &machine{}, t.TempDir()
	lease, err := m.open(t, nil, dir).Acquire(context.Background(), []event.StreamID{"a"}, 10)
	require.NoError(t, err)
	opts := m.options(nil)
	opts.Machine.Boot = "second"
	next, err := filelock.Open(dir, opts)
	require.NoError(t, err)
	t.Cleanup(func() { _ = next.Close() })
	m.now.Store(0)
	second, err := next.Acquire(context.Background(), []event.StreamID{"a"}, 0)
	require.NoError(t, err)
	require.Greater(t, second.Tokens()[0].Token, lease.Tokens()[0].Token, "tokens rise all the same")
}

func TestARemovedFileIsCreatedAgain(t *testing.T) {
	m, dir := &machine{}, t.TempDir()
	one := m.open(t, nil, dir)
	lease, err := one.Acquire(context.Background(), []event.StreamID{"a"}, 0)
	require.NoError(t, err)
	files, err := filepath.Glob(filepath.Join(dir, "*"))
	require.NoError(t, err)
	require.Len(t, files, 64)
	for _, name := range files {
		require.NoError(t, durablefile.OS{}.Remove(name))
	}
	two := m.open(t, nil, dir)
	one.Step()
	require.ErrorIs(t, lease.Valid(), ports.ErrLeaseLost)
	_, err = two.Acquire(context.Background(), []event.StreamID{"a"}, 0)
	require.NoError(t, err)
	_, err = one.Acquire(context.Background(), []event.StreamID{"a"}, 0)
	require.ErrorAs(t, err, new(*ports.LeaseHeldError), "both look at the same files again")
}

func TestARemovedDirectoryStopsNoProcess(t *testing.T) {
	m, dir := &machine{}, filepath.Join(t.TempDir(), "locks")
	one, two := m.open(t, nil, dir), m.open(t, nil, dir)
	lease, err := one.Acquire(context.Background(), []event.StreamID{"a"}, 0)
	require.NoError(t, err)
	require.NoError(t, os.RemoveAll(dir))
	one.Step()
	two.Step()
	_, err = two.Acquire(context.Background(), []event.StreamID{"a"}, 0)
	require.ErrorAs(t, err, new(*ports.LeaseHeldError), "the processes that are there continue with the files that they have")
	require.NoError(t, lease.Release())
	lease, err = two.Acquire(context.Background(), []event.StreamID{"a"}, 0)
	require.NoError(t, err)

	three := m.open(t, nil, dir) // creates it again
	one.Step()
	two.Step()
	require.ErrorIs(t, lease.Valid(), ports.ErrLeaseLost)
	_, err = three.Acquire(context.Background(), []event.StreamID{"a"}, 0)
	require.NoError(t, err)
	_, err = one.Acquire(context.Background(), []event.StreamID{"a"}, 0)
	require.ErrorAs(t, err, new(*ports.LeaseHeldError), "all look at the same files again")
}

// farAway is a disk that other processes may see differently.
type farAway struct{ durablefile.OS }

func (farAway) Local(dir string) error { return &durablefile.NotLocalError{Dir: dir, Kind: "nfs"} }

func TestADirectoryThatIsNotLocalIsRefused(t *testing.T) {
	_, err := filelock.Open(t.TempDir(), filelock.Options{Disk: farAway{}})
	require.ErrorAs(t, err, new(*durablefile.NotLocalError))
}
