package transfer_test

import (
	"testing"

	"github.com/onhand/onhand/domain/transfer"
)

func BenchmarkDecode(b *testing.B) {
	moving := transfer.Transfer{ID: "truck-7"}
	moving.Apply(at(noon, transfer.Shipped{From: "S1", To: "S2", Lines: []transfer.Unit{unit("A", 9)}}))
	data := transfer.Event{Change: transfer.Shipped{}, After: moving.State}.AppendJSON(nil)
	b.Run("shipped", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, err := transfer.Decode(transfer.ShippedV1, noon, data); err != nil {
				b.Fatal(err)
			}
		}
	})
}
