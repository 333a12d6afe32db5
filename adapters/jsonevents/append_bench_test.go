package jsonevents_test

import (
	"fmt"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/onhand/onhand/adapters/internal/durablefile"
	"github.com/onhand/onhand/adapters/jsonevents"
	"github.com/onhand/onhand/domain/event"
)

// unsynced is a disk on which a sync costs nothing, so that a benchmark measures the store.
type unsynced struct{ durablefile.OS }

type unsyncedFile struct{ durablefile.File }

func (unsyncedFile) Datasync() error { return nil }

func (d unsynced) OpenRW(name string) (durablefile.File, error) {
	file, err := d.OS.OpenRW(name)
	return unsyncedFile{file}, err
}

// BenchmarkAppend measures the path of one commit, with an idempotency key, through the committer.
func BenchmarkAppend(b *testing.B) {
	for _, shared := range []bool{false, true} {
		for _, callers := range []int{1, 64} {
			b.Run(fmt.Sprintf("shared=%t/callers=%d", shared, callers), func(b *testing.B) {
				store, err := jsonevents.Open(b.TempDir(), jsonevents.Options{Disk: unsynced{}, Shared: shared})
				require.NoError(b, err)
				b.ReportAllocs()
				b.ResetTimer()
				before := processorTime()
				var running sync.WaitGroup
				for caller := range callers {
					running.Go(func() {
						stream := event.StreamID(fmt.Sprintf("stream-%d-", caller))
						for v := 1; v <= (b.N-caller+callers-1)/callers; v++ {
							if err := attempt(store, entry(stream, event.Version(v))); err != nil {
								b.Error(err)
								return
							}
						}
					})
				}
				running.Wait()
				b.ReportMetric(float64((processorTime()-before).Nanoseconds())/float64(b.N), "cpu-ns/op")
				b.StopTimer()
				require.NoError(b, store.Close())
			})
		}
	}
}

// BenchmarkCommits measures the reading of a whole log.
func BenchmarkCommits(b *testing.B) {
	store, err := jsonevents.Open(b.TempDir(), jsonevents.Options{Disk: unsynced{}})
	require.NoError(b, err)
	for n := range 20_000 {
		require.NoError(b, attempt(store, entry("a", event.Version(n+1))))
	}
	b.ResetTimer()
	before := processorTime()
	for b.Loop() {
		n := 0
		for _, err := range store.Commits(b.Context(), 0) {
			require.NoError(b, err)
			n++
		}
		require.Equal(b, 20_000, n)
	}
	b.ReportMetric(float64((processorTime()-before).Microseconds())/float64(b.N)/20_000, "cpu-µs/commit")
	b.StopTimer()
	require.NoError(b, store.Close())
}
