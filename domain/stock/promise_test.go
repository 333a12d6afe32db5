package stock_test

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/onhand/onhand/domain/stock"
)

func commit(h stock.Hold, units int64) decision {
	return func(i stock.Item) ([]stock.Event, error) { return i.Commit(h, units, noon) }
}

func release(h stock.Hold, units int64) decision {
	return func(i stock.Item) ([]stock.Event, error) { return i.Release(h, units, noon), nil }
}

// extended is the event of an older log.
func extended(i stock.Item, h stock.Hold, until, now time.Time) stock.Event {
	change := stock.Extended{ReservationID: h.ReservationID, ExpiresAt: until, Before: h.ExpiresAt}
	e := stock.Event{At: now, Change: change}
	i.Apply(e)
	e.After = i.Levels
	return e
}

func extend(h stock.Hold, until time.Time) decision {
	return func(i stock.Item) ([]stock.Event, error) { return []stock.Event{extended(i, h, until, noon)}, nil }
}

func giveBack(units int64) decision {
	return func(i stock.Item) ([]stock.Event, error) {
		return i.Return(stock.Source{ReservationID: "a"}, units, noon)
	}
}

// TestWhatBecomesOfAHold: a hold is kept, or leaves the store, or is given up.
func TestWhatBecomesOfAHold(t *testing.T) {
	ten := stock.Levels{OnHand: 10, Version: 1}
	a, b := hold("a", 5), hold("b", 2)
	later := stock.Hold{ReservationID: "a", Quantity: 5, ExpiresAt: deadline.Add(time.Hour)}
	endless := stock.Hold{ReservationID: "a", Quantity: 5}
	for _, s := range []story{
		{
			name: "a committed part leaves the store and the rest is held on", given: ten, holds: []stock.Hold{a, b}, when: commit(a, 3),
			then:  []stock.Change{stock.Committed{ReservationID: "a", Quantity: 3, ExpiresAt: deadline}},
			after: stock.Levels{OnHand: 7, Reserved: 4, Version: 4}, left: []stock.Hold{hold("a", 2), b},
		},
		{
			name: "the last committed unit ends the hold", given: ten, holds: []stock.Hold{a, b}, when: commit(a, 5),
			then:  []stock.Change{stock.Committed{ReservationID: "a", Quantity: 5, ExpiresAt: deadline}},
			after: stock.Levels{OnHand: 5, Reserved: 2, Version: 4}, left: []stock.Hold{b},
		},
		{
			name: "the last sellable unit can be committed", given: stock.Levels{OnHand: 4, Damaged: 1, Version: 1}, holds: []stock.Hold{a}, when: commit(a, 3),
			then:  []stock.Change{stock.Committed{ReservationID: "a", Quantity: 3, ExpiresAt: deadline}},
			after: stock.Levels{OnHand: 1, Reserved: 2, Damaged: 1, Version: 3}, left: []stock.Hold{hold("a", 2)},
		},
		{name: "more than is sellable cannot leave", given: stock.Levels{OnHand: 4, Damaged: 1, Version: 1}, holds: []stock.Hold{a}, when: commit(a, 4), refuse: short(4, 3)},
		{
			name: "safety stock leaves where it was promised", given: stock.Levels{OnHand: 5, Policy: stock.Policy{SafetyStock: 5}, Version: 1}, holds: []stock.Hold{a}, when: commit(a, 5),
			then:  []stock.Change{stock.Committed{ReservationID: "a", Quantity: 5, ExpiresAt: deadline}},
			after: stock.Levels{Policy: stock.Policy{SafetyStock: 5}, Version: 3},
		},
		{
			name: "a released part is available again", given: ten, holds: []stock.Hold{a, b}, when: release(a, 1),
			then:  []stock.Change{stock.Released{ReservationID: "a", Quantity: 1, ExpiresAt: deadline}},
			after: stock.Levels{OnHand: 10, Reserved: 6, Version: 4}, left: []stock.Hold{hold("a", 4), b},
		},
		{
			name: "the last released unit ends the hold", given: ten, holds: []stock.Hold{a, b}, when: release(b, 2),
			then:  []stock.Change{stock.Released{ReservationID: "b", Quantity: 2, ExpiresAt: deadline}},
			after: stock.Levels{OnHand: 10, Reserved: 5, Version: 4}, left: []stock.Hold{a},
		},
		{
			name: "an endless hold can be released", given: ten, holds: []stock.Hold{endless}, when: release(endless, 5),
			then: []stock.Change{stock.Released{ReservationID: "a", Quantity: 5}}, after: stock.Levels{OnHand: 10, Version: 3},
		},
		{
			name: "an extended hold expires after the others", given: ten, holds: []stock.Hold{a, b}, when: extend(a, later.ExpiresAt),
			then:  []stock.Change{stock.Extended{ReservationID: "a", ExpiresAt: later.ExpiresAt, Before: deadline}},
			after: stock.Levels{OnHand: 10, Reserved: 7, Version: 4}, left: []stock.Hold{b, later},
		},
		{
			name: "a deadline can be taken away", given: ten, holds: []stock.Hold{a}, when: extend(a, time.Time{}),
			then:  []stock.Change{stock.Extended{ReservationID: "a", Before: deadline}},
			after: stock.Levels{OnHand: 10, Reserved: 5, Version: 3}, left: []stock.Hold{endless},
		},
		{
			name: "and be given", given: ten, holds: []stock.Hold{endless}, when: extend(endless, deadline),
			then:  []stock.Change{stock.Extended{ReservationID: "a", ExpiresAt: deadline}},
			after: stock.Levels{OnHand: 10, Reserved: 5, Version: 3}, left: []stock.Hold{a},
		},
		{
			name: "returned units are on hand again", given: ten, when: giveBack(4),
			then: []stock.Change{stock.Returned{Source: stock.Source{ReservationID: "a"}, Quantity: 4}}, after: stock.Levels{OnHand: 14, Version: 2},
		},
		{
			name: "up to the largest quantity", given: ten, when: giveBack(stock.MaxQuantity - 10),
			then:  []stock.Change{stock.Returned{Source: stock.Source{ReservationID: "a"}, Quantity: stock.MaxQuantity - 10}},
			after: stock.Levels{OnHand: stock.MaxQuantity, Version: 2},
		},
		{name: "and not beyond", given: ten, when: giveBack(stock.MaxQuantity - 9), refuse: &stock.QuantityError{Field: "quantity", Limit: stock.MaxQuantity}},
	} {
		t.Run(s.name, s.check)
	}
}

