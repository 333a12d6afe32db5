package filelock_test

import (
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/onhand/onhand/adapters/filelock"
	"github.com/onhand/onhand/adapters/internal/durablefile"
	"github.com/onhand/onhand/adapters/internal/durablefile/simdisk"
	thismachine "github.com/onhand/onhand/adapters/internal/machine"
	"github.com/onhand/onhand/domain/event"
	"github.com/onhand/onhand/ports"
	"github.com/onhand/onhand/ports/leasestest"
)

const ttl = 2 * time.Second

// machine is a machine with a clock that the test advances.
type machine struct{ now atomic.Int64 }

func (m *machine) pass(d time.Duration) { m.now.Add(int64(d)) }

// open opens leases in a directory; nothing happens by itself.
func (m *machine) open(t *testing.T, disk durablefile.Disk, dir string) *filelock.Leases {
	t.Helper()
	l, err := filelock.Open(dir, m.options(disk))
	require.NoError(t, err)
	t.Cleanup(func() { _ = l.Close() })
	return l
}

func (m *machine) options(disk durablefile.Disk) filelock.Options {
	return filelock.Options{
		TTL: ttl, Renew: time.Hour, Wait: time.Minute, Disk: disk,
		Machine: thismachine.Machine{Boot: "first", Now: func() time.Duration { return time.Duration(m.now.Load()) }},
	}
}

func (m *machine) alive(processes ...ports.Leases) {
	for range 3 {
		m.pass(ttl / 2)
		for _, one := range processes {
			one.(*filelock.Leases).Step()
		}
	}
}

func TestTheErrorNamesTheOwnerAndTheEnd(t *testing.T) {
	m, dir := &machine{}, t.TempDir()
	one, two := m.open(t, durablefile.OS{}, dir), m.open(t, durablefile.OS{}, dir)
	refusal := func(from *filelock.Leases, stream event.StreamID) *ports.LeaseHeldError {
		var held *ports.LeaseHeldError
		_, err := from.Acquire(t.Context(), []event.StreamID{stream}, 0)
		require.ErrorAs(t, err, &held)
		require.Equal(t, stream, held.Stream)
		require.NotEmpty(t, held.Owner)
		return held
	}
	_, err := one.Acquire(t.Context(), []event.StreamID{"a"}, 0)
	require.NoError(t, err)
	m.pass(ttl / 4)
	_, err = two.Acquire(t.Context(), []event.StreamID{"b"}, 0)
	require.NoError(t, err)
	require.Equal(t, ttl-ttl/4, refusal(two, "a").Ends)
	require.Equal(t, ttl, refusal(one, "b").Ends)
	require.Equal(t, refusal(two, "a").Owner, refusal(one, "a").Owner, "the owner itself is told the same")
	require.NotEqual(t, refusal(one, "b").Owner, refusal(one, "a").Owner)
}

func TestLeases(t *testing.T) {
	t.Run("real files", func(t *testing.T) {
		leasestest.Run(t, func(t *testing.T) leasestest.Place {
			m, dir := &machine{}, t.TempDir()
			return leasestest.Place{
				Open:  func(t *testing.T) ports.Leases { return m.open(t, durablefile.OS{}, dir) },
				Alive: m.alive,
			}
		})
	})
	t.Run("simulated processes", func(t *testing.T) {
		leasestest.Run(t, func(*testing.T) leasestest.Place {
			m, disk := &machine{}, simdisk.New()
			return leasestest.Place{
				Open:  func(t *testing.T) ports.Leases { return m.open(t, disk.Process(), "/locks") },
				Alive: m.alive,
			}
		})
	})
}
