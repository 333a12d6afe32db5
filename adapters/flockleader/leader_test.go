package flockleader_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/onhand/onhand/adapters/flockleader"
	"github.com/onhand/onhand/adapters/internal/durablefile"
	"github.com/onhand/onhand/adapters/internal/durablefile/simdisk"
	"github.com/onhand/onhand/ports"
	"github.com/onhand/onhand/ports/leadertest"
)

// noon is what the wall clock shows, always.
var noon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// open opens a process of an election in a directory.
func open(dir string, disk durablefile.Disk, now time.Time) *flockleader.Leader {
	return flockleader.New(flockleader.Options{
		Dir: dir, TermFile: filepath.Join(dir, "TERM"), Disk: disk,
		Now: func() time.Time { return now }, RetryPeriod: time.Millisecond,
	})
}

// mortal is the machine's file system as a process has it that may be killed: its locks are
// free then.
type mortal struct {
	durablefile.Disk
	mu    sync.Mutex
	locks []durablefile.DirLock
	dead  bool
}

func (m *mortal) LockDir(dir string, mode durablefile.LockMode) (durablefile.DirLock, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.dead {
		return nil, simdisk.ErrKilled
	}
	lock, err := m.Disk.LockDir(dir, mode)
	if err == nil {
		m.locks = append(m.locks, lock)
	}
	return lock, err
}

func (m *mortal) Kill() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.dead = true
	for _, lock := range m.locks {
		_ = lock.Close()
	}
}

func TestContract(t *testing.T) {
	type disk interface {
		durablefile.Disk
		Kill()
	}
	place := func(dir string, process func() disk) leadertest.Place {
		processes := map[ports.Leader]disk{}
		return leadertest.Place{
			Open: func(t *testing.T) ports.Leader {
				its := process()
				l := open(dir, its, noon)
				processes[l] = its
				t.Cleanup(func() { _ = l.Close() })
				return l
			},
			Die: func(process ports.Leader) { processes[process].Kill() },
		}
	}
	t.Run("real files", func(t *testing.T) {
		leadertest.Run(t, func(t *testing.T) leadertest.Place {
			return place(t.TempDir(), func() disk { return &mortal{Disk: durablefile.OS{}} })
		})
	})
	t.Run("simulated processes", func(t *testing.T) {
		leadertest.Run(t, func(t *testing.T) leadertest.Place {
			all := simdisk.New()
			require.NoError(t, all.MkdirAll("/d"))
			return place("/d", func() disk { return all.Process() })
		})
	})
}

func TestThereIsNoFileWithoutWhichTwoWouldLead(t *testing.T) {
	dir := t.TempDir()
	first, second := open(dir, nil, noon), open(dir, nil, noon)
	t.Cleanup(func() { require.NoError(t, errors.Join(first.Close(), second.Close())) })
	_, err := first.TryCampaign(t.Context())
	require.NoError(t, err)
	files, err := filepath.Glob(filepath.Join(dir, "*"))
	require.NoError(t, err)
	for _, name := range files {
		require.NoError(t, os.Remove(name))
	}
	require.True(t, first.IsLeader())
	_, err = second.TryCampaign(t.Context())
	require.ErrorIs(t, err, ports.ErrNotLeader)
}

// number is that of one more term.
func number(t *testing.T, disk durablefile.Disk, now time.Time) int64 {
	l := open("/d", disk, now)
	term, err := l.TryCampaign(t.Context())
	require.NoError(t, err)
	require.NoError(t, l.Close())
	return term.Number
}

func TestNumbersAscendWhileTheClockIsSetBack(t *testing.T) {
	disk := simdisk.New()
	require.NoError(t, disk.MkdirAll("/d"))
	first := number(t, disk, noon)
	require.Equal(t, noon.UnixMilli(), first)
	require.Equal(t, first+1, number(t, disk, noon.Add(-time.Hour)))
	disk = disk.Reboot(rand.New(rand.NewPCG(1, 2)))
	require.Equal(t, first+2, number(t, disk, noon.Add(-time.Hour)), "a power loss forgets no number")
}

func TestNumbersAscendWithoutTheirFile(t *testing.T) {
	disk := simdisk.New()
	require.NoError(t, disk.MkdirAll("/d"))
	last := number(t, disk, noon)
	for i, content := range []string{"", "x", "0000000000", "99999999999999999999999\n"} {
		f, err := disk.Create("/d/TERM")
		require.NoError(t, err)
		_, err = f.WriteAt([]byte(content), 0)
		require.NoError(t, errors.Join(err, f.Close()))
		next := number(t, disk, noon.Add(time.Duration(i+1)*time.Millisecond))
		require.Greater(t, next, last, content)
		last = next
	}
}

func TestAFullDiskKeepsNoProcessFromLeading(t *testing.T) {
	disk := simdisk.New()
	require.NoError(t, disk.MkdirAll("/d"))
	disk.Plan(func(c simdisk.Call) simdisk.Fault {
		if c.Op == "write" || c.Op == "create" {
			return simdisk.Fault{Err: syscall.ENOSPC}
		}
		return simdisk.Fault{}
	})
	last := int64(0)
	for i := range 3 {
		next := number(t, disk, noon.Add(time.Duration(i)*time.Millisecond))
		require.Greater(t, next, last)
		last = next
	}
}

// TestAFaultOfTheDiskLeavesTheLockFree lets each call fail in turn.
func TestAFaultOfTheDiskLeavesTheLockFree(t *testing.T) {
	errIO := errors.New("input/output error")
	for _, op := range []string{"create", "write", "sync", "syncdir", "open", "read"} {
		t.Run(op, func(t *testing.T) {
			disk := simdisk.New()
			require.NoError(t, disk.MkdirAll("/d"))
			if op == "read" { // there is something to be read
				number(t, disk, noon)
			}
			failed := 0
			plan := func(c simdisk.Call) simdisk.Fault {
				if c.Op == op {
					failed++
					return simdisk.Fault{Err: fmt.Errorf("%s: %w", op, errIO)}
				}
				return simdisk.Fault{}
			}
			disk.Plan(plan)
			disk.PlanReads(plan)
			l := open("/d", disk, noon)
			_, err := l.Campaign(t.Context())
			require.ErrorIs(t, err, ports.ErrUnavailable)
			require.ErrorIs(t, err, errIO)
			require.False(t, l.IsLeader())
			require.Equal(t, 1, failed)
			disk.Plan(nil)
			disk.PlanReads(nil)
			require.Positive(t, number(t, disk, noon))
		})
	}
}
