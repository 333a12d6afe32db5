package simdisk_test

import (
	"errors"
	"math/rand/v2"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/onhand/onhand/adapters/internal/durablefile"
	"github.com/onhand/onhand/adapters/internal/durablefile/simdisk"
)

const name = "/d/file"

// begun is a disk with a file that durably holds "durable".
func begun(t *testing.T) (*simdisk.Disk, durablefile.File) {
	disk := simdisk.New()
	require.NoError(t, disk.MkdirAll("/d"))
	f, err := disk.Create(name)
	require.NoError(t, err)
	_, err = f.WriteAt([]byte("durable"), 0)
	require.NoError(t, errors.Join(err, f.Datasync(), disk.SyncDir("/d")))
	return disk, f
}

// outcomes are the different contents, or names, that reboots find.
func outcomes(t *testing.T, disk *simdisk.Disk, look func(*simdisk.Disk) string) []string {
	found := map[string]bool{}
	for seed := range uint64(300) {
		found[look(disk.Reboot(rand.New(rand.NewPCG(seed, 0))))] = true
	}
	var all []string
	for text := range found {
		all = append(all, text)
	}
	slices.Sort(all)
	return all
}

func content(t *testing.T) func(*simdisk.Disk) string {
	return func(disk *simdisk.Disk) string {
		b, err := durablefile.ReadAll(disk, name)
		require.NoError(t, err)
		return string(b)
	}
}

func names(t *testing.T) func(*simdisk.Disk) string {
	return func(disk *simdisk.Disk) string {
		all, err := disk.List("/d")
		require.NoError(t, err)
		return strings.Join(all, " ")
	}
}

func TestCrash(t *testing.T) {
	t.Run("unsynced bytes may vanish or be torn, synced bytes stay", func(t *testing.T) {
		disk, f := begun(t)
		_, err := f.WriteAt([]byte("+"), 7)
		require.NoError(t, err)
		require.Equal(t, []string{"durable", "durable\x00", "durable+"}, outcomes(t, disk, content(t)))
		require.Equal(t, "durable+", content(t)(disk.Reboot(nil)))
	})
	t.Run("a cut that was not synced may vanish", func(t *testing.T) {
		disk, f := begun(t)
		require.NoError(t, f.Truncate(3))
		require.Equal(t, []string{"dur", "durable"}, outcomes(t, disk, content(t)))
	})
	t.Run("of a long write any sectors arrive", func(t *testing.T) {
		disk, f := begun(t)
		_, err := f.WriteAt([]byte(strings.Repeat("x", 4*512)), 0)
		require.NoError(t, err)
		require.Greater(t, len(outcomes(t, disk, content(t))), 10)
	})
	t.Run("names that were not synced may vanish, in the order of their changes", func(t *testing.T) {
		disk, _ := begun(t)
		_, err := disk.Create("/d/b")
		require.NoError(t, err)
		require.NoError(t, disk.Rename("/d/b", "/d/c"))
		require.NoError(t, disk.Remove(name))
		require.Equal(t, []string{"b file", "c", "c file", "file"}, outcomes(t, disk, names(t)))
		disk, _ = begun(t)
		require.NoError(t, disk.Remove(name))
		require.NoError(t, disk.SyncDir("/d"))
		require.Equal(t, []string{""}, outcomes(t, disk, names(t)))
	})
	t.Run("a seed has one outcome", func(t *testing.T) {
		disk, f := begun(t)
		_, err := f.WriteAt([]byte(strings.Repeat("x", 4*512)), 0)
		require.NoError(t, err)
		for _, other := range []string{"/d/b", "/d/c", "/d/e"} {
			g, err := disk.Create(other)
			require.NoError(t, err)
			_, err = g.WriteAt([]byte(strings.Repeat("y", 4*512)), 0)
			require.NoError(t, err)
		}
		look := func() string {
			next := disk.Reboot(rand.New(rand.NewPCG(7, 0)))
			return content(t)(next) + names(t)(next)
		}
		first := look()
		for range 20 {
			require.Equal(t, first, look())
		}
	})
	t.Run("the old disk gives nothing any more, and its locks are gone", func(t *testing.T) {
		disk, f := begun(t)
		_, err := disk.LockDir("/d", durablefile.Exclusive)
		require.NoError(t, err)
		next := disk.Reboot(nil)
		_, err = f.WriteAt([]byte("late"), 0)
		require.ErrorIs(t, err, simdisk.ErrCrashed)
		require.ErrorIs(t, f.Datasync(), simdisk.ErrCrashed)
		require.Equal(t, "durable", content(t)(next))
		_, err = next.LockDir("/d", durablefile.Exclusive)
		require.NoError(t, err)
	})
	t.Run("a killed process leaves the page cache, which can still be lost", func(t *testing.T) {
		disk, f := begun(t)
		_, err := f.WriteAt([]byte("gone?"), 0)
		require.NoError(t, err)
		next := disk.Restart()
		require.Equal(t, "gone?le", content(t)(next))
		require.Contains(t, outcomes(t, next, content(t)), "durable")
	})
}

