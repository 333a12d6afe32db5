package orderedkv_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/cockroachdb/pebble/v2/vfs/errorfs"
	"github.com/stretchr/testify/require"

	"github.com/onhand/onhand/adapters/internal/orderedkv"
)

func TestAPowerCutLosesNoWrittenBatch(t *testing.T) {
	fs := vfs.NewCrashableMem()
	d, err := orderedkv.Open("index", orderedkv.Options{FS: fs})
	require.NoError(t, err)
	for i := range 50 {
		write(t, d, func(b *orderedkv.Batch) { b.Put(fmt.Appendf(nil, "%02d", i), []byte("x")) })
		after := fs.CrashClone(vfs.CrashCloneCfg{})
		again, err := orderedkv.Open("index", orderedkv.Options{FS: after})
		require.NoError(t, err)
		require.Len(t, all(t, again, false), i+1)
		require.NoError(t, again.Close())
	}
	require.NoError(t, d.Close())
}

// failing fails the writes of a file system with an error while there is one.
type failing struct{ err atomic.Pointer[syscall.Errno] }

func (f *failing) String() string { return "failing" }

func (f *failing) MaybeError(op errorfs.Op) error {
	if err := f.err.Load(); err != nil && op.Kind.ReadOrWrite() == errorfs.OpIsWrite {
		return *err
	}
	return nil
}

func TestAFullDiskIsWaitedFor(t *testing.T) {
	// Given a store on a disk that becomes full
	disk := &failing{}
	tried := make(chan struct{})
	d, err := orderedkv.Open("index", orderedkv.Options{
		FS:    errorfs.Wrap(vfs.NewMem(), disk),
		Pause: func() { tried <- struct{}{} },
	})
	require.NoError(t, err)
	full := syscall.ENOSPC
	disk.err.Store(&full)
	// When a batch is written
	written := make(chan error, 1)
	go func() {
		b := &orderedkv.Batch{}
		b.Put([]byte("a"), []byte("1"))
		written <- d.Write(b)
	}()
	<-tried
	<-tried
	// Then it waits, reads work, and it is written once there is space
	require.True(t, d.Status().Waiting)
	require.NoError(t, d.Status().Stalled)
	_, _, err = d.Get([]byte("b"))
	require.NoError(t, err)
	disk.err.Store(nil)
	for done := false; !done; {
		select {
		case err := <-written:
			require.NoError(t, err)
			done = true
		case <-tried:
		}
	}
	require.Equal(t, []string{"a=1"}, all(t, d, false))
	require.False(t, d.Status().Waiting)
	require.NoError(t, d.Close())
}

func TestACloseDoesNotWaitForTheDisk(t *testing.T) {
	for _, fault := range []syscall.Errno{syscall.ENOSPC, syscall.EIO} {
		disk := &failing{}
		d, err := orderedkv.Open("index", orderedkv.Options{
			FS: errorfs.Wrap(vfs.NewMem(), disk), Pause: func() { select {} },
		})
		require.NoError(t, err)
		write(t, d, func(b *orderedkv.Batch) { b.Put([]byte("a"), []byte("1")) })
		disk.err.Store(&fault) // the first write that finds it is one of Close
		require.NoError(t, d.Close())
		require.NoError(t, d.Close())
	}
}

func TestAFaultOfTheDiskStallsTheStoreOnly(t *testing.T) {
	disk := &failing{}
	fs := vfs.NewMem()
	d, err := orderedkv.Open("index", orderedkv.Options{FS: errorfs.Wrap(fs, disk)})
	require.NoError(t, err)
	write(t, d, func(b *orderedkv.Batch) { b.Put([]byte("a"), []byte("1")) })
	fault := syscall.EIO
	disk.err.Store(&fault)
	b := &orderedkv.Batch{}
	b.Put([]byte("b"), []byte("2"))
	require.ErrorIs(t, d.Write(b), orderedkv.ErrStalled)
	require.ErrorIs(t, d.Status().Stalled, syscall.EIO)
	value, found, err := d.Get([]byte("a"))
	require.NoError(t, err)
	require.True(t, found)
	require.Equal(t, "1", string(value))
	require.NoError(t, d.Close()) // and does not wait
}

