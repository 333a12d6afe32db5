package snapshot_test

import (
	"context"
	"fmt"
	"iter"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/onhand/onhand/adapters/jsondocuments"
	"github.com/onhand/onhand/adapters/memory"
	"github.com/onhand/onhand/application/snapshot"
	"github.com/onhand/onhand/domain/event"
	"github.com/onhand/onhand/ports"
)

// BenchmarkRestore reads a snapshot of many items from files, as a start does.
func BenchmarkRestore(b *testing.B) {
	const items = 300_000
	log := memory.NewEventStore(time.Minute, time.Now)
	_, err := log.Append(context.Background(), []ports.Commit{{ID: "c", Time: time.Now(), Events: []ports.Event{{
		Stream: "stock/S1/a", Version: 1, Type: "adjusted", Time: time.Now(), Data: []byte(`{}`),
	}}}})
	require.NoError(b, err)
	files := jsondocuments.NewSnapshots(b.TempDir(), nil)
	_, err = files.Save(context.Background(), 1, snapshotOf(items), nil)
	require.NoError(b, err)
	report := func(i ports.Incident) { b.Fatal(i.Message, i.Err) }
	b.ReportAllocs()
	for b.Loop() {
		state, err := snapshot.Restore(context.Background(), files, nil, log, report)
		require.NoError(b, err)
		require.Equal(b, event.Position(1), state.Position())
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/items, "ns/item")
}

// snapshotOf is the records of a snapshot of so many items.
func snapshotOf(items int) iter.Seq2[[]byte, error] {
	return func(yield func([]byte, error) bool) {
		if !yield(fmt.Appendf(nil, `{"v":2,"position":1,"commit":"c","items":%d,"indexed":0}`, items), nil) {
			return
		}
		for n := range items {
			record := fmt.Appendf(nil, `{"item":{"store":"S1","sku":"sku-%07d","onHand":7,"reserved":0,"damaged":0,"qualityControl":0,"incoming":0,"available":7,`+
				`"policy":{"safetyStock":0,"oversellLimit":0},"version":3,"updatedAt":"2026-03-01T12:00:00.000000Z"}}`, n)
			if !yield(record, nil) {
				return
			}
		}
	}
}
