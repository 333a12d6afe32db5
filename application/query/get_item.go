package query

import (
	"context"
	"errors"

	"github.com/onhand/onhand/application/ledger"
	"github.com/onhand/onhand/domain/event"
	"github.com/onhand/onhand/domain/stock"
)

// ErrItemNotFound means that the item has no history.
var ErrItemNotFound = errors.New("the item does not exist, or did not exist at the requested time or version")

// GetItem asks for one item as it is now.
type GetItem struct {
	Item stock.Key
}

// Handle gives the item and the position that it reflects, ErrItemNotFound, or
// ctx's error: it may have to wait for decisions under way.
func (q GetItem) Handle(ctx context.Context, l *ledger.Ledger) (stock.Item, event.Position, error) {
	item, position, err := l.Item(ctx, q.Item)
	if err != nil {
		return stock.Item{}, position, err
	}
	if !item.Exists() {
		return stock.Item{}, position, ErrItemNotFound
	}
	return item, position, nil
}
