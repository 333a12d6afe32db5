package query

import (
	"context"
	"fmt"
	"time"

	"github.com/onhand/onhand/application/ledger"
	"github.com/onhand/onhand/domain/event"
	"github.com/onhand/onhand/domain/stock"
	"github.com/onhand/onhand/ports"
)

// PastItem asks for one item as it was: at Version, or else at the time AsOf.
type PastItem struct {
	Item    stock.Key
	Version event.Version // 0: AsOf counts
	AsOf    time.Time
}

// Handle gives the item as the log tells it, or ErrItemNotFound where it did not
// exist then or never had that version. It reads a number of commits that grows
// with the logarithm of the history's length, squared for a time.
func (q PastItem) Handle(ctx context.Context, l *ledger.Ledger, store ports.EventStore) (stock.Item, event.Position, error) {
	now, position := l.Item(q.Item)
	version := q.Version
	if version == 0 && now.Exists() {
		var err error
		if version, err = q.versionAsOf(ctx, store, now); err != nil {
			return stock.Item{}, position, err
		}
	}
	if version < 1 || version > now.Version {
		return stock.Item{}, position, ErrItemNotFound
	}
	if version == now.Version {
		return now, position, nil
	}
	e, err := eventAt(ctx, store, q.Item, version)
	if err != nil {
		return stock.Item{}, position, err
	}
	return stock.Item{Key: now.Key, Levels: e.After, UpdatedAt: e.At}, position, nil
}

// versionAsOf finds the newest version that had happened at AsOf, 0 for none.
// The times of an item's events never run backwards, so it is found by halving.
func (q PastItem) versionAsOf(ctx context.Context, store ports.EventStore, now stock.Item) (event.Version, error) {
	if !now.UpdatedAt.After(q.AsOf) {
		return now.Version, nil
	}
	before, after := event.Version(0), now.Version // at before it had happened, at after it had not
	for before+1 < after {
		middle := before + (after-before)/2
		e, err := eventAt(ctx, store, q.Item, middle)
		if err != nil {
			return 0, err
		}
		if e.At.After(q.AsOf) {
			after = middle
		} else {
			before = middle
		}
	}
	return before, nil
}

// eventAt reads the event that brought the item to a version.
func eventAt(ctx context.Context, store ports.EventStore, key stock.Key, version event.Version) (stock.Event, error) {
	for e, err := range store.Stream(ctx, key.Stream(), version, ports.Newest) {
		if err != nil {
			return stock.Event{}, fmt.Errorf("read the past: %w", err)
		}
		return stock.Decode(e.Type, e.Time, e.Data)
	}
	return stock.Event{}, ErrItemNotFound
}
