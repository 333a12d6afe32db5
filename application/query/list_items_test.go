package query

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/onhand/onhand/adapters/memory"
	"github.com/onhand/onhand/application/ledger"
	"github.com/onhand/onhand/domain/stock"
	"github.com/onhand/onhand/ports"
)

// pagesOf returns the names of all items of a list, read in pages.
func pagesOf(t *testing.T, l *ledger.Ledger, q ListItems) (names []string) {
	for {
		page, err := q.Handle(t.Context(), l)
		require.NoError(t, err)
		require.LessOrEqual(t, len(page.Items), q.Limit)
		for _, item := range page.Items {
			names = append(names, item.Store+"/"+item.SKU)
		}
		if q.Cursor = page.NextCursor; q.Cursor == "" {
			return names
		}
	}
}

func TestAListOverAllStoresHasEachItemOnce(t *testing.T) {
	l := stocked(t, 3, 5)
	var all, some []string
	for store := range 3 {
		for sku := range 5 {
			name := fmt.Sprintf("S%d/sku-%d", store, sku)
			if all = append(all, name); sku == 1 || sku == 3 {
				some = append(some, name)
			}
		}
	}
	twoOf := ItemFilter{SKUs: []string{"sku-3", "unknown", "sku-1", "sku-3"}}
	for limit := 1; limit < 17; limit++ {
		require.Equal(t, all, pagesOf(t, l, ListItems{Limit: limit}))
		require.Equal(t, some, pagesOf(t, l, ListItems{Limit: limit, ItemFilter: twoOf}))
		require.Equal(t, all[5:10], pagesOf(t, l, ListItems{Limit: limit, Store: "S1"}))
		require.Equal(t, some[2:4], pagesOf(t, l, ListItems{Limit: limit, Store: "S1", ItemFilter: twoOf}))
	}
	for limit := 1; limit < 7; limit++ {
		q := ListItems{Limit: limit, Stores: []string{"S2", "none", "S0", "S2"}, ItemFilter: twoOf}
		require.Equal(t, append(slices.Clone(some[:2]), some[4:]...), pagesOf(t, l, q))
	}
	twoOf.SKUPrefix = "sku-3"
	require.Equal(t, []string{"S1/sku-3"}, pagesOf(t, l, ListItems{Limit: 9, Store: "S1", ItemFilter: twoOf}))
}

func TestACursorOfItemsBelongsToItsFilter(t *testing.T) {
	l := stocked(t, 2, 3)
	page, err := ListItems{Limit: 1}.Handle(t.Context(), l)
	require.NoError(t, err)
	for _, other := range []ListItems{
		{Store: "S1"},
		{Stores: []string{"S1"}},
		{ItemFilter: ItemFilter{Low: true}},
		{ItemFilter: ItemFilter{Negative: true}},
		{ItemFilter: ItemFilter{AtRisk: true}},
		{ItemFilter: ItemFilter{SKUs: []string{"sku-1"}}},
	} {
		other.Limit, other.Cursor = 1, page.NextCursor
		_, err := other.Handle(t.Context(), l)
		require.ErrorIs(t, err, ErrMalformedCursor)
	}
}

func TestAnItemIsSelectedByItsOwnNumbers(t *testing.T) {
	five := int64(5)
	items := map[string]stock.Levels{
		"ample":     {OnHand: 6, Policy: stock.Policy{LowStockThreshold: &five}},
		"low":       {OnHand: 5, Policy: stock.Policy{LowStockThreshold: &five}},
		"no mark":   {OnHand: 0},
		"kept back": {OnHand: 1, Policy: stock.Policy{SafetyStock: 2}},
		"at risk":   {OnHand: 1, Reserved: 2},
	}
	for name, c := range map[string]struct {
		filter ItemFilter
		want   []string
	}{
		"all":           {ItemFilter{}, []string{"ample", "at risk", "kept back", "low", "no mark"}},
		"low":           {ItemFilter{Low: true}, []string{"low"}},
		"negative":      {ItemFilter{Negative: true}, []string{"at risk", "kept back"}},
		"at risk":       {ItemFilter{AtRisk: true}, []string{"at risk"}},
		"two of them":   {ItemFilter{Negative: true, AtRisk: true}, []string{"at risk"}},
		"none has both": {ItemFilter{Low: true, Negative: true}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			var got []string
			for name, levels := range items {
				if c.filter.fits(&stock.Item{Levels: levels}) {
					got = append(got, name)
				}
			}
			slices.Sort(got)
			require.Equal(t, c.want, got)
		})
	}
}

// stocked returns a ledger with one unit of each of some SKUs in each of some stores.
func stocked(t *testing.T, stores, skus int) *ledger.Ledger {
	store := memory.NewEventStore(time.Minute, time.Now)
	begin := time.Now()
	clock := ledger.NewClock(func() (time.Time, time.Duration) { return time.Now(), time.Since(begin) },
		func(ports.Incident) {})
	l := ledger.New(store, store, clock, func() string { return "id" }, ledger.Options{})
	for n := range stores * skus {
		key := stock.Key{Store: fmt.Sprintf("S%d", n%stores), SKU: fmt.Sprintf("sku-%d", n/stores)}
		decide := func(tx *ledger.Tx) (ledger.Result, error) {
			events, err := tx.Item(key).Adjust(1, stock.Note{}, tx.Now())
			tx.Record(key, events)
			return nil, err
		}
		_, err := l.Execute(t.Context(), ledger.Request{Keys: ledger.Keys{Items: []stock.Key{key}}, Decide: decide})
		require.NoError(t, err)
	}
	return l
}
