package jsonevents_test

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/onhand/onhand/domain/event"
	"github.com/onhand/onhand/ports"
)

// TestAMillionNamesDoNotFillTheMemory offers a million streams, each under a key
// of its own, to a store that takes few: the first are kept, the others refused,
// and they leave nothing in memory.
func TestAMillionNamesDoNotFillTheMemory(t *testing.T) {
	const offered, limit, together = 1_000_000, 2_000, 500
	s := newSite(t)
	s.opts.Limits.Streams, s.opts.Limits.Keys = limit, limit
	store := s.open()
	offer := func(n int) (refused int) {
		commits := make([]ports.Commit, together)
		for i := range commits {
			commits[i] = entry(event.StreamID(fmt.Sprint("stream-", n+i, "-")), 1)
		}
		results, err := store.Append(context.Background(), commits)
		require.NoError(t, err)
		for _, r := range results {
			if _, limited := errors.AsType[*ports.LimitError](r.Err); limited {
				refused++
			}
		}
		return refused
	}
	refused := 0
	var before runtime.MemStats
	for n := 0; n < offered; n += together {
		refused += offer(n)
		if n == 2*limit {
			runtime.GC()
			runtime.ReadMemStats(&before)
		}
	}
	require.Equal(t, offered-limit, refused)
	var after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&after)
	require.Less(t, int64(after.HeapAlloc)-int64(before.HeapAlloc), int64(8<<20), "bytes that stay")
	for n := range limit {
		_, found, err := store.CommitByKey(context.Background(), fmt.Sprint("stream-", n, "-1"))
		require.NoError(t, err)
		require.True(t, found, "key %d is forgotten", n)
	}
	for _, table := range condition(t, store).Tables {
		require.Equal(t, limit, table.Entries, table.Name)
	}
}
