package jsonevents_test

import (
	"fmt"
	"path/filepath"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/onhand/onhand/adapters/internal/durablefile"
	"github.com/onhand/onhand/adapters/internal/orderedkv"
	"github.com/onhand/onhand/adapters/jsonevents"
	"github.com/onhand/onhand/domain/event"
	"github.com/onhand/onhand/ports"
)

// openIndexOnDisk opens the index of a benchmark.
func openIndexOnDisk(dir string) (orderedkv.Store, error) {
	return orderedkv.OpenSlot(filepath.Join(dir, "index"), orderedkv.Options{MissesAreCommon: true})
}

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
				store, err := jsonevents.Open(b.TempDir(),
					jsonevents.Options{Disk: unsynced{}, Shared: shared, Index: openIndexOnDisk})
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

// BenchmarkAppendOnManyStreams measures commits on 10,000 streams that the index has in memory.
func BenchmarkAppendOnManyStreams(b *testing.B) {
	const streams = 10_000
	for _, keys := range []bool{false, true} {
		b.Run(fmt.Sprintf("keys=%t", keys), func(b *testing.B) {
			store, err := jsonevents.Open(b.TempDir(), jsonevents.Options{Disk: unsynced{}, Index: openIndexOnDisk})
			require.NoError(b, err)
			commits := make([]ports.Commit, 50)
			at := func(n int) ports.Commit {
				c := entry(event.StreamID(fmt.Sprintf("stock/store-%d/sku-", n%streams)), event.Version(1+n/streams))
				if !keys {
					c.Key = ""
				}
				return c
			}
			append50 := func(n int) {
				for i := range commits {
					commits[i] = at(n + i)
				}
				require.NoError(b, attempt(store, commits...))
			}
			n := 0
			for ; n < streams; n += len(commits) {
				append50(n)
			}
			b.ReportAllocs()
			b.ResetTimer()
			before := processorTime()
			done := 0
			for ; done < b.N; done += len(commits) {
				append50(n + done)
			}
			b.ReportMetric(float64((processorTime()-before).Nanoseconds())/float64(done), "cpu-ns/commit")
			b.StopTimer()
			require.NoError(b, store.Close())
		})
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
