package query

import (
	"errors"

	"github.com/onhand/onhand/application/ledger"
	"github.com/onhand/onhand/domain/event"
	"github.com/onhand/onhand/domain/stock"
)

// ErrItemNotFound means that the item has no history.
var ErrItemNotFound = errors.New("the item does not exist")

// GetItem asks for one item as it is now.
type GetItem struct {
	Item stock.Key
}

// Handle gives the item and the position that it reflects, or ErrItemNotFound.
func (q GetItem) Handle(l *ledger.Ledger) (stock.Item, event.Position, error) {
	item, position := l.Item(q.Item)
	if !item.Exists() {
		return stock.Item{}, position, ErrItemNotFound
	}
	return item, position, nil
}
