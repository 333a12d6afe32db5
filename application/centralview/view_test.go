package centralview_test

import (
	"bytes"
	"context"
	"fmt"
	"iter"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/onhand/onhand/adapters/memory"
	"github.com/onhand/onhand/application/centralview"
	"github.com/onhand/onhand/application/projection"
	"github.com/onhand/onhand/domain/event"
	"github.com/onhand/onhand/domain/stock"
	"github.com/onhand/onhand/ports"
)

var (
	ctx  = context.Background()
	noon = time.Date(2026, 3, 1, 12, 0, 0, 123456000, time.UTC)
)

// history creates events of items as the domain decides them.
type history struct {
	items    map[stock.Key]*stock.Item
	position event.Position
}

func newHistory() *history { return &history{items: map[stock.Key]*stock.Item{}} }

func (h *history) item(store, sku string) *stock.Item {
	key := stock.Key{Store: store, SKU: sku}
	if h.items[key] == nil {
		h.items[key] = &stock.Item{Key: key}
	}
	return h.items[key]
}

// happen applies a decision and returns its events as those of the log.
func (h *history) happen(item *stock.Item, events []stock.Event, err error) []ports.StreamEvent {
	if err != nil {
		return nil
	}
	h.position++
	var list []ports.StreamEvent
	for i, e := range events {
		item.Apply(e)
		list = append(list, ports.StreamEvent{Position: h.position, Index: i, Event: ports.Event{
			Stream: item.Stream(), Version: item.Version, Type: e.Change.Type(), Time: e.At, Data: e.AppendJSON(nil),
		}})
	}
	return list
}

func (h *history) adjust(t require.TestingT, store, sku string, delta int64) []ports.StreamEvent {
	item := h.item(store, sku)
	events, err := item.Adjust(delta, stock.Note{}, noon)
	require.NoError(t, err)
	return h.happen(item, events, nil)
}

// any makes a decision at random, which may be refused.
func (h *history) any(t *rapid.T, at time.Time) []ports.StreamEvent {
	item := h.item(fmt.Sprint("S", rapid.IntRange(0, 4).Draw(t, "store")),
		rapid.SampledFrom([]string{"a", "a b", "A/1", "é", "aa"}).Draw(t, "sku"))
	n := rapid.Int64Range(0, 90).Draw(t, "n")
	switch rapid.IntRange(0, 4).Draw(t, "what") {
	case 0:
		events, err := item.Count(n, stock.Note{}, at)
		return h.happen(item, events, err)
	case 1:
		events, err := item.Move(stock.SellableState, stock.DamagedState, n, stock.Note{}, at)
		return h.happen(item, events, err)
	case 2:
		var threshold *int64
		if n%3 > 0 {
			threshold = new(int64)
			*threshold = n % 3 * (n % 2)
		}
		events, err := item.SetPolicy(stock.Policy{SafetyStock: n, OversellLimit: n / 2, LowStockThreshold: threshold}, at)
		return h.happen(item, events, err)
	default:
		events, err := item.Adjust(n-30, stock.Note{}, at)
		return h.happen(item, events, err)
	}
}

func take(t require.TestingT, v *centralview.View, events []ports.StreamEvent) {
	n, err := v.Handle(ctx, events, v.Position()+1)
	require.NoError(t, err)
	require.Equal(t, len(events), n)
}

func nothing(stock.Key) stock.Levels { return stock.Levels{} }

// TestAnyHistoryGivesTheItemsAndTheirSums compares the view with the items themselves, also after
// it was saved and restored.
func TestAnyHistoryGivesTheItemsAndTheirSums(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		h, v := newHistory(), centralview.New()
		for n := range rapid.IntRange(1, 60).Draw(t, "events") {
			events := h.any(t, noon.Add(time.Duration(n)*time.Second))
			take(t, v, events)
			if rapid.IntRange(0, 9).Draw(t, "again") == 0 {
				take(t, v, events) // events that it has change nothing
			}
			if rapid.IntRange(0, 9).Draw(t, "saved") == 0 {
				v = readBack(t, v, h)
			}
		}
		agrees(t, v, h)
		checked, err := v.Check(ctx, func(key stock.Key) stock.Levels { return h.items[key].Levels })
		require.NoError(t, err)
		require.Empty(t, checked.Differences)
		require.Equal(t, checked.Items, checked.Compared)
	})
}

// readBack takes a snapshot of the view, and restores it after later events.
func readBack(t *rapid.T, v *centralview.View, h *history) *centralview.View {
	snapshot := v.Snapshot()
	ahead := newHistory()
	for key, item := range h.items {
		copied := *item
		ahead.items[key] = &copied
	}
	other := centralview.New()
	events := ahead.any(t, noon.Add(time.Hour))
	take(t, v, events)
	require.NoError(t, other.Restore(copied(snapshot)))
	return other
}

