package stock_test

import (
	"encoding/json"
	"os"
	"path/filepath"
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
	golden := map[string]stock.Event{
		"stock.adjusted.v1": {At: noon, Change: stock.Adjusted{Delta: -3, Note: note}, After: after},
		"stock.counted.v1":  {At: noon, Change: stock.Counted{OnHand: 9, Previous: 12, AtRisk: 1, Note: note}, After: after},
		"stock.moved.v1": {At: noon, Change: stock.Moved{
			From: stock.QualityControlState, To: stock.DamagedState, Quantity: 2, Note: note,
		}, After: after},
		"stock.policy-set.v1": {At: noon, Change: stock.PolicySet{Policy: after.Policy}, After: after},
		"stock.low.v1":        {At: noon, Change: stock.WentLow{Available: -1, Threshold: 3}, After: after},
		"stock.restocked.v1":  {At: noon, Change: stock.Restocked{Available: -1, Threshold: 3}, After: after},
	}
	files, err := filepath.Glob("testdata/*.json")
	require.NoError(t, err)
	require.Len(t, files, len(golden), "one file per event")
	for name, e := range golden {
		t.Run(name, func(t *testing.T) {
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
	_, err = stock.Decode("stock.unheard-of.v1", noon, []byte(`{}`))
	require.ErrorAs(t, err, new(*stock.UnknownEventError))
	_, err = stock.Decode(stock.AdjustedV1, noon, []byte(`{"delta":"x"}`))
	require.Error(t, err)
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
