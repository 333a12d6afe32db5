package hystrixbreaker_test

import (
	"context"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/onhand/onhand/adapters/hystrixbreaker"
)

// processorTime is what the process has used so far, on all processors.
func processorTime() time.Duration {
	var used syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &used); err != nil {
		return 0
	}
	return time.Duration(used.Utime.Nano() + used.Stime.Nano())
}

// BenchmarkDo also counts the work of the circuit in the background: after every
// some calls it gives the circuit time to count them, which costs nothing.
func BenchmarkDo(b *testing.B) {
	breaker, err := hystrixbreaker.New(hystrixbreaker.Options{
		Name: "bench", Threshold: 0.5, MinCalls: 20, Cooldown: time.Second,
	})
	require.NoError(b, err)
	call := func(context.Context) error { return nil }
	ctx := context.Background()
	b.ReportAllocs()
	before := processorTime()
	for i := range b.N {
		_ = breaker.Do(ctx, call)
		if i%1000 == 999 {
			time.Sleep(10 * time.Millisecond)
		}
	}
	time.Sleep(10 * time.Millisecond)
	b.ReportMetric(float64((processorTime()-before).Nanoseconds())/float64(b.N), "cpu-ns/op")
	b.ReportMetric(float64(breaker.Status().Dropped)/float64(b.N), "dropped/op")
}

// BenchmarkRefused is what a call costs that is not run.
func BenchmarkRefused(b *testing.B) {
	breaker, err := hystrixbreaker.New(hystrixbreaker.Options{
		Name: "bench", Threshold: 0.5, MinCalls: 20, Cooldown: time.Second, Forced: true,
	})
	require.NoError(b, err)
	b.ReportAllocs()
	for b.Loop() {
		_ = breaker.Do(context.Background(), func(context.Context) error { return nil })
	}
}