func TestAStartOnAFullDiskFails(t *testing.T) {
	disk := &failing{}
	full := syscall.ENOSPC
	disk.err.Store(&full)
	_, err := orderedkv.Open("index", orderedkv.Options{FS: errorfs.Wrap(vfs.NewMem(), disk)})
	require.ErrorIs(t, err, syscall.ENOSPC)
}

func TestAStartWithAFullDiskChangesNothing(t *testing.T) {
	// Given a store whose last batch is in its own log only
	fs := vfs.NewCrashableMem()
	d, err := orderedkv.Open("index", orderedkv.Options{FS: fs})
	require.NoError(t, err)
	write(t, d, func(b *orderedkv.Batch) { b.Put([]byte("a"), []byte("1")) })
	after := fs.CrashClone(vfs.CrashCloneCfg{})
	require.NoError(t, d.Close())
	// When it is opened while the disk is full
	disk := &failing{}
	full := syscall.ENOSPC
	disk.err.Store(&full)
	_, err = orderedkv.Open("index", orderedkv.Options{FS: errorfs.Wrap(after, disk)})
	// Then that fails, and works once there is space
	require.True(t, orderedkv.IsFull(err), "%v", err)
	disk.err.Store(nil)
	d, err = orderedkv.Open("index", orderedkv.Options{FS: errorfs.Wrap(after, disk)})
	require.NoError(t, err)
	require.Equal(t, []string{"a=1"}, all(t, d, false))
	require.NoError(t, d.Close())
}

func TestDamageIsFoundAndRebuilt(t *testing.T) {
	// Given a store whose tables are damaged
	dir := t.TempDir()
	d, err := orderedkv.Open(dir, orderedkv.Options{})
	require.NoError(t, err)
	write(t, d, func(b *orderedkv.Batch) {
		for i := range 40_000 {
			b.Put(fmt.Appendf(nil, "%06d", i), []byte(strings.Repeat("v", 300)))
		}
	})
	require.NoError(t, d.Close())
	d, err = orderedkv.Open(dir, orderedkv.Options{}) // writes the tables
	require.NoError(t, err)
	require.NoError(t, d.Close())
	tables, err := filepath.Glob(filepath.Join(dir, "*.sst"))
	require.NoError(t, err)
	require.NotEmpty(t, tables)
	for _, name := range tables {
		data, err := os.ReadFile(name)
		require.NoError(t, err)
		for at := range len(data) / 2 {
			data[at] ^= 0x55
		}
		require.NoError(t, os.WriteFile(name, data, 0o600))
	}
	// When it is read
	d, err = orderedkv.Open(dir, orderedkv.Options{})
	require.NoError(t, err)
	_, _, err = d.Get([]byte("000100"))
	// Then the read fails, and the next start has an empty store
	require.ErrorIs(t, err, orderedkv.ErrDamaged)
	require.Error(t, d.Status().Damaged)
	require.NoError(t, d.Close())
	d, err = orderedkv.Open(dir, orderedkv.Options{})
	require.NoError(t, err)
	require.Empty(t, all(t, d, false))
	require.NoError(t, d.Close())
}

func TestAStoreThatCannotBeOpenedIsRebuilt(t *testing.T) {
	dir := t.TempDir()
	d, err := orderedkv.Open(dir, orderedkv.Options{})
	require.NoError(t, err)
	write(t, d, func(b *orderedkv.Batch) { b.Put([]byte("a"), []byte("1")) })
	require.NoError(t, d.Close())
	manifests, err := filepath.Glob(filepath.Join(dir, "MANIFEST-*"))
	require.NoError(t, err)
	for _, name := range manifests {
		require.NoError(t, os.WriteFile(name, []byte("nothing of Pebble's"), 0o600))
	}
	d, err = orderedkv.Open(dir, orderedkv.Options{})
	require.NoError(t, err)
	require.Empty(t, all(t, d, false))
	require.NoError(t, d.Close())
}
