package stock_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/onhand/onhand/domain/stock"
)

func TestPartsOfTheSameItemAddUp(t *testing.T) {
	a, b := key, stock.Key{Store: "S1", SKU: "B"}
	elsewhere := stock.Key{Store: "S2", SKU: "A"}
	for name, s := range map[string]struct{ given, then []stock.Part }{
		"nothing is nothing": {given: nil, then: []stock.Part{}},
		"the order is that in which the items come first": {
			given: []stock.Part{{b, 1}, {a, 2}, {b, 3}, {elsewhere, 4}, {a, 5}},
			then:  []stock.Part{{b, 4}, {a, 7}, {elsewhere, 4}},
		},
		"up to the largest quantity": {
			given: []stock.Part{{a, stock.MaxQuantity - 1}, {a, 1}},
			then:  []stock.Part{{a, stock.MaxQuantity}},
		},
	} {
		t.Run(name, func(t *testing.T) {
			sums, err := stock.Sum(s.given)
			require.NoError(t, err)
			require.Equal(t, s.then, sums)
		})
	}
	for _, second := range []int64{stock.MaxQuantity, stock.MaxQuantity + 1, 1<<63 - 1} {
		_, err := stock.Sum([]stock.Part{{a, 1}, {b, 1}, {a, second}})
		require.Equal(t, &stock.QuantityError{Field: "lines", Limit: stock.MaxQuantity}, err)
	}
}

func TestAPartReadsBackFromItsJSON(t *testing.T) {
	part := stock.Part{Key: stock.Key{Store: "S1", SKU: `a "quoted" \ 日本語`}, Quantity: 7}
	var back stock.Part
	require.NoError(t, json.Unmarshal(part.AppendJSON(nil), &back))
	require.Equal(t, part, back)
}

func TestIDs(t *testing.T) {
	for _, good := range []string{"a", "Z", "0", "-", "_", "order-1001_B", strings.Repeat("x", stock.MaxIDBytes)} {
		require.NoError(t, stock.CheckID(good), "%q", good)
	}
	for _, bad := range []string{
		"", strings.Repeat("x", stock.MaxIDBytes+1), "a/b", "a.b", "a b", "ä", "a\n", "@", "[", "`", "{", ":",
	} {
		name := &stock.NameError{}
		require.ErrorAs(t, stock.CheckID(bad), &name, "%q", bad)
		require.Equal(t, "id", name.Field)
	}
}

func TestLevelsAreCheckedOneByOne(t *testing.T) {
	require.NoError(t, stock.Levels{}.Check())
	for quantity, bad := range map[string]stock.Levels{
		"on hand":         {OnHand: stock.MaxQuantity + 1},
		"reserved":        {Reserved: -1},
		"damaged":         {Damaged: -1},
		"quality control": {QualityControl: -1},
		"incoming":        {Incoming: -1},
		"safety stock":    {Policy: stock.Policy{SafetyStock: -1}},
		"oversell limit":  {Policy: stock.Policy{OversellLimit: stock.MaxQuantity + 1}},
		"sellable":        {OnHand: 1, Damaged: 1, QualityControl: 1},
	} {
		wrong := &stock.InvariantError{}
		require.ErrorAs(t, bad.Check(), &wrong)
		require.Equal(t, quantity, wrong.Quantity)
		require.ErrorContains(t, wrong, quantity)
	}
}

func TestLevelsAreEqualByTheirNumbers(t *testing.T) {
	with := func(p *int64) stock.Levels {
		return stock.Levels{OnHand: 1, Policy: stock.Policy{LowStockThreshold: p}}
	}
	require.True(t, with(nil).Equal(with(nil)))
	require.True(t, with(threshold(3)).Equal(with(threshold(3))))
	require.False(t, with(threshold(3)).Equal(with(threshold(4))))
	require.False(t, with(threshold(0)).Equal(with(nil)))
	require.False(t, stock.Levels{OnHand: 1}.Equal(stock.Levels{OnHand: 2}))
}