// copied returns records that stay valid.
func copied(records iter.Seq[[]byte]) iter.Seq2[[]byte, error] {
	return func(yield func([]byte, error) bool) {
		for record := range records {
			if !yield(bytes.Clone(record), nil) {
				return
			}
		}
	}
}

func agrees(t *rapid.T, v *centralview.View, h *history) {
	bySKU := map[string][]*stock.Item{}
	items := 0
	for _, item := range h.items {
		if item.Exists() {
			bySKU[item.SKU] = append(bySKU[item.SKU], item)
			items++
		}
	}
	require.Equal(t, items, v.Items())
	for sku, list := range bySKU {
		found := v.Get(sku)
		require.Len(t, found.Stores, len(list))
		var want centralview.Totals
		for _, item := range list {
			want.OnHand += item.OnHand
			want.Damaged += item.Damaged
			want.Available += max(0, item.Available())
			want.Short += max(0, -item.Available())
		}
		require.Equal(t, want, found.Totals)
		for i, shown := range found.Stores {
			item := h.items[shown.Key]
			require.True(t, item.Equal(shown.Levels), "%v is in the view as %v", item, shown)
			require.Equal(t, item.UpdatedAt, shown.UpdatedAt)
			require.True(t, i == 0 || found.Stores[i-1].Store < shown.Store)
		}
	}
}

func TestManySKUsInManyStores(t *testing.T) {
	h, v := newHistory(), centralview.New()
	const skus, stores = 700, 3
	for s := range stores {
		for n := range skus {
			take(t, v, h.adjust(t, fmt.Sprint("S", s), fmt.Sprint("sku-", (n*577)%skus), int64(n+1)))
		}
	}
	snapshot := v.Snapshot()
	for n := range skus {
		take(t, v, h.adjust(t, "S1", fmt.Sprint("sku-", n), 1))
	}
	records := 0
	for range snapshot {
		records++
	}
	require.Equal(t, 1+skus*(stores+1), records)
	checked, err := v.Check(ctx, func(key stock.Key) stock.Levels { return h.items[key].Levels })
	require.NoError(t, err)
	require.True(t, checked.Balanced())
	require.Equal(t, skus, checked.SKUs)
	require.Equal(t, int64(stores*skus*(skus+1)/2+skus), checked.Units.OnHand)
	require.Empty(t, v.Get("sku-").Stores, "no SKU is found by a prefix")
	cancelled, cancel := context.WithCancel(ctx)
	cancel()
	_, err = v.Check(cancelled, nothing)
	require.ErrorIs(t, err, context.Canceled)
}

func TestAnEventThatCannotBeRead(t *testing.T) {
	h, v := newHistory(), centralview.New()
	good := h.adjust(t, "S1", "a", 5)
	bad := h.adjust(t, "S1", "b", 5)
	bad[0].Data = []byte(`{"delta":"five"}`)
	wrong := h.adjust(t, "S1", "c", 5)
	wrong[0].Version = 7
	for _, events := range [][]ports.StreamEvent{{good[0], bad[0]}, {good[0], wrong[0]}} {
		n, err := v.Handle(ctx, events, 2)
		require.Error(t, err)
		require.Equal(t, 1, n)
		require.Zero(t, v.Position())
		require.Equal(t, 1, v.Items())
	}
}

func TestADifferenceFromTheLedgerIsFound(t *testing.T) {
	h, v := newHistory(), centralview.New()
	take(t, v, h.adjust(t, "S1", "a", 5))
	checked, err := v.Check(ctx, func(stock.Key) stock.Levels { return stock.Levels{OnHand: 6, Version: 1} })
	require.NoError(t, err)
	require.False(t, checked.Balanced())
	require.Equal(t, "S1", checked.Differences[0].Store)
}

// save keeps a view as a runner would.
func save(t *testing.T, log *memory.EventStore, at int) *memory.CheckpointStore {
	store := &memory.CheckpointStore{}
	runner := projection.New(projection.Dependencies{
		Feed: log, Log: log, Checkpoints: store, DeadLetters: &memory.DeadLetterStore{}, Now: time.Now, Report: func(ports.Incident) {},
		Head: func() event.Position { return log.Head().Position },
	}, projection.Options{
		Name: centralview.Name, New: func() projection.Target { return centralview.New() }, Retry: centralview.Retry,
	})
	runner.Start()
	require.NoError(t, runner.Sync(ctx))
	require.NoError(t, runner.Stop(ctx))
	require.Equal(t, event.Position(at), log.Head().Position)
	return store
}
