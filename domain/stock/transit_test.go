package stock_test

import (
	"testing"

	"github.com/onhand/onhand/domain/stock"
)

func ship(units int64) decision {
	return func(i stock.Item) ([]stock.Event, error) { return i.Ship("t", units, noon) }
}

func expect(delta int64) decision {
	return func(i stock.Item) ([]stock.Event, error) { return i.Expect("t", delta, noon) }
}

func receive(good, damaged int64) decision {
	return func(i stock.Item) ([]stock.Event, error) { return i.Receive("t", good, damaged, noon) }
}

func lose(units int64) decision {
	return func(i stock.Item) ([]stock.Event, error) { return i.Lose("t", units, noon), nil }
}

func turnBack(units int64) decision {
	return func(i stock.Item) ([]stock.Event, error) {
		return i.Return(stock.Source{TransferID: "t"}, units, noon)
	}
}

func TestUnitsOnTheirWay(t *testing.T) {
	kept := stock.Policy{SafetyStock: 1, OversellLimit: 5}
	source := stock.Levels{OnHand: 10, Policy: kept, Version: 1}
	target := stock.Levels{OnHand: 2, Incoming: 5, Version: 3}
	low := stock.Policy{LowStockThreshold: threshold(5)}
	full := stock.Levels{OnHand: stock.MaxQuantity - 1, Incoming: 5, Version: 3}
	four := []stock.Hold{hold("a", 4)}
	for _, s := range []story{
		{
			name: "all that is available can be shipped", given: source, holds: four, when: ship(5),
			then:  []stock.Change{stock.Shipped{TransferID: "t", Quantity: 5}},
			after: stock.Levels{OnHand: 5, Reserved: 4, Policy: kept, Version: 3}, left: four,
		},
		{name: "but nothing that is promised, kept back or oversold", given: source, holds: four, when: ship(6), refuse: short(6, 5)},
		{name: "nothing leaves what does not exist", when: ship(1), refuse: short(1, 0)},
		{
			name: "what leaves can make the source low", given: stock.Levels{OnHand: 6, Policy: low, Version: 1}, when: ship(1),
			then:  []stock.Change{stock.Shipped{TransferID: "t", Quantity: 1}, stock.WentLow{Available: 5, Threshold: 5}},
			after: stock.Levels{OnHand: 5, Policy: low, Version: 3},
		},
		{
			name: "the first units on their way create the item", when: expect(5),
			then: []stock.Change{stock.Incoming{TransferID: "t", Delta: 5}}, after: stock.Levels{Incoming: 5, Version: 1},
		},
		{
			name: "units on their way are not there yet", given: stock.Levels{OnHand: 5, Policy: low, Version: 1}, when: expect(5),
			then: []stock.Change{stock.Incoming{TransferID: "t", Delta: 5}}, after: stock.Levels{OnHand: 5, Incoming: 5, Policy: low, Version: 2},
		},
		{
			name: "what turned back is on its way no longer", given: target, when: expect(-5),
			then: []stock.Change{stock.Incoming{TransferID: "t", Delta: -5}}, after: stock.Levels{OnHand: 2, Version: 4},
		},
		{name: "no more than the largest quantity is on its way", given: target, when: expect(stock.MaxQuantity - 4), refuse: &stock.QuantityError{Field: "quantity", Limit: stock.MaxQuantity}},
		{
			name: "it is back at the source", given: source, when: turnBack(5),
			then:  []stock.Change{stock.Returned{Source: stock.Source{TransferID: "t"}, Quantity: 5}},
			after: stock.Levels{OnHand: 15, Policy: kept, Version: 2},
		},
		{
			name: "good units arrive", given: target, when: receive(3, 0),
			then: []stock.Change{stock.Received{TransferID: "t", Good: 3}}, after: stock.Levels{OnHand: 5, Incoming: 2, Version: 4},
		},
		{
			name: "damaged units arrive and are on hand as such", given: target, when: receive(3, 2),
			then: []stock.Change{stock.Received{TransferID: "t", Good: 3, Damaged: 2}}, after: stock.Levels{OnHand: 7, Damaged: 2, Version: 4},
		},
		{
			name: "an arrival can restock", given: stock.Levels{OnHand: 5, Incoming: 5, Policy: low, Version: 1}, when: receive(1, 0),
			then:  []stock.Change{stock.Received{TransferID: "t", Good: 1}, stock.Restocked{Available: 6, Threshold: 5}},
			after: stock.Levels{OnHand: 6, Incoming: 4, Policy: low, Version: 3},
		},
		{
			name: "a damaged one does not", given: stock.Levels{OnHand: 5, Incoming: 5, Policy: low, Version: 1}, when: receive(0, 5),
			then:  []stock.Change{stock.Received{TransferID: "t", Damaged: 5}},
			after: stock.Levels{OnHand: 10, Damaged: 5, Policy: low, Version: 2},
		},
		{
			name: "the largest quantity can be reached", given: full, when: receive(0, 1),
			then:  []stock.Change{stock.Received{TransferID: "t", Damaged: 1}},
			after: stock.Levels{OnHand: stock.MaxQuantity, Damaged: 1, Incoming: 4, Version: 4},
		},
		{name: "but not passed, damaged or not", given: full, when: receive(1, 1), refuse: &stock.QuantityError{Field: "good", Limit: stock.MaxQuantity}},
		{
			name: "what is lost is on its way no longer and never arrives", given: target, when: lose(5),
			then: []stock.Change{stock.Lost{TransferID: "t", Quantity: 5}}, after: stock.Levels{OnHand: 2, Version: 4},
		},
	} {
		t.Run(s.name, s.check)
	}
}
