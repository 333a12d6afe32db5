package centralview_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/onhand/onhand/application/centralview"
	"github.com/onhand/onhand/domain/stock"
)

// earlier returns a checkpoint of earlier versions: Available is less by Short, which is missing. The
// total of SKU b is an argument, since it may be wrong.
func earlier(h *history, availableOfB int64) func(yield func([]byte, error) bool) {
	units := func(sku string, available int64) string {
		var t centralview.Totals
		for _, item := range h.items {
			if item.SKU == sku {
				t.OnHand += item.OnHand
			}
		}
		return fmt.Sprintf(`{"totals":%q,"units":{"onHand":%d,"reserved":0,"damaged":0,"qualityControl":0,`+
			`"incoming":0,"available":%d}}`, sku, t.OnHand, available)
	}
	item := func(store, sku string) string {
		return string(h.items[stock.Key{Store: store, SKU: sku}].AppendJSON(nil))
	}
	return func(yield func([]byte, error) bool) {
		for _, record := range []string{
			`{"stores":["S1","S2"],"position":5}`,
			units("a", 5-2), item("S1", "a"), item("S2", "a"),
			units("b", availableOfB), item("S1", "b"), item("S2", "b"),
		} {
			if !yield([]byte(record), nil) {
				return
			}
		}
	}
}

// shortHistory gives SKU a 5 units in S1, and 2 below zero in S2; SKU b has 7 and 1.
func shortHistory(t *testing.T) (*history, *centralview.View) {
	h, v := newHistory(), centralview.New()
	take(t, v, h.adjust(t, "S1", "a", 5))
	events, err := h.item("S2", "a").SetPolicy(stock.Policy{SafetyStock: 2}, noon)
	take(t, v, h.happen(h.item("S2", "a"), events, err))
	take(t, v, h.adjust(t, "S1", "b", 7))
	take(t, v, h.adjust(t, "S2", "b", 1))
	take(t, v, h.adjust(t, "S2", "b", 1))
	return h, v
}

func TestTotalsOfAnEarlierVersionAreBroughtUpToDate(t *testing.T) {
	h, v := shortHistory(t)
	read := centralview.New()
	require.NoError(t, read.Restore(earlier(h, 9)))
	require.Empty(t, read.Diff(v))
	totals := read.Get("a").Totals
	require.Equal(t, []int64{5, 2}, []int64{totals.Available, totals.Short})
	again := readInto(t, centralview.New(), read)
	require.Empty(t, again.Diff(v))
}

func TestTotalsOfAnEarlierVersionThatAreNoSumAreRefused(t *testing.T) {
	h, _ := shortHistory(t)
	err := centralview.New().Restore(earlier(h, 8))
	require.ErrorContains(t, err, "sum")
	require.ErrorContains(t, err, `"b"`)
}
