package stock_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/onhand/onhand/domain/event"
	"github.com/onhand/onhand/domain/stock"
)

var (
	key  = stock.Key{Store: "S1", SKU: "A"}
	noon = time.Date(2026, 3, 1, 12, 0, 0, 123456000, time.UTC)
	note = stock.Note{Reason: "delivery", Reference: "PO-1"}
)

// decision is one question to an item.
type decision func(stock.Item) ([]stock.Event, error)

func adjust(delta int64) decision {
	return func(i stock.Item) ([]stock.Event, error) { return i.Adjust(delta, note, noon) }
}

func count(units int64) decision {
	return func(i stock.Item) ([]stock.Event, error) { return i.Count(units, note, noon) }
}

// short is the refusal of a demand that stock does not cover.
func short(requested, available int64) error {
	return &stock.InsufficientError{Lines: []stock.Shortage{{
		Key: key, Requested: requested, Available: available, Shortfall: requested - available,
	}}}
}

// scenario is one sentence: given levels, when a decision, then a change with
// the units on hand after it, or a refusal.
type scenario struct {
	name   string
	given  stock.Levels
	when   decision
	then   stock.Change
	onHand int64
	refuse error
}

func TestDecisions(t *testing.T) {
	oversold := stock.Policy{OversellLimit: 2}
	for _, s := range []scenario{
		{name: "a positive adjust creates the item", when: adjust(5), then: stock.Adjusted{Delta: 5, Note: note}, onHand: 5},
		{name: "a negative adjust of what does not exist finds nothing", when: adjust(-1), refuse: short(1, 0)},
		{name: "an adjust takes the last unit", given: stock.Levels{OnHand: 3, Version: 1}, when: adjust(-3), then: stock.Adjusted{Delta: -3, Note: note}, onHand: 0},
		{name: "an adjust never goes below zero", given: stock.Levels{OnHand: 3, Version: 1}, when: adjust(-4), refuse: short(4, 3)},
		{name: "damaged units are not there to take", given: stock.Levels{OnHand: 5, Damaged: 2, QualityControl: 1, Version: 4}, when: adjust(-3), refuse: short(3, 2)},
		{
			name: "an adjust does not break promises", given: stock.Levels{OnHand: 5, Reserved: 4, Version: 2}, when: adjust(-2),
			refuse: &stock.WouldBreakReservationsError{Key: key, Sellable: 3, Reserved: 4},
		},
		{name: "an adjust may take all that is not promised", given: stock.Levels{OnHand: 5, Reserved: 4, Version: 2}, when: adjust(-1), then: stock.Adjusted{Delta: -1, Note: note}, onHand: 4},
		{name: "the oversell limit lets promises exceed stock", given: stock.Levels{OnHand: 5, Reserved: 4, Policy: oversold, Version: 2}, when: adjust(-3), then: stock.Adjusted{Delta: -3, Note: note}, onHand: 2},
		{
			name: "but not by more", given: stock.Levels{OnHand: 5, Reserved: 4, Policy: oversold, Version: 2}, when: adjust(-4),
			refuse: &stock.WouldBreakReservationsError{Key: key, Sellable: 1, Reserved: 4, OversellLimit: 2},
		},
		{name: "raising is fine although promises are broken already", given: stock.Levels{OnHand: 1, Reserved: 9, Version: 2}, when: adjust(1), then: stock.Adjusted{Delta: 1, Note: note}, onHand: 2},
		{name: "safety stock may be taken, it is only not for sale", given: stock.Levels{OnHand: 5, Policy: stock.Policy{SafetyStock: 5}, Version: 2}, when: adjust(-5), then: stock.Adjusted{Delta: -5, Note: note}, onHand: 0},
		{name: "an adjust up to the largest quantity", given: stock.Levels{OnHand: 1, Version: 1}, when: adjust(stock.MaxQuantity - 1), then: stock.Adjusted{Delta: stock.MaxQuantity - 1, Note: note}, onHand: stock.MaxQuantity},
		{name: "and not beyond", given: stock.Levels{OnHand: 1, Version: 1}, when: adjust(stock.MaxQuantity), refuse: &stock.QuantityError{Field: "delta", Limit: stock.MaxQuantity}},
		{name: "a delta beyond all bounds does not overflow", given: stock.Levels{OnHand: 1, Version: 1}, when: adjust(-1 << 63), refuse: &stock.QuantityError{Field: "delta", Limit: stock.MaxQuantity}},

		{name: "a count creates the item", when: count(7), then: stock.Counted{OnHand: 7, Note: note}, onHand: 7},
		{name: "a count of nothing creates it too", when: count(0), then: stock.Counted{Note: note}, onHand: 0},
		{name: "a count that changes nothing is still an event", given: stock.Levels{OnHand: 7, Version: 3}, when: count(7), then: stock.Counted{OnHand: 7, Previous: 7, Note: note}, onHand: 7},
		{name: "a count below promises is the truth, and says so", given: stock.Levels{OnHand: 9, Damaged: 1, Reserved: 6, Version: 3}, when: count(4), then: stock.Counted{OnHand: 4, Previous: 9, AtRisk: 3, Note: note}, onHand: 4},
		{
			name: "a count below the known states is a mistake", given: stock.Levels{OnHand: 9, Damaged: 2, QualityControl: 2, Version: 3}, when: count(3),
			refuse: &stock.CountBelowStatesError{Counted: 3, Damaged: 2, QualityControl: 2},
		},
		{name: "a negative count is none", when: count(-1), refuse: &stock.QuantityError{Field: "onHand", Limit: stock.MaxQuantity}},
		{name: "a count beyond the largest quantity neither", when: count(stock.MaxQuantity + 1), refuse: &stock.QuantityError{Field: "onHand", Limit: stock.MaxQuantity}},
	} {
		t.Run(s.name, func(t *testing.T) {
			given := stock.Item{Key: key, Levels: s.given}
			events, err := s.when(given)
			require.Equal(t, s.given, given.Levels, "a decision changes nothing")
			if s.refuse != nil {
				require.Equal(t, s.refuse, err)
				require.NotEmpty(t, err.Error())
				require.Empty(t, events)
				return
			}
			require.NoError(t, err)
			after := s.given
			after.OnHand, after.Version = s.onHand, s.given.Version+1
			require.Equal(t, []stock.Event{{At: noon, Change: s.then, After: after}}, events)
			given.Apply(events[0])
			require.Equal(t, stock.Item{Key: key, Levels: after, UpdatedAt: noon}, given)
		})
	}
}