func TestPromisesCrossTheLowStockThreshold(t *testing.T) {
	low := stock.Policy{LowStockThreshold: threshold(5)}
	ten := stock.Levels{OnHand: 10, Policy: low, Version: 1}
	five := hold("a", 5)
	for _, s := range []story{
		{
			name: "a promise that leaves more is no news", given: ten, when: reserve(hold("a", 4)),
			then: []stock.Change{reserved(hold("a", 4))}, after: stock.Levels{OnHand: 10, Reserved: 4, Policy: low, Version: 2}, left: []stock.Hold{hold("a", 4)},
		},
		{
			name: "a promise down to the threshold is told", given: ten, when: reserve(five),
			then:  []stock.Change{reserved(five), stock.WentLow{Available: 5, Threshold: 5}},
			after: stock.Levels{OnHand: 10, Reserved: 5, Policy: low, Version: 3}, left: []stock.Hold{five},
		},
		{
			name: "a released unit is told to be above it", given: ten, holds: []stock.Hold{five}, when: release(five, 1),
			then:  []stock.Change{stock.Released{ReservationID: "a", Quantity: 1, ExpiresAt: deadline}, stock.Restocked{Available: 6, Threshold: 5}},
			after: stock.Levels{OnHand: 10, Reserved: 4, Policy: low, Version: 4}, left: []stock.Hold{hold("a", 4)},
		},
		{
			name: "so is a smaller hold in place of a larger one", given: ten, holds: []stock.Hold{five}, when: replace(five, hold("a", 1)),
			then:  []stock.Change{replacing(five, hold("a", 1)), stock.Restocked{Available: 9, Threshold: 5}},
			after: stock.Levels{OnHand: 10, Reserved: 1, Policy: low, Version: 4}, left: []stock.Hold{hold("a", 1)},
		},
		{
			name: "a commit leaves available as it is", given: ten, holds: []stock.Hold{five}, when: commit(five, 5),
			then:  []stock.Change{stock.Committed{ReservationID: "a", Quantity: 5, ExpiresAt: deadline}},
			after: stock.Levels{OnHand: 5, Policy: low, Version: 3},
		},
		{
			name: "a return is told to be above it", given: stock.Levels{OnHand: 5, Policy: low, Version: 1}, when: giveBack(1),
			then:  []stock.Change{stock.Returned{Source: stock.Source{ReservationID: "a"}, Quantity: 1}, stock.Restocked{Available: 6, Threshold: 5}},
			after: stock.Levels{OnHand: 6, Policy: low, Version: 3},
		},
	} {
		t.Run(s.name, s.check)
	}
}

// TestAnItemReadFromItsNumbersHasNoHolds: it takes the numbers of the events to
// come, and knows of no deadline.
func TestAnItemReadFromItsNumbersHasNoHolds(t *testing.T) {
	var item stock.Item
	require.NoError(t, json.Unmarshal(itemWith(stock.Levels{OnHand: 10, Version: 1}, hold("a", 5)).AppendJSON(nil), &item))
	require.Zero(t, item.HoldCount())
	require.Zero(t, item.Overdue(deadline))
	require.Empty(t, item.Expire(deadline, 9))
	require.Equal(t, item, item.At(deadline))

	for _, c := range []stock.Change{
		stock.Extended{ReservationID: "a", ExpiresAt: deadline, Before: noon},
		stock.Committed{ReservationID: "a", Quantity: 2, ExpiresAt: deadline},
		stock.Released{ReservationID: "a", Quantity: 2, ExpiresAt: deadline},
	} {
		item.Apply(stock.Event{At: noon, Change: c})
	}
	require.Equal(t, stock.Levels{OnHand: 8, Reserved: 1, Version: 5}, item.Levels)
	require.Zero(t, item.HoldCount())
}

func TestApplyPanicsOnAChangeThatItDoesNotKnow(t *testing.T) {
	type unheardOf struct{ stock.Change }
	item := stock.Item{Key: key}
	require.PanicsWithValue(t, "stock: Apply does not know stock_test.unheardOf",
		func() { item.Apply(stock.Event{Change: unheardOf{}}) })
}
