package jsonevents_test

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/onhand/onhand/adapters/internal/orderedkv"
	"github.com/onhand/onhand/adapters/jsonevents"
	"github.com/onhand/onhand/domain/event"
	"github.com/onhand/onhand/ports"
)

// onDisk is a data directory of the machine whose index has commits of all kinds.
func onDisk(t *testing.T) (dir, index string) {
	t.Helper()
	dir = t.TempDir()
	store, err := jsonevents.Open(dir, jsonevents.Options{SegmentBytes: 5000})
	require.NoError(t, err)
	grow(t, store, map[event.StreamID]event.Version{}, seeded(t), 50)
	require.NoError(t, store.SaveIndex(context.Background(), nil))
	require.NoError(t, attempt(store, ports.Commit{
		ID: "last", Key: "last", Time: noon.AddDate(0, 0, 1), Events: []ports.Event{fact("last", 1)},
	}))
	require.NoError(t, store.Close())
	return dir, filepath.Join(dir, "index", "log", "1")
}

func verifyDir(dir string) (jsonevents.Report, error) {
	return jsonevents.Verify(dir, jsonevents.Options{}, func(ports.Recorded) error { return nil })
}

func TestVerifyComparesTheIndexWithTheLog(t *testing.T) {
	dir, index := onDisk(t)
	report, err := verifyDir(dir)
	require.NoError(t, err)
	require.Equal(t, 1, report.Indexes)
	require.Empty(t, report.Skipped)

	for what, change := range map[string]func(b *orderedkv.Batch){
		"a stream is missing":    func(b *orderedkv.Batch) { b.Delete([]byte("slast")) },
		"a stream is too many":   func(b *orderedkv.Batch) { b.Put([]byte("sother"), []byte{2, 2, 2}) },
		"a token is too high":    func(b *orderedkv.Batch) { b.Put([]byte("tlast"), []byte{100}) },
		"the keys are missing":   func(b *orderedkv.Batch) { b.DeleteRange([]byte("k"), []byte("l")) },
		"a key is too many":      func(b *orderedkv.Batch) { b.Put([]byte("kx"), []byte{2, 2, 2}) },
		"a stream has other end": func(b *orderedkv.Batch) { b.Put([]byte("slast"), []byte{2, 2, 2}) },
	} {
		t.Run(what, func(t *testing.T) {
			dir, index := onDisk(t)
			store, err := orderedkv.Open(index, orderedkv.Options{})
			require.NoError(t, err)
			var b orderedkv.Batch
			change(&b)
			require.NoError(t, store.Write(&b))
			require.NoError(t, store.Close())
			_, err = verifyDir(dir)
			require.ErrorContains(t, err, index)
			require.ErrorAs(t, err, new(*ports.CorruptError))
		})
	}

	require.NoError(t, os.WriteFile(filepath.Join(index, "DAMAGED"), nil, 0o600))
	report, err = verifyDir(dir)
	require.NoError(t, err, "the next start rebuilds it")
	require.Zero(t, report.Indexes)
	require.Len(t, report.Skipped, 1)
	require.Contains(t, report.Skipped[0], index)
}

func TestAStoreOnDiskStartsFromItsIndex(t *testing.T) {
	dir, index := onDisk(t)
	for range 2 {
		var told []ports.Incident
		store, err := jsonevents.Open(dir, jsonevents.Options{Report: func(i ports.Incident) { told = append(told, i) }})
		require.NoError(t, err)
		require.Len(t, ids(t, store), 51)
		require.Equal(t, event.Version(1), version(t, store, "last"))
		_, found, err := store.CommitByKey(t.Context(), "last")
		require.NoError(t, err)
		require.True(t, found)
		require.NoError(t, store.Close())
		require.Empty(t, told)
		require.NoError(t, os.RemoveAll(filepath.Dir(index)), "an operator may delete it")
	}
}
