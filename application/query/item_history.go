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

// Handle reads one page of what the log has; holds that expired without an event
// that says so are in no event. It gives ErrItemNotFound, ErrMalformedCursor, or what
// ports.EventStore's Stream gives. Pages stay as they are while events are added.
func (q ItemHistory) Handle(ctx context.Context, l *ledger.Ledger, store ports.EventStore) (History, error) {
	cursor := cursorFor("item history", string(q.Item.Stream()))
	from, err := cursor.version(q.Cursor)
	if err != nil {
		return History{}, err
	}
	item, position, err := GetItem{Item: q.Item}.Handle(ctx, l)
	if err != nil {
		return History{}, err
	}
	if from == 0 {
		from = item.Version
	}
	events, next, err := lastEvents(ctx, store, q.Item, from, q.Limit)
	if err != nil {
		return History{}, err
	}
	page := History{Events: events, Position: position}
	if next > 0 {
		page.NextCursor = cursor.encodeVersion(next)
	}
	return page, nil
}

// lastEvents reads up to limit events from a version backwards, and the version
// that comes next, 0 if there is none.
func lastEvents(
	ctx context.Context, store ports.EventStore, key stock.Key, from event.Version, limit int,
) ([]ports.StreamEvent, event.Version, error) {
	var events []ports.StreamEvent
	for e, err := range store.Stream(ctx, key.Stream(), from, ports.Newest) {
		if err != nil {
			return nil, 0, fmt.Errorf("read history: %w", err)
		}
		events = append(events, e)
		if len(events) == limit {
			return events, e.Version - 1, nil
		}
	}
	return events, 0, nil
}
