package jsonevents_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/onhand/onhand/adapters/internal/durablefile"
	"github.com/onhand/onhand/adapters/jsonevents"
	"github.com/onhand/onhand/ports"
)

// opened is a store on real files that often checks its directory, and the argument of Fatal.
func opened(t *testing.T, dir string) (*jsonevents.Store, <-chan error) {
	t.Helper()
	fatal := make(chan error, 1)
	store, err := jsonevents.Open(dir,
		jsonevents.Options{ProbeEvery: time.Millisecond, Fatal: func(err error) { fatal <- err }})
	require.NoError(t, err)
	t.Cleanup(func() { _ = store.Close() })
	return store, fatal
}

func TestFilesThatDisappearUnderTheStore(t *testing.T) {
	t.Run("an idle store notices that its directory is gone", func(t *testing.T) {
		dir := filepath.Join(t.TempDir(), "data")
		_, fatal := opened(t, dir)
		require.NoError(t, os.Rename(dir, dir+".moved"))
		moved := &durablefile.MovedError{}
		require.ErrorAs(t, <-fatal, &moved)
		require.Equal(t, dir, moved.Path)
	})
	t.Run("and that its log is", func(t *testing.T) {
		dir := t.TempDir()
		store, fatal := opened(t, dir)
		require.NoError(t, os.RemoveAll(filepath.Join(dir, "log")))
		require.ErrorAs(t, <-fatal, new(*durablefile.MovedError))
		require.ErrorIs(t, attempt(store, entry("a", 1)), ports.ErrUnavailable)
	})
	t.Run("a read of an old segment that is gone finds damage", func(t *testing.T) {
		dir := t.TempDir()
		store, err := jsonevents.Open(dir, jsonevents.Options{SegmentBytes: 1})
		require.NoError(t, err)
		put(t, store, entry("a", 1))
		put(t, store, entry("a", 2))
		old := filepath.Join(dir, "log", "00000000000000000001.ndjson")
		require.NoError(t, os.Remove(old))
		_, _, err = store.CommitByKey(context.Background(), "a1")
		corrupt, is := errors.AsType[*ports.CorruptError](err)
		require.True(t, is, err)
		require.Equal(t, old, corrupt.Location)
		require.ErrorIs(t, attempt(store, entry("a", 3)), ports.ErrUnavailable)
		require.NoError(t, store.Close())
	})
	t.Run("another directory of the same name is not read", func(t *testing.T) {
		dir := filepath.Join(t.TempDir(), "data")
		other, err := jsonevents.Open(dir+".other", jsonevents.Options{})
		require.NoError(t, err)
		put(t, other, entry("a", 1), entry("b", 1))
		require.NoError(t, other.Close())
		store, err := jsonevents.Open(dir, jsonevents.Options{ProbeEvery: time.Hour, IdleAfter: time.Hour})
		require.NoError(t, err)
		put(t, store, entry("a", 1))
		require.NoError(t, os.Rename(dir, dir+".moved"))
		require.NoError(t, os.Rename(dir+".other", dir))
		for _, err := range store.Commits(context.Background(), 0) {
			require.ErrorIs(t, err, ports.ErrUnavailable)
		}
		require.Error(t, store.Close())
	})
	t.Run("LOCK is made again, because the POISON mark needs it", func(t *testing.T) {
		dir := t.TempDir()
		store, _ := opened(t, dir)
		lock := filepath.Join(dir, "LOCK")
		require.NoError(t, os.Remove(lock))
		put(t, store, entry("a", 1))
		content, err := os.ReadFile(lock)
		require.NoError(t, err)
		require.Len(t, content, 1024)
		require.Contains(t, string(content), "process ")
	})
}
