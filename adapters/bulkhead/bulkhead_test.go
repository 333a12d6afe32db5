package bulkhead_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/onhand/onhand/adapters/bulkhead"
	"github.com/onhand/onhand/ports"
	"github.com/onhand/onhand/ports/bulkheadtest"
)

func TestContract(t *testing.T) {
	bulkheadtest.Run(t, func(permits, queue, reserved int) ports.Bulkhead {
		return bulkhead.New(bulkhead.Options{Name: "test", Permits: permits, Queue: queue, Reserved: reserved})
	})
}

func TestAPermitAndARefusalAllocateNothing(t *testing.T) {
	b := bulkhead.New(bulkhead.Options{Name: "test", Permits: 1})
	require.Zero(t, testing.AllocsPerRun(100, func() {
		_ = b.Acquire(context.Background(), false)
		_ = b.Acquire(context.Background(), false) // turned away
		b.Release()
	}))
	require.Positive(t, b.Status().Shed)
}

func BenchmarkAcquire(b *testing.B) {
	bulk := bulkhead.New(bulkhead.Options{Name: "bench", Permits: 1000})
	b.ReportAllocs()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			_ = bulk.Acquire(context.Background(), false)
			bulk.Release()
		}
	})
}
