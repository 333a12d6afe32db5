package query

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/onhand/onhand/adapters/memory"
	"github.com/onhand/onhand/application/ledger"
	"github.com/onhand/onhand/domain/stock"
	"github.com/onhand/onhand/ports"
)

// TestQuestionsEndWithTheirContext asks long questions for callers that have left.
func TestQuestionsEndWithTheirContext(t *testing.T) {
	store := memory.NewEventStore(time.Minute, time.Now)
	begin := time.Now()
	clock := ledger.NewClock(func() (time.Time, time.Duration) { return time.Now(), time.Since(begin) },
		func(ports.Incident) {})
	l := ledger.New(store, store, clock, func() string { return "id" }, ledger.Options{})
	adjust := func(sku string) {
		key := stock.Key{Store: "S1", SKU: sku}
		decide := func(tx *ledger.Tx) (ledger.Result, error) {
			events, err := tx.Item(key).Adjust(1, stock.Note{}, tx.Now())
			tx.Record(key, events)
			return nil, err
		}
		_, err := l.Execute(t.Context(), ledger.Request{Keys: ledger.Keys{Items: []stock.Key{key}}, Decide: decide})
		require.NoError(t, err)
	}
	for n := range 1000 {
		adjust(fmt.Sprintf("%04d", n))
	}
	for range 20 {
		adjust("0000")
	}
	item := stock.Key{Store: "S1", SKU: "0000"}
	none := int64(-1)
	half, _, err := PastItem{Item: item, Past: Past{Version: 10}}.Handle(t.Context(), l, store)
	require.NoError(t, err)
	for name, ask := range map[string]func(context.Context) error{
		"a filter that no item fits": func(ctx context.Context) error {
			_, err := ListItems{Store: "S1", ItemFilter: ItemFilter{AvailableAtMost: &none}, Limit: 1}.Handle(ctx, l)
			return err
		},
		"history": func(ctx context.Context) error {
			_, err := ItemHistory{Item: item, Limit: 10}.Handle(ctx, l, store)
			return err
		},
		"an explanation": func(ctx context.Context) error {
			_, err := ExplainItem{Item: item}.Handle(ctx, l, store)
			return err
		},
		"a past version": func(ctx context.Context) error {
			_, _, err := PastItem{Item: item, Past: Past{Version: 10}}.Handle(ctx, l, store)
			return err
		},
		"a past time": func(ctx context.Context) error {
			_, _, err := PastItem{Item: item, Past: Past{AsOf: half.UpdatedAt}}.Handle(ctx, l, store)
			return err
		},
	} {
		require.NoError(t, ask(t.Context()), name)
		left, leave := context.WithCancel(t.Context())
		leave()
		require.ErrorIs(t, ask(left), context.Canceled, name)
	}
}
