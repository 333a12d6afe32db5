package query

import (
	"context"
	"slices"
	"strings"

	"github.com/onhand/onhand/application/ledger"
	"github.com/onhand/onhand/domain/event"
	"github.com/onhand/onhand/domain/stock"
)

// ListItems asks for the items of a store in the order of their SKUs, or of all stores in the order
// of stores and SKUs.
type ListItems struct {
	Store  string   // empty: all
	Stores []string // of all, those that the list is about; empty: all
	ItemFilter
	Limit  int // 1 to MaxLimit
	Cursor string
}

// ItemPage is one page of items.
type ItemPage struct {
	Items      []stock.Item
	NextCursor string         // empty on the last page
	Position   event.Position // that the page reflects at least
}

// Handle gives one page. While items are written, every item that exists all the
// time and fits all the time is on exactly one page. A filter that few items fit
// is looked for through all items, as long as ctx lasts.
func (q ListItems) Handle(ctx context.Context, l *ledger.Ledger) (ItemPage, error) {
	q.ItemFilter = q.normal()
	q.Stores = slices.Compact(slices.Sorted(slices.Values(q.Stores)))
	cursor := cursorFor(append([]string{"items", q.Store, strings.Join(q.Stores, "\n")}, q.asked()...)...)
	end, err := cursor.decode(q.Cursor)
	if err != nil {
		return ItemPage{}, err
	}
	after := stock.Key{Store: q.Store, SKU: end}
	if q.Store == "" {
		after.Store, after.SKU, _ = strings.Cut(end, endOfStore)
	}
	page := ItemPage{Position: l.Position()}
	err = q.visit(ctx, l, after, func(item stock.Item) bool {
		if !q.fits(&item) {
			return true
		}
		if len(page.Items) == q.Limit {
			page.NextCursor = cursor.encode(q.end(page.Items[q.Limit-1].Key))
			return false
		}
		page.Items = append(page.Items, item)
		return true
	})
	return page, err
}

// endOfStore ends the store in the cursor of a list over all stores; no name has it.
const endOfStore = "\x00"

// end returns where a page ends.
func (q *ListItems) end(last stock.Key) string {
	if q.Store == "" {
		return last.Store + endOfStore + last.SKU
	}
	return last.SKU
}

// visit visits the items after a key that may fit, in order, until more returns false.
func (q *ListItems) visit(ctx context.Context, l *ledger.Ledger, after stock.Key, more func(stock.Item) bool) error {
	if q.Store != "" {
		_, err := q.visitStore(ctx, l, after, more)
		return err
	}
	if after.Store != "" { // the page before may have ended within it
		if on, err := q.visitStore(ctx, l, after, more); err != nil || !on {
			return err
		}
	}
	for {
		stores := q.storesAfter(l, after.Store)
		for _, store := range stores {
			after = stock.Key{Store: store}
			if on, err := q.visitStore(ctx, l, after, more); err != nil || !on {
				return err
			}
		}
		if len(stores) < MaxLimit {
			return nil
		}
	}
}

// storesAfter returns up to MaxLimit of the list's stores after a name, in order.
func (q *ListItems) storesAfter(l *ledger.Ledger, name string) (stores []string) {
	if len(q.Stores) > 0 {
		at, found := slices.BinarySearch(q.Stores, name)
		if found {
			at++
		}
		return q.Stores[at:]
	}
	for _, s := range l.Inventory().Stores(name, MaxLimit) {
		stores = append(stores, s.Store)
	}
	return stores
}

// visitStore visits those of one store, and reports whether more may follow.
func (q *ListItems) visitStore(
	ctx context.Context, l *ledger.Ledger, after stock.Key, more func(stock.Item) bool,
) (on bool, err error) {
	on = true
	if len(q.SKUs) == 0 {
		err = l.Walk(ctx, after.Store, after.SKU, q.SKUPrefix, func(item stock.Item) bool {
			on = more(item)
			return on
		})
		return on, err
	}
	for _, sku := range q.SKUs {
		if sku <= after.SKU || !strings.HasPrefix(sku, q.SKUPrefix) {
			continue
		}
		if err := ctx.Err(); err != nil {
			return false, err
		}
		item, _, err := l.Item(ctx, stock.Key{Store: after.Store, SKU: sku})
		if err != nil {
			return false, err
		}
		if item.Exists() && !more(item) {
			return false, nil
		}
	}
	return true, nil
}
