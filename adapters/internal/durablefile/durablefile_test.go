package durablefile_test

import (
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/onhand/onhand/adapters/internal/durablefile"
	"github.com/onhand/onhand/adapters/internal/durablefile/simdisk"
)

// seeded makes randomness that can be repeated with ONHAND_SEED.
func seeded(t *testing.T) *rand.Rand {
	t.Helper()
	seed := rand.Uint64()
	if text := os.Getenv("ONHAND_SEED"); text != "" {
		given, err := strconv.ParseUint(text, 10, 64)
		require.NoError(t, err)
		seed = given
	}
	t.Logf("ONHAND_SEED=%d", seed)
	return rand.New(rand.NewPCG(seed, 0))
}

const (
	dir  = "/d"
	name = dir + "/file"
)

// old is a disk that has the file with the content "old".
func old(t *testing.T) *simdisk.Disk {
	disk := simdisk.New()
	require.NoError(t, disk.MkdirAll(dir))
	require.NoError(t, durablefile.WriteAtomically(disk, name, []byte("old")))
	return disk
}

func read(t *testing.T, disk durablefile.Disk) string {
	t.Helper()
	content, err := durablefile.ReadAll(disk, name)
	require.NoError(t, err)
	return string(content)
}

func TestWriteAtomically(t *testing.T) {
	t.Run("after a crash in any call the old or the new content is there, after success the new", func(t *testing.T) {
		rng := seeded(t)
		for n, done := 1, false; !done; n++ {
			disk := old(t)
			calls := 0
			disk.Plan(func(simdisk.Call) simdisk.Fault {
				if calls++; calls < n {
					return simdisk.Fault{}
				}
				return simdisk.Fault{Err: simdisk.ErrCrashed, Keep: rng.IntN(4)}
			})
			done = durablefile.WriteAtomically(disk, name, []byte("newer")) == nil
			for range 50 {
				found := read(t, disk.Reboot(rng))
				if done {
					require.Equal(t, "newer", found)
				} else {
					require.Contains(t, []string{"old", "newer"}, found, "crashed in call %d", n)
				}
			}
		}
	})
	for _, op := range []string{"create", "write", "sync", "rename", "syncdir"} {
		for _, cause := range []error{syscall.ENOSPC, syscall.EIO} {
			t.Run(fmt.Sprintf("%v at %s says whether the outcome is open, and leaves no temporary file", cause, op), func(t *testing.T) {
				disk := old(t)
				disk.Plan(func(c simdisk.Call) simdisk.Fault {
					if c.Op == op {
						return simdisk.Fault{Err: cause}
					}
					return simdisk.Fault{}
				})
				err := durablefile.WriteAtomically(disk, name, []byte("new"))
				require.ErrorIs(t, err, cause)
				full := durablefile.IsFull(err)
				require.Equal(t, errors.Is(cause, syscall.ENOSPC), full)
				_, open := errors.AsType[*durablefile.SyncError](err)
				certain := op == "create" || op == "write" || op != "syncdir" && full
				require.Equal(t, !certain, open)
				if certain {
					require.Equal(t, "old", read(t, disk))
				}
				names, err := disk.List(dir)
				require.NoError(t, err)
				require.Equal(t, []string{"file"}, names)
				require.Zero(t, disk.OpenFiles())
			})
		}
	}
	t.Run("trying the disk leaves nothing", func(t *testing.T) {
		disk := old(t)
		require.NoError(t, durablefile.Try(disk, dir+"/probe", []byte("x")))
		disk.Plan(func(c simdisk.Call) simdisk.Fault {
			if c.Op == "write" {
				return simdisk.Fault{Err: syscall.ENOSPC}
			}
			return simdisk.Fault{}
		})
		require.ErrorIs(t, durablefile.Try(disk, dir+"/probe", []byte("x")), syscall.ENOSPC)
		names, err := disk.List(dir)
		require.NoError(t, err)
		require.Equal(t, []string{"file"}, names)
	})
}

