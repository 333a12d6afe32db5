package jsonevents_test

import (
	"context"
	"fmt"
	"path/filepath"
	"runtime"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/onhand/onhand/adapters/internal/orderedkv"
	"github.com/onhand/onhand/adapters/jsonevents"
	"github.com/onhand/onhand/domain/event"
	"github.com/onhand/onhand/ports"
)

// TestManyStreamsDoNotFillTheMemory appends many streams, each under a key of its own, to a store
// that has little memory: all of them are known, and nearly none of them stays in memory.
func TestManyStreamsDoNotFillTheMemory(t *testing.T) {
	const many, few, together = 60_000, 2_000, 500
	store, err := jsonevents.Open(t.TempDir(), jsonevents.Options{
		Disk: unsynced{}, Limits: jsonevents.Limits{Tails: few}, FlushAfter: few, FlushWait: time.Hour,
		Index: func(dir string) (orderedkv.Store, error) {
			return orderedkv.Open(filepath.Join(dir, "index"), orderedkv.Options{CacheBytes: 1 << 20, TableBytes: 512 << 10})
		},
	})
	require.NoError(t, err)
	name := func(n int) event.StreamID { return event.StreamID(fmt.Sprint("stream-", n, "-")) }
	heap := func() int64 {
		require.NoError(t, store.SaveIndex(t.Context(), nil))
		var now runtime.MemStats
		runtime.GC()
		runtime.GC() // empties pools, too
		runtime.ReadMemStats(&now)
		return int64(now.HeapAlloc)
	}
	before := int64(0)
	for n := 0; n < many; n += together {
		if n == many/3 {
			before = heap()
		}
		commits := make([]ports.Commit, together)
		for i := range commits {
			commits[i] = entry(name(n+i), 1)
		}
		put(t, store, commits...)
		waiting := 0
		for _, table := range condition(t, store).Tables {
			waiting += table.Entries
		}
		require.LessOrEqual(t, waiting, 4*few+2*together, "changes that wait for a flush")
	}
	stays := heap() - before
	t.Logf("%d bytes stay", stays)
	require.Less(t, stays, int64(5<<20), "bytes, of 10 million if all did")
	for n := 0; n < many; n += 97 {
		require.Equal(t, event.Version(1), version(t, store, name(n)))
		_, found, err := store.CommitByKey(context.Background(), string(name(n))+"1")
		require.NoError(t, err)
		require.True(t, found, "key %d is forgotten", n)
		if n%970 == 0 {
			put(t, store, entry(name(n), 2))
		}
	}
	require.NoError(t, store.Close())
}
