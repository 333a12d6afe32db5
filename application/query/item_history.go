package query

import (
	"context"
	"fmt"

	"github.com/onhand/onhand/application/ledger"
	"github.com/onhand/onhand/domain/event"
	"github.com/onhand/onhand/domain/stock"
	"github.com/onhand/onhand/ports"
)

// Bounds of a page.
const (
	DefaultLimit = 50
	MaxLimit     = 500
)

// ItemHistory asks for an item's events, newest first.
type ItemHistory struct {
	Item   stock.Key
	Limit  int    // 1 to MaxLimit
	Cursor string // where the page before ended, empty for the first page
}

// History is one page of events.
type History struct {
	Events     []ports.StreamEvent
	NextCursor string         // empty on the last page
	Position   event.Position // that the page reflects
}

// Handle reads one page. It gives ErrItemNotFound, ErrMalformedCursor, or what
// ports.EventStore's Stream gives.
func (q ItemHistory) Handle(ctx context.Context, l *ledger.Ledger, store ports.EventStore) (History, error) {
	from, err := decodeCursor(q.Cursor, string(q.Item.Stream()))
	if err != nil {
		return History{}, err
	}
	_, position, err := GetItem{Item: q.Item}.Handle(l)
	if err != nil {
		return History{}, err
	}
	page := History{Position: position}
	for e, err := range store.Stream(ctx, q.Item.Stream(), event.Version(from), ports.Newest) {
		if err != nil {
			return History{}, fmt.Errorf("read history: %w", err)
		}
		if len(page.Events) == q.Limit {
			page.NextCursor = encodeCursor(int64(e.Version), string(q.Item.Stream()))
			break
		}
		page.Events = append(page.Events, e)
	}
	return page, nil
}
