package stock_test

import (
	"testing"

	"github.com/onhand/onhand/domain/stock"
)

func BenchmarkDecode(b *testing.B) {
	after := stock.Levels{
		OnHand: 1200, Reserved: 6, Damaged: 1, Incoming: 4, Version: 12, Policy: stock.Policy{SafetyStock: 1},
	}
	for name, change := range map[string]stock.Change{
		"adjusted": stock.Adjusted{Delta: -3, Note: note},
		"reserved": stock.Reserved{ReservationID: "0190a3c0-968c-79da-8e45-5ebd5d89c4a3", Quantity: 6, ExpiresAt: deadline},
	} {
		data := stock.Event{At: noon, Change: change, After: after}.AppendJSON(nil)
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := stock.Decode(change.Type(), noon, data); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
