package query

import (
	"context"
	"time"

	"github.com/onhand/onhand/application/ledger"
	"github.com/onhand/onhand/domain/event"
	"github.com/onhand/onhand/domain/stock"
	"github.com/onhand/onhand/ports"
)

// PastItem asks for one item as it was.
type PastItem struct {
	Item stock.Key
	Past
}

// Handle gives the item as the log tells it, or ErrItemNotFound where it did not
// exist then or never had that version. A time after now is a *FutureError. A hold is
// expired from its deadline on, whenever the log came to say so. It reads a number of commits that grows with the logarithm of the
// history's length, squared for a time.
func (q PastItem) Handle(
	ctx context.Context, l *ledger.Ledger, store ports.EventStore,
) (stock.Item, event.Position, error) {
	q.AsOf = l.LogTimeOf(q.AsOf)
	written, now, position, err := l.ItemWritten(ctx, q.Item)
	if err == nil {
		err = q.known(now)
	}
	if err != nil {
		return stock.Item{}, position, err
	}
	item, found, err := q.from(ctx, store, written, now)
	if err == nil && !found {
		err = ErrItemNotFound
	}
	return item, position, err
}

func (q PastItem) from(
	ctx context.Context, store ports.EventStore, written stock.Item, now time.Time,
) (stock.Item, bool, error) {
	version := q.Version
	switch {
	case !written.Exists():
		return written, false, nil
	case version >= written.Version:
		item, reached := written.AtVersion(version, now)
		return item, reached, nil
	case version > 0:
	case !written.UpdatedAt.After(q.AsOf):
		return written.At(q.AsOf), true, nil
	default:
		var err error
		if version, err = q.version(ctx, store, q.Item.Stream(), written.Version); err != nil || version == 0 {
			return stock.Item{}, false, err
		}
	}
	e, found, err := eventAt(ctx, store, q.Item.Stream(), version)
	if err != nil || !found {
		return stock.Item{}, false, err
	}
	fact, err := stock.Decode(e.Type, e.Time, e.Data)
	return stock.Item{Key: written.Key, Levels: fact.After, UpdatedAt: fact.At}, true, err
}
