package ledger

import (
	"context"
	"fmt"
	"slices"

	"github.com/onhand/onhand/application/inventory"
	"github.com/onhand/onhand/domain/event"
	"github.com/onhand/onhand/domain/reservation"
	"github.com/onhand/onhand/domain/stock"
	"github.com/onhand/onhand/domain/transfer"
	"github.com/onhand/onhand/ports"
)

// openTable names, in errors, the reservations and transfers that are kept in
// memory because they are open.
const openTable = "open reservations and transfers"

// fetch looks up the reservations and transfers of a transaction: as the round
// left them, else as they are shown, and closed ones in the log.
func (l *Ledger) fetch(r *round, tx *Tx) error {
	at := len(tx.set.items)
	err := fetch(l.state.Reservations(), l.store, r.working, tx.set.reservations, tx.slots[at:],
		func(id string) *reservation.Reservation { return &reservation.Reservation{ID: id} })
	if err != nil {
		return err
	}
	at += len(tx.set.reservations)
	return fetch(l.state.Transfers(), l.store, r.working, tx.set.transfers, tx.slots[at:],
		func(id string) *transfer.Transfer { return &transfer.Transfer{ID: id} })
}

func fetch[A any](b *inventory.Registry[A], store ports.EventStore, working map[event.StreamID]any, ids []string, into []slot, blank func(string) *A) error {
	for i, id := range ids {
		if value, ok := working[b.Stream(id)]; ok {
			into[i].value = value
			continue
		}
		entry, err := b.Find(context.Background(), store, id)
		if err != nil {
			return err
		}
		if entry == nil {
			entry = blank(id)
		}
		into[i].value = entry
	}
	return nil
}

// lines are the items of a transaction's reservations and transfers.
func (tx *Tx) lines() []stock.Key {
	var items []stock.Key
	for _, s := range tx.slots[len(tx.set.items):] {
		items = append(items, itemsOf(s.value)...)
	}
	return items
}

func itemsOf(aggregate any) []stock.Key {
	var items []stock.Key
	switch a := aggregate.(type) {
	case *reservation.Reservation:
		for _, l := range a.Lines {
			items = append(items, l.Key)
		}
	case *transfer.Transfer:
		for _, l := range a.Lines {
			items = append(items, stock.Key{Store: a.From, SKU: l.SKU}, stock.Key{Store: a.To, SKU: l.SKU})
		}
	default:
		panic(fmt.Sprintf("ledger: itemsOf does not know %T", a))
	}
	return items
}

// resolve makes the key set of a request, as things are now. One that is larger
// than any commit can be is refused before it takes lanes.
func (l *Ledger) resolve(ctx context.Context, k Keys) (keySet, error) {
	if k.Lines {
		var err error
		if k.Items, err = l.withLines(ctx, k); err != nil {
			return keySet{}, err
		}
	}
	set := newKeySet(k)
	if n := len(set.streams); n > l.limits.Events {
		return keySet{}, &ports.TooLargeError{What: "streams", Size: n, Limit: l.limits.Events}
	}
	return set, nil
}

// withLines are the items of a request, and those of the lines of its
// reservations and transfers.
func (l *Ledger) withLines(ctx context.Context, k Keys) ([]stock.Key, error) {
	items := slices.Clone(k.Items) // the request keeps its own
	for _, id := range k.Reservations {
		r, err := l.state.Reservations().Find(ctx, l.store, id)
		if err != nil {
			return nil, err
		}
		if r != nil {
			items = append(items, itemsOf(r)...)
		}
	}
	for _, id := range k.Transfers {
		t, err := l.state.Transfers().Find(ctx, l.store, id)
		if err != nil {
			return nil, err
		}
		if t != nil {
			items = append(items, itemsOf(t)...)
		}
	}
	return items, nil
}

// opens is how many more reservations and transfers are open once a transaction
// is shown.
func (l *Ledger) opens(tx *Tx) int {
	opened := 0
	for _, s := range tx.slots[len(tx.set.items):] {
		if !s.changed {
			continue
		}
		switch a := s.value.(type) {
		case *reservation.Reservation:
			opened += one(l.state.Reservations().WouldOpen(a))
		case *transfer.Transfer:
			opened += one(l.state.Transfers().WouldOpen(a))
		}
	}
	return opened
}

func one(more bool) int {
	if more {
		return 1
	}
	return 0
}

// room refuses to open more reservations and transfers than may be, those
// counted that are on their way to the log.
func (l *Ledger) room(opens int) error {
	if opens == 0 {
		return nil
	}
	open := l.state.Reservations().Count() + l.state.Transfers().Count() + int(l.opening.Load())
	if open+opens > l.maxOpen {
		return &ports.LimitError{Table: openTable, Limit: l.maxOpen}
	}
	return nil
}