func TestFaults(t *testing.T) {
	fail := func(disk *simdisk.Disk, op string, fault simdisk.Fault) {
		disk.Plan(func(c simdisk.Call) simdisk.Fault {
			if c.Op == op {
				return fault
			}
			return simdisk.Fault{}
		})
	}
	t.Run("after a failed sync a later one reports success and brings nothing", func(t *testing.T) {
		disk, f := begun(t)
		_, err := f.WriteAt([]byte("phantom"), 0)
		require.NoError(t, err)
		fail(disk, "sync", simdisk.Fault{Err: syscall.EIO})
		require.ErrorIs(t, f.Datasync(), syscall.EIO)
		disk.Plan(nil)
		_, err = f.WriteAt([]byte("!"), 7)
		require.NoError(t, errors.Join(err, f.Datasync()))
		require.Equal(t, "phantom!", content(t)(disk.Reboot(nil)))
		require.Equal(t, []string{"durable!"}, outcomes(t, disk, content(t)))
	})
	t.Run("a failed sync may have brought some of it", func(t *testing.T) {
		disk, f := begun(t)
		_, err := f.WriteAt([]byte("D"), 0)
		require.NoError(t, err)
		_, err = f.WriteAt([]byte("U"), 1)
		require.NoError(t, err)
		fail(disk, "sync", simdisk.Fault{Err: syscall.EIO, Keep: 1})
		require.ErrorIs(t, f.Datasync(), syscall.EIO)
		require.Equal(t, "DUrable", content(t)(disk))
		require.Equal(t, []string{"Durable"}, outcomes(t, disk, content(t)))
	})
	t.Run("after a failed sync of a directory, too", func(t *testing.T) {
		disk, _ := begun(t)
		require.NoError(t, disk.Rename(name, "/d/other"))
		fail(disk, "syncdir", simdisk.Fault{Err: syscall.EIO})
		require.ErrorIs(t, disk.SyncDir("/d"), syscall.EIO)
		disk.Plan(nil)
		require.NoError(t, disk.SyncDir("/d"))
		require.Equal(t, "other", names(t)(disk))
		require.Equal(t, []string{"file"}, outcomes(t, disk, names(t)))
	})
	t.Run("a write keeps its first bytes, a rename may have happened", func(t *testing.T) {
		disk, f := begun(t)
		fail(disk, "write", simdisk.Fault{Err: syscall.ENOSPC, Keep: 2})
		_, err := f.WriteAt([]byte("DURABLE"), 0)
		require.ErrorIs(t, err, syscall.ENOSPC)
		require.Equal(t, "DUrable", content(t)(disk))
		fail(disk, "rename", simdisk.Fault{Err: syscall.EIO})
		require.ErrorIs(t, disk.Rename(name, "/d/other"), syscall.EIO)
		require.Equal(t, "file", names(t)(disk))
		fail(disk, "rename", simdisk.Fault{Err: syscall.EIO, Keep: 1})
		require.ErrorIs(t, disk.Rename(name, "/d/other"), syscall.EIO)
		require.Equal(t, "other", names(t)(disk))
	})
	t.Run("a call that is held up lets others go on", func(t *testing.T) {
		disk, f := begun(t)
		begins, gate, done := make(chan struct{}), make(chan struct{}), make(chan error)
		disk.Plan(func(c simdisk.Call) simdisk.Fault {
			if c.Op != "sync" {
				return simdisk.Fault{}
			}
			close(begins)
			return simdisk.Fault{Wait: gate}
		})
		go func() { done <- f.Datasync() }()
		<-begins
		require.Equal(t, "durable", content(t)(disk))
		close(gate)
		require.NoError(t, <-done)
	})
}
