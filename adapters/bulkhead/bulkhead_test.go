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
	bulkheadtest.Run(t, func(places, room, kept int) ports.Bulkhead {
		return bulkhead.New(bulkhead.Options{Name: "test", Places: places, Room: room, Kept: kept})
	})
}

func TestEnteringAndBeingTurnedAwayAllocateNothing(t *testing.T) {
	b := bulkhead.New(bulkhead.Options{Name: "test", Places: 1})
	require.Zero(t, testing.AllocsPerRun(100, func() {
		_ = b.Enter(context.Background(), false)
		_ = b.Enter(context.Background(), false) // turned away
		b.Leave()
	}))
	require.Positive(t, b.Status().Shed)
}

func BenchmarkEnter(b *testing.B) {
	bulk := bulkhead.New(bulkhead.Options{Name: "bench", Places: 1000})
	b.ReportAllocs()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			_ = bulk.Enter(context.Background(), false)
			bulk.Leave()
		}
	})
}
