package query

import (
	"strconv"

	"github.com/onhand/onhand/application/inventory"
	"github.com/onhand/onhand/application/ledger"
	"github.com/onhand/onhand/domain/event"
)

// ListStores asks for all stores in the order of their names.
type ListStores struct {
	Limit  int // 1 to MaxLimit
	Cursor string
}

// StorePage is one page of stores.
type StorePage struct {
	Stores     []inventory.StoreSize
	NextCursor string         // empty on the last page
	Position   event.Position // that the page reflects at least
}

// Handle gives one page, or ErrMalformedCursor.
func (q ListStores) Handle(l *ledger.Ledger) (StorePage, error) {
	cursor := cursorFor("stores")
	behind, err := cursor.decode(q.Cursor)
	if err != nil {
		return StorePage{}, err
	}
	page := StorePage{Position: l.Position(), Stores: l.Inventory().Stores(behind, q.Limit+1)}
	if len(page.Stores) > q.Limit {
		page.Stores = page.Stores[:q.Limit]
		page.NextCursor = cursor.encode(page.Stores[q.Limit-1].Store)
	}
	return page, nil
}

// boundText is an optional number as part of a question.
func boundText(bound *int64) string {
	if bound == nil {
		return ""
	}
	return strconv.FormatInt(*bound, 10)
}
