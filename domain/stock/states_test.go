package stock_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/onhand/onhand/domain/stock"
)

func threshold(units int64) *int64 { return &units }

func move(from, to stock.State, units int64) decision {
	return func(i stock.Item) ([]stock.Event, error) { return i.Move(from, to, units, note, noon) }
}

func policy(p stock.Policy) decision {
	return func(i stock.Item) ([]stock.Event, error) { return i.SetPolicy(p, noon) }
}

func TestMovesAndPolicies(t *testing.T) {
	const sellable, damaged, control = stock.SellableState, stock.DamagedState, stock.QualityControlState
	ten := stock.Levels{OnHand: 10, Damaged: 2, QualityControl: 3, Version: 1}
	for _, s := range []struct {
		name   string
		given  stock.Levels
		when   decision
		then   []stock.Change
		after  stock.Levels
		refuse error
	}{
		{
			name: "units break", given: ten, when: move(sellable, damaged, 5),
			then:  []stock.Change{stock.Moved{From: sellable, To: damaged, Quantity: 5, Note: note}},
			after: stock.Levels{OnHand: 10, Damaged: 7, QualityControl: 3, Version: 2},
		},
		{
			name: "units pass the control", given: ten, when: move(control, sellable, 3),
			then:  []stock.Change{stock.Moved{From: control, To: sellable, Quantity: 3, Note: note}},
			after: stock.Levels{OnHand: 10, Damaged: 2, Version: 2},
		},
		{
			name: "units fail the control", given: ten, when: move(control, damaged, 1),
			then:  []stock.Change{stock.Moved{From: control, To: damaged, Quantity: 1, Note: note}},
			after: stock.Levels{OnHand: 10, Damaged: 3, QualityControl: 2, Version: 2},
		},
		{name: "no more than there are sellable", given: ten, when: move(sellable, damaged, 6), refuse: short(6, 5)},
		{name: "no more than there are damaged", given: ten, when: move(damaged, sellable, 3), refuse: short(3, 2)},
		{name: "nothing moves in what does not exist", when: move(damaged, control, 1), refuse: short(1, 0)},
		{
			name: "out of sellable no promise breaks", given: stock.Levels{OnHand: 5, Reserved: 4, Version: 1}, when: move(sellable, control, 2),
			refuse: &stock.WouldBreakReservationsError{Key: key, Sellable: 3, Reserved: 4},
		},
		{name: "a move of nothing is none", given: ten, when: move(sellable, damaged, 0), refuse: &stock.QuantityError{Field: "quantity", Limit: stock.MaxQuantity}},
		{
			name: "a policy creates the item", when: policy(stock.Policy{SafetyStock: 2}),
			then:  []stock.Change{stock.PolicySet{Policy: stock.Policy{SafetyStock: 2}}},
			after: stock.Levels{Policy: stock.Policy{SafetyStock: 2}, Version: 1},
		},
		{
			name: "a policy is accepted although promises go beyond it", given: stock.Levels{OnHand: 1, Reserved: 4, Policy: stock.Policy{OversellLimit: 3}, Version: 1}, when: policy(stock.Policy{SafetyStock: 1}),
			then:  []stock.Change{stock.PolicySet{Policy: stock.Policy{SafetyStock: 1}}},
			after: stock.Levels{OnHand: 1, Reserved: 4, Policy: stock.Policy{SafetyStock: 1}, Version: 2},
		},
		{name: "a policy keeps its bounds", when: policy(stock.Policy{LowStockThreshold: threshold(-1)}), refuse: &stock.QuantityError{Field: "lowStockThreshold", Limit: stock.MaxQuantity}},

		{
			name: "falling to the threshold is told once", given: stock.Levels{OnHand: 6, Policy: stock.Policy{LowStockThreshold: threshold(5)}, Version: 2}, when: adjust(-1),
			then:  []stock.Change{stock.Adjusted{Delta: -1, Note: note}, stock.WentLow{Available: 5, Threshold: 5}},
			after: stock.Levels{OnHand: 5, Policy: stock.Policy{LowStockThreshold: threshold(5)}, Version: 4},
		},
		{
			name: "falling further is not told again", given: stock.Levels{OnHand: 5, Policy: stock.Policy{LowStockThreshold: threshold(5)}, Version: 4}, when: adjust(-1),
			then:  []stock.Change{stock.Adjusted{Delta: -1, Note: note}},
			after: stock.Levels{OnHand: 4, Policy: stock.Policy{LowStockThreshold: threshold(5)}, Version: 5},
		},
		{
			name: "rising above it is told once", given: stock.Levels{OnHand: 4, Policy: stock.Policy{LowStockThreshold: threshold(5)}, Version: 5}, when: count(6),
			then:  []stock.Change{stock.Counted{OnHand: 6, Previous: 4, Note: note}, stock.Restocked{Available: 6, Threshold: 5}},
			after: stock.Levels{OnHand: 6, Policy: stock.Policy{LowStockThreshold: threshold(5)}, Version: 7},
		},
		{
			name: "a move crosses it too", given: stock.Levels{OnHand: 6, Policy: stock.Policy{LowStockThreshold: threshold(5)}, Version: 1}, when: move(sellable, damaged, 2),
			then:  []stock.Change{stock.Moved{From: sellable, To: damaged, Quantity: 2, Note: note}, stock.WentLow{Available: 4, Threshold: 5}},
			after: stock.Levels{OnHand: 6, Damaged: 2, Policy: stock.Policy{LowStockThreshold: threshold(5)}, Version: 3},
		},
		{
			name: "and so does a policy", given: stock.Levels{OnHand: 6, Version: 1}, when: policy(stock.Policy{LowStockThreshold: threshold(6)}),
			then:  []stock.Change{stock.PolicySet{Policy: stock.Policy{LowStockThreshold: threshold(6)}}, stock.WentLow{Available: 6, Threshold: 6}},
			after: stock.Levels{OnHand: 6, Policy: stock.Policy{LowStockThreshold: threshold(6)}, Version: 3},
		},
		{
			name: "taking the threshold away ends that it is low", given: stock.Levels{OnHand: 1, Policy: stock.Policy{LowStockThreshold: threshold(6)}, Version: 3}, when: policy(stock.Policy{}),
			then:  []stock.Change{stock.PolicySet{}, stock.Restocked{Available: 1, Threshold: 6}},
			after: stock.Levels{OnHand: 1, Version: 5},
		},
	} {
		t.Run(s.name, func(t *testing.T) {
			item := stock.Item{Key: key, Levels: s.given}
			events, err := s.when(item)
			require.Equal(t, s.given, item.Levels, "a decision changes nothing")
			if s.refuse != nil {
				require.Equal(t, s.refuse, err)
				return
			}
			require.NoError(t, err)
			var changes []stock.Change
			for _, e := range events {
				changes = append(changes, e.Change)
				item.Apply(e)
				require.True(t, item.Equal(e.After))
			}
			require.Equal(t, s.then, changes)
			require.Equal(t, s.after, item.Levels)
		})
	}
}