// Both disks must give the adapters the same.
func TestDisks(t *testing.T) {
	for kind, root := range map[string]func(*testing.T) (durablefile.Disk, string){
		"real files": func(t *testing.T) (durablefile.Disk, string) { return durablefile.OS{}, t.TempDir() },
		"memory":     func(*testing.T) (durablefile.Disk, string) { return simdisk.New(), "/root" },
	} {
		t.Run("a file is written, cut, synced, renamed and removed: "+kind, func(t *testing.T) {
			disk, top := root(t)
			dir := filepath.Join(top, "a", "b")
			require.NoError(t, disk.MkdirAll(dir))
			require.NoError(t, disk.MkdirAll(dir), "again")
			from, to := filepath.Join(dir, "from"), filepath.Join(dir, "to")
			_, err := disk.Open(from)
			require.ErrorIs(t, err, fs.ErrNotExist)
			_, err = disk.OpenRW(from)
			require.ErrorIs(t, err, fs.ErrNotExist)
			f, err := disk.Create(from)
			require.NoError(t, err)
			_, err = f.WriteAt([]byte("hello world"), 2)
			require.NoError(t, err)
			require.NoError(t, f.Truncate(7))
			require.NoError(t, f.Datasync())
			size, err := f.Size()
			require.NoError(t, err)
			require.Equal(t, int64(7), size)
			require.NoError(t, f.Close())
			require.NoError(t, disk.Rename(from, to))
			require.NoError(t, disk.SyncDir(dir))
			content, err := durablefile.ReadAll(disk, to)
			require.NoError(t, err)
			require.Equal(t, "\x00\x00hello", string(content))
			names, err := disk.List(dir)
			require.NoError(t, err)
			require.Equal(t, []string{"to"}, names)
			f, err = disk.Create(to)
			require.NoError(t, err)
			size, err = f.Size()
			require.NoError(t, err)
			require.Zero(t, size, "creating it again empties it")
			require.NoError(t, f.Close())
			require.NoError(t, disk.Remove(to))
			require.ErrorIs(t, disk.Remove(to), fs.ErrNotExist)
			require.Error(t, disk.Rename(from, to))
		})
		t.Run("a lock has one holder: "+kind, func(t *testing.T) {
			disk, dir := root(t)
			require.NoError(t, disk.MkdirAll(dir))
			_, err := disk.LockDir(filepath.Join(dir, "nowhere"), durablefile.Exclusive)
			require.ErrorIs(t, err, fs.ErrNotExist)
			lock, err := disk.LockDir(dir, durablefile.Exclusive)
			require.NoError(t, err)
			_, err = disk.LockDir(dir, durablefile.Exclusive)
			require.ErrorIs(t, err, durablefile.ErrLocked)
			require.NoError(t, lock.Held())
			require.NoError(t, lock.Close())
			lock, err = disk.LockDir(dir, durablefile.Exclusive)
			require.NoError(t, err)
			require.NoError(t, lock.Close())
		})
		t.Run("some share the lock on a directory: "+kind, func(t *testing.T) {
			disk, dir := root(t)
			require.NoError(t, disk.MkdirAll(dir))
			one, err := disk.LockDir(dir, durablefile.Shared)
			require.NoError(t, err)
			two, err := disk.LockDir(dir, durablefile.Shared)
			require.NoError(t, err)
			_, err = disk.LockDir(dir, durablefile.Exclusive)
			require.ErrorIs(t, err, durablefile.ErrLocked)
			require.NoError(t, errors.Join(one.Close(), two.Close()))
			alone, err := disk.LockDir(dir, durablefile.Exclusive)
			require.NoError(t, err)
			_, err = disk.LockDir(dir, durablefile.Shared)
			require.ErrorIs(t, err, durablefile.ErrLocked)
			require.NoError(t, alone.Close())
			require.NoError(t, disk.Local(dir))
		})
		t.Run("a file is locked by one at a time: "+kind, func(t *testing.T) {
			disk, dir := root(t)
			require.NoError(t, disk.MkdirAll(dir))
			one, err := disk.OpenLock(filepath.Join(dir, "lock"))
			require.NoError(t, err)
			two, err := disk.OpenLock(filepath.Join(dir, "lock"))
			require.NoError(t, err)
			try := func(lock durablefile.FileLock) bool {
				free, err := lock.TryLock()
				require.NoError(t, err)
				return free
			}
			require.True(t, try(one))
			require.False(t, try(two))
			require.NoError(t, one.Unlock())
			require.True(t, try(two))
			require.False(t, try(one))
			require.NoError(t, two.Close())
			require.True(t, try(one))
			linked, err := one.Linked()
			require.NoError(t, err)
			require.True(t, linked)
			require.NoError(t, one.Close())
		})
	}
}
