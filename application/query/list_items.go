package query

import (
	"context"

	"github.com/onhand/onhand/application/ledger"
	"github.com/onhand/onhand/domain/event"
	"github.com/onhand/onhand/domain/stock"
)

// ListItems asks for a store's items in the order of their SKUs.
type ListItems struct {
	Store           string
	SKUPrefix       string
	AvailableAtMost *int64 // nil: whatever is available
	Limit           int    // 1 to MaxLimit
	Cursor          string
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
	cursor := cursorFor("items", q.Store, q.SKUPrefix, boundText(q.AvailableAtMost))
	behind, err := cursor.decode(q.Cursor)
	if err != nil {
		return ItemPage{}, err
	}
	page := ItemPage{Position: l.Position()}
	err = l.Walk(ctx, q.Store, behind, q.SKUPrefix, func(item stock.Item) bool {
		if q.AvailableAtMost != nil && item.Available() > *q.AvailableAtMost {
			return true
		}
		if len(page.Items) == q.Limit {
			page.NextCursor = cursor.encode(page.Items[q.Limit-1].SKU)
			return false
		}
		page.Items = append(page.Items, item)
		return true
	})
	return page, err
}
