package ledger

import (
	"context"
	"slices"
	"strings"

	"github.com/onhand/onhand/domain/reservation"
	"github.com/onhand/onhand/domain/stock"
	"github.com/onhand/onhand/domain/transfer"
)

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
			step = shelf.from(step[:0], func(s *shown) bool { return s.Load().SKU > behind && s.Load().SKU >= prefix }, walkStep)
		}
		l.state.mu.RUnlock()
		for _, place := range step {
			item := *place.Load()
			if behind = item.SKU; !strings.HasPrefix(behind, prefix) {
				return nil
			}
			if item.HoldCount() > 0 {
				var err error
				if item, _, err = l.Item(ctx, item.Key); err != nil {
					return err
				}
			}
			if item.Exists() && !visit(item) {
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

// Scope says which reservations or transfers a walk visits.
type Scope struct {
	Open   bool // those that the log leaves open
	Closed bool // those that it does not
}

// WalkReservations visits reservations in the order of their ids, those behind
// one id, each as it is when its turn comes, until visit returns false or ctx
// ends. Closed ones are read from the log, one by one.
func (l *Ledger) WalkReservations(ctx context.Context, behind string, scope Scope, visit func(reservation.Reservation) bool) error {
	return walkBook(ctx, l.state.reservations, behind, scope, func(id string) (bool, error) {
		r, _, err := l.Reservation(ctx, id)
		return err == nil && visit(r), err
	})
}

// WalkTransfers does the same with transfers.
func (l *Ledger) WalkTransfers(ctx context.Context, behind string, scope Scope, visit func(transfer.Transfer) bool) error {
	return walkBook(ctx, l.state.transfers, behind, scope, func(id string) (bool, error) {
		t, _, err := l.Transfer(ctx, id)
		return err == nil && visit(t), err
	})
}

func walkBook[A any](ctx context.Context, b *book[A], behind string, scope Scope, visit func(id string) (bool, error)) error {
	var step []string
	for {
		step = b.names(step[:0], behind, scope, walkStep)
		for _, id := range step {
			if err := ctx.Err(); err != nil {
				return err
			}
			if more, err := visit(id); err != nil || !more {
				return err
			}
			behind = id
		}
		if len(step) < walkStep {
			return nil
		}
	}
}

// OpenReservations is how many reservations are open.
func (l *Ledger) OpenReservations() int { return l.state.reservations.size() }

// OpenTransfers is how many transfers are open.
func (l *Ledger) OpenTransfers() int { return l.state.transfers.size() }

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
