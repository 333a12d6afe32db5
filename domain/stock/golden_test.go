package stock_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/onhand/onhand/domain/event"
	"github.com/onhand/onhand/domain/stock"
)

// TestGoldenEvents holds every event, as it stands in logs out there, against a
// file that must never change. A new shape gets a new name and a new file.
func TestGoldenEvents(t *testing.T) {
	threshold := int64(3)
	after := stock.Levels{
		OnHand: 9, Reserved: 6, Damaged: 1, QualityControl: 2, Incoming: 4, Version: 12,
		Policy: stock.Policy{SafetyStock: 1, OversellLimit: 5, LowStockThreshold: &threshold},
	}
	golden := map[string]stock.Change{
		"stock.adjusted.v1":   stock.Adjusted{Delta: -3, Note: note},
		"stock.counted.v1":    stock.Counted{OnHand: 9, Previous: 12, AtRisk: 1, Note: note},
		"stock.moved.v1":      stock.Moved{From: stock.QualityControlState, To: stock.DamagedState, Quantity: 2, Note: note},
		"stock.policy-set.v1": stock.PolicySet{Policy: after.Policy},
		"stock.low.v1":        stock.WentLow{Available: -1, Threshold: 3},
		"stock.restocked.v1":  stock.Restocked{Available: -1, Threshold: 3},

		"stock.reserved.v1": stock.Reserved{
			ReservationID: "order-1001", Quantity: 6, ExpiresAt: deadline,
			Replaces: &stock.Replaced{Quantity: 2, ExpiresAt: noon},
		},
		"stock.extended.v1":  stock.Extended{ReservationID: "order-1001", ExpiresAt: deadline, Before: noon},
		"stock.committed.v1": stock.Committed{ReservationID: "order-1001", Quantity: 2, ExpiresAt: deadline},
		"stock.released.v1":  stock.Released{ReservationID: "order-1001", Quantity: 2, ExpiresAt: deadline},
		"stock.expired.v1":   stock.Expired{ReservationID: "order-1001", Quantity: 2},
		"stock.returned.v1":  stock.Returned{Source: stock.Source{ReservationID: "order-1001"}, Quantity: 2},

		"stock.shipped.v1":  stock.Shipped{TransferID: "truck-7", Quantity: 4},
		"stock.incoming.v1": stock.Incoming{TransferID: "truck-7", Delta: -4},
		"stock.received.v1": stock.Received{TransferID: "truck-7", Good: 3, Damaged: 1},
		"stock.lost.v1":     stock.Lost{TransferID: "truck-7", Quantity: 2},
	}
	files, err := filepath.Glob("testdata/*.json")
	require.NoError(t, err)
	require.Len(t, files, len(golden), "one file per event")
	for name, change := range golden {
		t.Run(name, func(t *testing.T) {
			e := stock.Event{At: noon, Change: change, After: after}
			want, err := os.ReadFile(filepath.Join("testdata", name+".json"))
			require.NoError(t, err)
			require.Equal(t, string(want), string(e.AppendJSON(nil))+"\n")
			require.Equal(t, event.Type(name), e.Change.Type())
			require.True(t, json.Valid(want))
			back, err := stock.Decode(event.Type(name), noon, want)
			require.NoError(t, err)
			require.Equal(t, e, back)
		})
	}
}

// TestOptionalMembersAreLeftOut: an absent member is not written, and reads
// back as not there.
func TestOptionalMembersAreLeftOut(t *testing.T) {
	for want, change := range map[string]stock.Change{
		`{"reservationId":"r","quantity":1,`:                           stock.Reserved{ReservationID: "r", Quantity: 1},
		`{"reservationId":"r","quantity":1,"replaces":{"quantity":2},`: stock.Reserved{ReservationID: "r", Quantity: 1, Replaces: &stock.Replaced{Quantity: 2}},
		`{"reservationId":"r",`:                                        stock.Extended{ReservationID: "r"},
		`{"transferId":"t","quantity":3,`:                              stock.Returned{Source: stock.Source{TransferID: "t"}, Quantity: 3},
		`{"transferId":"t","good":3,`:                                  stock.Received{TransferID: "t", Good: 3},
		`{"delta":1,`:                                                  stock.Adjusted{Delta: 1},
	} {
		e := stock.Event{At: noon, Change: change}
		data := e.AppendJSON(nil)
		require.True(t, strings.HasPrefix(string(data), want+`"after":`), "%s", data)
		back, err := stock.Decode(change.Type(), noon, data)
		require.NoError(t, err)
		require.Equal(t, e, back)
	}
}

func TestDecodeRefusesWhatItDoesNotKnow(t *testing.T) {
	_, err := stock.Decode("stock.unheard-of.v1", noon, []byte(`{}`))
	require.Equal(t, &event.UnknownTypeError{Type: "stock.unheard-of.v1"}, err)
	require.ErrorContains(t, err, "stock.unheard-of.v1")
	for name, data := range map[event.Type]string{
		stock.AdjustedV1: `{"delta":"x"}`,
		stock.ReservedV1: `{"expiresAt":"tomorrow"}`,
		stock.LostV1:     `{"quantity":1,"after":7}`,
		stock.ExpiredV1:  `{"quantity":1`,
	} {
		_, err = stock.Decode(name, noon, []byte(data))
		require.ErrorContains(t, err, "decode "+string(name))
	}
}

func TestAnItemReadsBackFromItsJSON(t *testing.T) {
	item := stock.Item{
		Key:    stock.Key{Store: "S1", SKU: `a "quoted" \ 日本語`},
		Levels: stock.Levels{OnHand: 5, Reserved: 7, Version: 3}, UpdatedAt: noon,
	}
	var back stock.Item
	require.NoError(t, json.Unmarshal(item.AppendJSON(nil), &back))
	require.Equal(t, item, back)
}
