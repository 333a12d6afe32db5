package stock_test

import (
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/onhand/onhand/domain/stock"
)

// deadline is one hour after the time of all decisions here.
var deadline = noon.Add(time.Hour)

func hold(id string, units int64) stock.Hold {
	return stock.Hold{ReservationID: id, Quantity: units, ExpiresAt: deadline}
}

// itemWith is an item with some levels, and then the holds made on it.
func itemWith(l stock.Levels, holds ...stock.Hold) stock.Item {
	item := stock.Item{Key: key, Levels: l}
	for _, h := range holds {
		item.Apply(stock.Event{
			At: noon, Change: stock.Reserved{ReservationID: h.ReservationID, Quantity: h.Quantity, ExpiresAt: h.ExpiresAt},
		})
	}
	return item
}

// story is a scenario of an item with holds: given levels and the holds made
// after them, when a decision, then changes, levels and holds, or a refusal.
type story struct {
	name   string
	given  stock.Levels
	holds  []stock.Hold
	when   decision
	then   []stock.Change
	after  stock.Levels
	left   []stock.Hold
	refuse error
}

func (s story) check(t *testing.T) {
	item := itemWith(s.given, s.holds...)
	levels, holds := item.Levels, slices.Collect(item.Holds())
	events, err := s.when(item)
	require.Equal(t, levels, item.Levels, "a decision changes nothing")
	require.Equal(t, holds, slices.Collect(item.Holds()), "also no hold")
	if s.refuse != nil {
		require.Equal(t, s.refuse, err)
		require.NotEmpty(t, err.Error())
		require.Empty(t, events)
		return
	}
	require.NoError(t, err)
	var changes []stock.Change
	for _, e := range events {
		require.Equal(t, noon, e.At)
		changes = append(changes, e.Change)
		item.Apply(e)
		require.True(t, item.Equal(e.After), "an event tells the levels after it")
		require.Equal(t, item.Reserved, item.HeldUnits())
	}
	require.Equal(t, s.then, changes)
	require.Equal(t, s.after, item.Levels)
	require.Equal(t, s.left, slices.Collect(item.Holds()))
	require.Equal(t, len(s.left), item.HoldCount())
}

func reserve(h stock.Hold) decision {
	return func(i stock.Item) ([]stock.Event, error) { return i.Reserve(h, nil, noon) }
}

func replace(old, h stock.Hold) decision {
	return func(i stock.Item) ([]stock.Event, error) { return i.Reserve(h, &old, noon) }
}

// reserved is the change that makes a hold, and replacing the one that makes it
// in place of another.
func reserved(h stock.Hold) stock.Reserved {
	return stock.Reserved{ReservationID: h.ReservationID, Quantity: h.Quantity, ExpiresAt: h.ExpiresAt}
}

func replacing(old, h stock.Hold) stock.Reserved {
	c := reserved(h)
	c.Replaces = &stock.Replaced{Quantity: old.Quantity, ExpiresAt: old.ExpiresAt}
	return c
}

func TestReserve(t *testing.T) {
	ten := stock.Levels{OnHand: 10, Version: 1}
	oversold := stock.Levels{OnHand: 10, Policy: stock.Policy{OversellLimit: 2}, Version: 1}
	safe := stock.Levels{OnHand: 10, Policy: stock.Policy{SafetyStock: 4}, Version: 1}
	outOfBounds := &stock.QuantityError{Field: "quantity", Limit: stock.MaxQuantity}
	endless := stock.Hold{ReservationID: "a", Quantity: 3}
	for _, s := range []story{
		{
			name: "all that is available can be promised", given: ten, when: reserve(hold("a", 10)),
			then: []stock.Change{reserved(hold("a", 10))}, after: stock.Levels{OnHand: 10, Reserved: 10, Version: 2}, left: []stock.Hold{hold("a", 10)},
		},
		{name: "but not more", given: ten, when: reserve(hold("a", 11)), refuse: short(11, 10)},
		{
			name: "a promise may have no deadline", given: ten, when: reserve(endless),
			then: []stock.Change{reserved(endless)}, after: stock.Levels{OnHand: 10, Reserved: 3, Version: 2}, left: []stock.Hold{endless},
		},
		{
			name: "a hold without a deadline comes last", given: ten, holds: []stock.Hold{endless}, when: reserve(hold("b", 7)),
			then: []stock.Change{reserved(hold("b", 7))}, after: stock.Levels{OnHand: 10, Reserved: 10, Version: 3}, left: []stock.Hold{hold("b", 7), endless},
		},
		{name: "what others hold is not there to promise", given: ten, holds: []stock.Hold{hold("a", 4)}, when: reserve(hold("b", 7)), refuse: short(7, 6)},
		{
			name: "the oversell limit is promised too", given: oversold, when: reserve(hold("a", 12)),
			then: []stock.Change{reserved(hold("a", 12))}, after: stock.Levels{OnHand: 10, Reserved: 12, Policy: oversold.Policy, Version: 2}, left: []stock.Hold{hold("a", 12)},
		},
		{
			name: "what is told to be there is what is available, as the item shows it", given: oversold, when: reserve(hold("a", 13)),
			refuse: &stock.InsufficientError{Lines: []stock.Shortage{{Key: key, Requested: 13, Available: 10, Shortfall: 1}}},
		},
		{
			name: "it lets promise what never was there", given: stock.Levels{Policy: oversold.Policy, Version: 1}, when: reserve(hold("a", 2)),
			then: []stock.Change{reserved(hold("a", 2))}, after: stock.Levels{Reserved: 2, Policy: oversold.Policy, Version: 2}, left: []stock.Hold{hold("a", 2)},
		},
		{
			name: "all but the safety stock can be promised", given: safe, when: reserve(hold("a", 6)),
			then: []stock.Change{reserved(hold("a", 6))}, after: stock.Levels{OnHand: 10, Reserved: 6, Policy: safe.Policy, Version: 2}, left: []stock.Hold{hold("a", 6)},
		},
		{name: "safety stock is kept back", given: safe, when: reserve(hold("a", 7)), refuse: short(7, 6)},
		{name: "damaged units and units in control cannot be promised", given: stock.Levels{OnHand: 10, Damaged: 2, QualityControl: 3, Version: 3}, when: reserve(hold("a", 6)), refuse: short(6, 5)},
		{name: "nor can units on their way", given: stock.Levels{OnHand: 1, Incoming: 9, Version: 2}, when: reserve(hold("a", 2)), refuse: short(2, 1)},
		{name: "an unknown item has nothing available", when: reserve(hold("a", 1)), refuse: short(1, 0)},
		{name: "less than nothing is told as it is", given: stock.Levels{
			OnHand: 1, Policy: stock.Policy{SafetyStock: 3}, Version: 2,
		}, when: reserve(hold("a", 1)), refuse: &stock.InsufficientError{
			Lines: []stock.Shortage{{Key: key, Requested: 1, Available: -2, Shortfall: 3}},
			Terms: []stock.Terms{{Key: key, OnHand: 1, SafetyStock: 3}},
		}},
		{name: "a promise of nothing is none", given: ten, when: reserve(hold("a", 0)), refuse: outOfBounds},
		{name: "nor is one beyond all bounds", given: ten, when: reserve(hold("a", stock.MaxQuantity+1)), refuse: outOfBounds},
	} {
		t.Run(s.name, s.check)
	}
}

