package orderedkv_test

import (
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/stretchr/testify/require"

	"github.com/onhand/onhand/adapters/internal/orderedkv"
)

// age makes the files of a store seem to be written some days ago.
func age(t *testing.T, dir string, days int) {
	t.Helper()
	at := time.Now().AddDate(0, 0, -days)
	for _, name := range names(t, dir) {
		require.NoError(t, os.Chtimes(filepath.Join(dir, name), at, at))
	}
}

func names(t *testing.T, dir string) (names []string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	require.NoError(t, err)
	for _, entry := range entries {
		names = append(names, entry.Name())
	}
	return names
}

// twoSlots is a directory with the stores of two processes that have ended.
func twoSlots(t *testing.T) (dir, first, second string) {
	dir = t.TempDir()
	var open []*orderedkv.Disk
	for range 2 {
		d, err := orderedkv.OpenSlot(dir, orderedkv.Options{})
		require.NoError(t, err)
		write(t, d, func(b *orderedkv.Batch) { b.Put([]byte("a"), []byte("1")) })
		open = append(open, d)
	}
	for _, d := range open {
		require.NoError(t, d.Close())
	}
	return dir, filepath.Join(dir, "1"), filepath.Join(dir, "2")
}

// start opens the first slot, and closes it again.
func start(t *testing.T, dir string, o orderedkv.Options) {
	t.Helper()
	d, err := orderedkv.OpenSlot(dir, o)
	require.NoError(t, err)
	require.Equal(t, []string{"a=1"}, all(t, d, false))
	require.NoError(t, d.Close())
}

// content returns the pairs of a store.
func content(t *testing.T, dir string) []string {
	t.Helper()
	d, err := orderedkv.Open(dir, orderedkv.Options{})
	require.NoError(t, err)
	defer func() { require.NoError(t, d.Close()) }()
	return all(t, d, false)
}

func TestASlotThatNoProcessUsesIsEmptied(t *testing.T) {
	t.Run("after it was unused for long while another was used", func(t *testing.T) {
		dir, first, second := twoSlots(t)
		age(t, first, 1)
		age(t, second, 7)
		start(t, dir, orderedkv.Options{})
		require.Equal(t, []string{"a=1"}, content(t, second), "a week has not passed")

		age(t, first, 1)
		age(t, second, 9)
		start(t, dir, orderedkv.Options{})
		require.Equal(t, []string{"LOCK"}, names(t, second))
		_, err := orderedkv.OpenReadOnly(second, orderedkv.Options{})
		require.ErrorIs(t, err, os.ErrNotExist)
		require.Empty(t, content(t, second))
	})
	t.Run("but not after all were unused", func(t *testing.T) {
		dir, first, second := twoSlots(t)
		age(t, first, 100)
		age(t, second, 101)
		start(t, dir, orderedkv.Options{})
		require.Equal(t, []string{"a=1"}, content(t, second))
	})
	t.Run("but not while a process uses it that has nothing to write", func(t *testing.T) {
		dir, first, second := twoSlots(t)
		d, err := orderedkv.Open(second, orderedkv.Options{})
		require.NoError(t, err)
		age(t, first, 1)
		age(t, second, 100)
		start(t, dir, orderedkv.Options{})
		require.Equal(t, []string{"a=1"}, all(t, d, false))
		require.NoError(t, d.Close())
		require.Equal(t, []string{"a=1"}, content(t, second))
	})
	t.Run("and what an interruption leaves is not used", func(t *testing.T) {
		for deleted := range 4 {
			dir, first, second := twoSlots(t)
			age(t, first, 1)
			age(t, second, 100)
			before := len(names(t, second))
			start(t, dir, orderedkv.Options{FS: &undeletable{FS: vfs.Default, dir: second, left: deleted}})
			require.Len(t, names(t, second), before-deleted+1, "the mark remains, too")
			_, err := orderedkv.OpenReadOnly(second, orderedkv.Options{})
			require.ErrorIs(t, err, orderedkv.ErrDamaged)
			require.Empty(t, content(t, second))
		}
	})
}

// undeletable is a file system that deletes some files of a directory only.
type undeletable struct {
	vfs.FS
	dir  string
	left int // files that it still deletes
}

func (u *undeletable) RemoveAll(name string) error {
	if filepath.Dir(name) == u.dir {
		if u.left--; u.left < 0 {
			return syscall.EIO
		}
	}
	return u.FS.RemoveAll(name)
}
