package jsonevents_test

import (
	"context"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/onhand/onhand/adapters/bulkhead"
	"github.com/onhand/onhand/adapters/hystrixbreaker"
	"github.com/onhand/onhand/adapters/jsonevents"
	"github.com/onhand/onhand/domain/event"
	"github.com/onhand/onhand/ports"
)

// processorTime returns the processor time of the process so far: a circuit counts in the background.
func processorTime() time.Duration {
	var used syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &used); err != nil {
		return 0
	}
	return time.Duration(used.Utime.Nano() + used.Stime.Nano())
}

// BenchmarkGuardedReads measures what the breaker and the bulkhead add to a page of an item's
// history, of the feed, and to a look-up by key.
func BenchmarkGuardedReads(b *testing.B) {
	for name, opts := range map[string]jsonevents.Options{"bare": {}, "guarded": {
		Reads:       newBreaker(b, "reads", time.Second),
		ReadPermits: bulkhead.New(bulkhead.Options{Name: "reads", Permits: 8, Queue: 1000}),
	}} {
		store, err := jsonevents.Open(b.TempDir(), opts)
		require.NoError(b, err)
		for n := range 2000 {
			require.NoError(b, attempt(store, entry("a", event.Version(n+1))))
		}
		ctx := context.Background()
		for read, do := range map[string]func(){
			"history": func() {
				n := 0
				for _, err := range store.Stream(ctx, "a", 0, ports.Newest) {
					require.NoError(b, err)
					if n++; n == 50 {
						break
					}
				}
			},
			"feed": func() {
				n := 0
				for _, err := range store.Commits(ctx, 1000) {
					require.NoError(b, err)
					if n++; n == 100 {
						break
					}
				}
			},
			"key": func() { _, _, _ = store.CommitByKey(ctx, "a1000") },
		} {
			b.Run(read+"/"+name, func(b *testing.B) {
				b.ReportAllocs()
				before := processorTime()
				for i := range b.N {
					do()
					if i%20 == 19 {
						time.Sleep(time.Millisecond) // the circuit counts
					}
				}
				b.ReportMetric(float64((processorTime()-before).Microseconds())/float64(b.N), "cpu-µs/op")
			})
		}
		require.NoError(b, store.Close())
	}
}

func newBreaker(tb testing.TB, name string, cooldown time.Duration) *hystrixbreaker.Breaker {
	b, err := hystrixbreaker.New(hystrixbreaker.Options{Name: name, Threshold: 0.5, MinCalls: 4, Cooldown: cooldown})
	require.NoError(tb, err)
	return b
}