func TestReserveInPlaceOfAnEarlierHold(t *testing.T) {
	ten := stock.Levels{OnHand: 10, Version: 1}
	three := stock.Levels{OnHand: 3, Version: 1}
	later := stock.Hold{ReservationID: "a", Quantity: 10, ExpiresAt: deadline.Add(time.Hour)}
	for _, s := range []story{
		{
			name: "a hold is not in its own way", given: ten, holds: []stock.Hold{hold("a", 10)}, when: replace(hold("a", 10), later),
			then: []stock.Change{replacing(hold("a", 10), later)}, after: stock.Levels{OnHand: 10, Reserved: 10, Version: 3}, left: []stock.Hold{later},
		},
		{
			name: "only what it holds more must be there", given: ten, holds: []stock.Hold{hold("a", 6), hold("b", 2)}, when: replace(hold("a", 6), hold("a", 8)),
			then: []stock.Change{replacing(hold("a", 6), hold("a", 8))}, after: stock.Levels{OnHand: 10, Reserved: 10, Version: 4}, left: []stock.Hold{hold("a", 8), hold("b", 2)},
		},
		{
			name: "and is refused where it is not", given: ten, holds: []stock.Hold{hold("a", 6), hold("b", 2)}, when: replace(hold("a", 6), hold("a", 9)),
			refuse: short(9, 8),
		},
		{
			name: "holding as much goes on where promises are broken already", given: three, holds: []stock.Hold{hold("a", 8)}, when: replace(hold("a", 8), hold("a", 8)),
			then: []stock.Change{replacing(hold("a", 8), hold("a", 8))}, after: stock.Levels{OnHand: 3, Reserved: 8, Version: 3}, left: []stock.Hold{hold("a", 8)},
		},
		{
			name: "holding less as well", given: three, holds: []stock.Hold{hold("a", 8)}, when: replace(hold("a", 8), hold("a", 5)),
			then: []stock.Change{replacing(hold("a", 8), hold("a", 5))}, after: stock.Levels{OnHand: 3, Reserved: 5, Version: 3}, left: []stock.Hold{hold("a", 5)},
		},
		{
			name: "holding more does not", given: three, holds: []stock.Hold{hold("a", 8)}, when: replace(hold("a", 8), hold("a", 9)),
			refuse: short(9, 3),
		},
		{
			name: "an endless hold can be replaced", given: ten, holds: []stock.Hold{{ReservationID: "a", Quantity: 2}},
			when: replace(stock.Hold{ReservationID: "a", Quantity: 2}, hold("a", 3)),
			then: []stock.Change{replacing(stock.Hold{ReservationID: "a", Quantity: 2}, hold("a", 3))}, after: stock.Levels{OnHand: 10, Reserved: 3, Version: 3}, left: []stock.Hold{hold("a", 3)},
		},
		{
			name: "a replacement has bounds too", given: ten, holds: []stock.Hold{hold("a", 6)}, when: replace(hold("a", 6), hold("a", -1)),
			refuse: &stock.QuantityError{Field: "quantity", Limit: stock.MaxQuantity},
		},
	} {
		t.Run(s.name, s.check)
	}
}

func TestPromisesStayInBounds(t *testing.T) {
	item := stock.Item{Key: key, Levels: stock.Levels{
		OnHand: stock.MaxQuantity, Policy: stock.Policy{OversellLimit: stock.MaxQuantity}, Version: 1,
	}}
	events, err := item.Reserve(hold("a", stock.MaxQuantity), nil, noon)
	require.NoError(t, err)
	item.Apply(events[0])
	require.NoError(t, item.Check())
	_, err = item.Reserve(hold("b", 1), nil, noon)
	require.Equal(t, &stock.QuantityError{Field: "quantity", Limit: stock.MaxQuantity}, err)
}
