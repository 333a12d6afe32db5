package ledger

import (
	"context"
	"fmt"
	"slices"

	"github.com/onhand/onhand/domain/event"
	"github.com/onhand/onhand/domain/stock"
)

// Item is the item as it is now, and the position that this reflects: every
// commit up to it is in the answer. An item that does not exist has version 0.
func (l *Ledger) Item(key stock.Key) (stock.Item, event.Position) {
	position := l.horizon.position()
	return l.state.item(key), position
}

// Position is up to where everything is shown.
func (l *Ledger) Position() event.Position { return l.horizon.position() }

// walkStep is how many items a walk takes up at a time. Only meanwhile it holds
// back new items, never writes to those that exist.
const walkStep = 256

// Walk visits a store's items whose SKUs lie behind a SKU and begin with prefix,
// in the order of their SKUs, each as it is when its turn comes, until visit
// returns false or ctx ends. Items that are created meanwhile are visited if
// they lie ahead.
func (l *Ledger) Walk(ctx context.Context, store, behind, prefix string, visit func(stock.Item) bool) error {
	var step []*shown
	for {
		l.state.mu.RLock()
		if shelf := l.state.shelves[store]; shelf != nil {
			step = shelf.next(step[:0], behind, prefix, walkStep)
		}
		l.state.mu.RUnlock()
		for _, place := range step {
			item := *place.Load()
			if behind = item.SKU; item.Exists() && !visit(item) {
				return nil
			}
		}
		if len(step) < walkStep {
			return nil
		}
		if err := ctx.Err(); err != nil {
			return err
		}
	}
}

// StoreSize is a store and how many items it has.
type StoreSize struct {
	Store string `json:"store"`
	Items int    `json:"items"`
}

// Stores lists up to n stores behind a name, in the order of their names.
func (l *Ledger) Stores(behind string, n int) []StoreSize {
	l.state.mu.RLock()
	defer l.state.mu.RUnlock()
	at, found := slices.BinarySearch(l.state.stores, behind)
	if found {
		at++
	}
	list := []StoreSize{}
	for _, name := range l.state.stores[at:] {
		if len(list) == n {
			break
		}
		list = append(list, StoreSize{Store: name, Items: l.state.shelves[name].count})
	}
	return list
}

// Size is how many items there are.
func (l *Ledger) Size() int {
	l.state.mu.RLock()
	defer l.state.mu.RUnlock()
	return len(l.state.items)
}

// StoreCount is how many stores there are.
func (l *Ledger) StoreCount() int {
	l.state.mu.RLock()
	defer l.state.mu.RUnlock()
	return len(l.state.stores)
}

// WaitFor returns once everything up to position p is shown, or ErrBehind when
// ctx ends before that.
func (l *Ledger) WaitFor(ctx context.Context, p event.Position) error {
	reached, giveUp := l.horizon.wait(p)
	if reached == nil {
		return nil
	}
	defer giveUp()
	select {
	case <-reached:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("%w: %w", ErrBehind, ctx.Err())
	}
}

// Waiting is how many commands are at work or waiting.
func (l *Ledger) Waiting() int { return l.lanes.waiting() }
