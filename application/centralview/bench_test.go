package centralview_test

import (
	"fmt"
	"runtime"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/onhand/onhand/application/centralview"
	"github.com/onhand/onhand/domain/event"
	"github.com/onhand/onhand/ports"
)

// BenchmarkHandle folds events of many SKUs in one store and in a hundred, and reports the memory
// of an item.
func BenchmarkHandle(b *testing.B) {
	const items = 200_000
	for _, stores := range []int{1, 100} {
		b.Run(fmt.Sprint("stores=", stores), func(b *testing.B) {
			h := newHistory()
			var events []ports.StreamEvent
			for n := range items {
				events = append(events,
					h.adjust(b, fmt.Sprint("S", n%stores), fmt.Sprintf("sku-%07d", n/stores*7919%items), 1000)...)
			}
			var before, after runtime.MemStats
			runtime.GC()
			runtime.ReadMemStats(&before)
			v := centralview.New()
			for chunk := range chunks(events, 100) {
				_, err := v.Handle(ctx, chunk, 1)
				require.NoError(b, err)
			}
			runtime.GC()
			runtime.ReadMemStats(&after)
			for n := 0; b.Loop(); n++ {
				again := events[n%items]
				again.Version += event.Version(1 + n/items)
				again.Data = fmt.Appendf(nil, `{"delta":1,"after":{"onHand":7,"reserved":0,"damaged":0,"qualityControl":0,"incoming":0,"available":7,"policy":{"safetyStock":0,"oversellLimit":0},"version":%d}}`, again.Version)
				_, err := v.Handle(ctx, []ports.StreamEvent{again}, 1)
				require.NoError(b, err)
			}
			b.ReportMetric(float64(after.HeapAlloc-before.HeapAlloc)/items, "B/item")
			runtime.KeepAlive(v)
		})
	}
}

func chunks(events []ports.StreamEvent, n int) func(func([]ports.StreamEvent) bool) {
	return func(yield func([]ports.StreamEvent) bool) {
		for len(events) > 0 {
			k := min(n, len(events))
			if !yield(events[:k]) {
				return
			}
			events = events[k:]
		}
	}
}
