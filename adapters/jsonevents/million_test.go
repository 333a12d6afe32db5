package jsonevents_test

import (
	"context"
	"fmt"
	"runtime"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/onhand/onhand/adapters/jsonevents"
	"github.com/onhand/onhand/domain/event"
	"github.com/onhand/onhand/ports"
)

// TestManyStreamsDoNotFillTheMemory appends many streams, each under a key of its own, to a store
// that has little memory: all of them are known, and nearly none of them stays in memory.
func TestManyStreamsDoNotFillTheMemory(t *testing.T) {
	const many, few, together = 300_000, 2_000, 500
	store, err := jsonevents.Open(t.TempDir(), jsonevents.Options{
		Disk: unsynced{}, Limits: jsonevents.Limits{Tails: few}, FlushAfter: few, Index: openIndexOnDisk,
	})
	require.NoError(t, err)
	name := func(n int) event.StreamID { return event.StreamID(fmt.Sprint("stream-", n, "-")) }
	heap := func() int64 {
		var now runtime.MemStats
		runtime.GC()
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
	}
	require.Less(t, heap()-before, int64(32<<20), "bytes that stay")
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