func TestAvailableFollowsFromTheRest(t *testing.T) {
	l := stock.Levels{
		OnHand: 20, Reserved: 9, Damaged: 2, QualityControl: 3, Incoming: 50, Policy: stock.Policy{SafetyStock: 8},
	}
	require.Equal(t, int64(15), l.Sellable())
	require.Equal(t, int64(-2), l.Available(), "shown as it is")
	require.Zero(t, l.AtRisk())
	l.OnHand = 10
	require.Equal(t, int64(4), l.AtRisk())
}

func TestNames(t *testing.T) {
	for name, want := range map[string]stock.Key{
		"plain":               {Store: "S1", SKU: "A"},
		"slash and space":     {Store: "s.1_x-y", SKU: "A/B 1"},
		"plus and percent":    {Store: "0", SKU: "a+b%2F"},
		"not Latin":           {Store: "S1", SKU: "日本語"},
		"dots but not alone":  {Store: "S1", SKU: "..."},
		"path, but only text": {Store: "S1", SKU: "../../etc"},
	} {
		t.Run(name+" is taken as it is", func(t *testing.T) {
			got, err := stock.NewKey(want.Store, want.SKU)
			require.NoError(t, err)
			require.Equal(t, want, got)
			back, ok := stock.KeyOf(got.Stream())
			require.True(t, ok)
			require.Equal(t, want, back)
		})
	}
	got, err := stock.NewKey("S1", "  e\u0301cole\u00a0 ")
	require.NoError(t, err)
	require.Equal(t, "\u00e9cole", got.SKU, "trimmed and composed")

	long := make([]byte, 129)
	for i := range long {
		long[i] = 'x'
	}
	for _, bad := range []string{
		"", " ", ".", "..", "a\nb", "a\n", "\x00", "a\u200bb", "\u202eabc", "\xff", string(long),
	} {
		_, err := stock.NewKey("S1", bad)
		name := &stock.NameError{}
		require.ErrorAs(t, err, &name, "%q", bad)
		require.Equal(t, "sku", name.Field)
	}
	for _, bad := range []string{"", ".a", "-a", "a/b", "a b", "ä", "..", string(long[:65])} {
		_, err := stock.NewKey(bad, "A")
		name := &stock.NameError{}
		require.ErrorAs(t, err, &name, "%q", bad)
		require.Equal(t, "store", name.Field)
	}
	for _, id := range []event.StreamID{"", "stock", "stock/", "stock/S1", "stock/S1/", "reservation/1"} {
		_, ok := stock.KeyOf(id)
		require.False(t, ok, "%q", id)
	}
}
