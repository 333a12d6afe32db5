package ledger

import (
	"context"
	"slices"

	"github.com/onhand/onhand/application/inventory"
	"github.com/onhand/onhand/domain/event"
	"github.com/onhand/onhand/domain/reservation"
	"github.com/onhand/onhand/domain/stock"
	"github.com/onhand/onhand/domain/transfer"
	"github.com/onhand/onhand/ports"
)

// slot is one aggregate of a transaction.
type slot[A any] struct {
	value   *A   // nil before the first look
	before  *A   // what value was made of, once the transaction may change it
	own     bool // value belongs to the transaction, which may change it
	changed bool // an event of the transaction says how it came to be
	absent  bool // it did not exist before the transaction
	open    bool // it was open before the transaction; false for items

	expired   bool // an item's overdue holds are written
	prolonged bool // an event of a reservation changed a deadline of an item
	unread    bool // nothing else was asked of the item
}

// writable makes the aggregate the transaction's own. It has been looked at.
func (s *slot[A]) writable() *A {
	if !s.own {
		mine := *s.value
		s.before, s.value, s.own = s.value, &mine, true
	}
	return s.value
}

// slots are the aggregates of a transaction, in the order of its key set.
type slots struct {
	items        []slot[stock.Item]
	reservations []slot[reservation.Reservation]
	transfers    []slot[transfer.Transfer]
}

// publish lets readers see what a durable commit changed. It reports false if the commit must be folded
// after all, as others are: the deadlines of an item's holds change without a version, so that
// the item may have been another one than the decision saw.
func (s *slots) publish(p inventory.Publication) (all bool) {
	all = true
	for i := range s.items {
		if item := &s.items[i]; item.prolonged {
			return false
		} else if item.changed {
			all = p.Item(item.value, item.before) && all
		}
	}
	for i := range s.reservations {
		if s.reservations[i].changed {
			p.Reservation(s.reservations[i].value)
		}
	}
	for i := range s.transfers {
		if s.transfers[i].changed {
			p.Transfer(s.transfers[i].value)
		}
	}
	return all
}

// working is what the accepted commands of an attempt leave, for the commands after them.
type working struct {
	items        map[stock.Key]*stock.Item
	reservations map[string]*reservation.Reservation
	transfers    map[string]*transfer.Transfer
}

// keep lets later commands see what a transaction changed.
func (w *working) keep(tx *Tx) {
	w.items = kept(w.items, tx.set.items, tx.slots.items)
	w.reservations = kept(w.reservations, tx.set.reservations, tx.slots.reservations)
	w.transfers = kept(w.transfers, tx.set.transfers, tx.slots.transfers)
}

func kept[K comparable, A any](values map[K]*A, names []K, slots []slot[A]) map[K]*A {
	for i := range slots {
		if !slots[i].changed && !slots[i].prolonged {
			continue
		}
		if values == nil {
			values = make(map[K]*A, len(slots))
		}
		values[names[i]] = slots[i].value
	}
	return values
}

// supports reports whether a transaction saw what an earlier command of the attempt
// leaves and does not change it. If it were written with that command, and that command
// refused, no version would tell that it stands on nothing.
func (w *working) supports(tx *Tx) bool {
	return relied(w.items, tx.set.items, tx.slots.items) ||
		relied(w.reservations, tx.set.reservations, tx.slots.reservations) ||
		relied(w.transfers, tx.set.transfers, tx.slots.transfers)
}

func relied[K comparable, A any](values map[K]*A, names []K, slots []slot[A]) bool {
	if len(values) == 0 {
		return false
	}
	for i := range slots {
		if slots[i].value == nil || slots[i].changed || slots[i].unread {
			continue
		}
		if _, changed := values[names[i]]; changed {
			return true
		}
	}
	return false
}

// fetch looks up aggregates that are no items: as earlier commands of the attempt left
// them, else as they are published, and closed ones in the log.
func fetch[A interface{ Open() bool }](
	of *inventory.Registry[A], log ports.EventStore, before map[string]*A, ids []string, blank func(id string) *A,
) ([]slot[A], error) {
	if len(ids) == 0 {
		return nil, nil
	}
	slots := make([]slot[A], len(ids))
	for i, id := range ids {
		entry, found := before[id]
		if !found {
			var err error
			if entry, err = of.Find(context.Background(), log, id); err != nil {
				return nil, err
			}
		}
		if entry == nil {
			slots[i] = slot[A]{value: blank(id), absent: true}
			continue
		}
		slots[i] = slot[A]{value: entry, open: (*entry).Open()}
	}
	return slots, nil
}

func blankReservation(id string) *reservation.Reservation { return &reservation.Reservation{ID: id} }

func blankTransfer(id string) *transfer.Transfer { return &transfer.Transfer{ID: id} }

// reservedItems appends the items of a reservation's lines.
func reservedItems(into []stock.Key, r *reservation.Reservation) []stock.Key {
	for _, l := range r.Lines {
		into = append(into, l.Key)
	}
	return into
}

// movedItems appends the items of a transfer's lines, in both stores.
func movedItems(into []stock.Key, t *transfer.Transfer) []stock.Key {
	for _, l := range t.Lines {
		into = append(into, stock.Key{Store: t.From, SKU: l.SKU}, stock.Key{Store: t.To, SKU: l.SKU})
	}
	return into
}

// lines returns the items of a transaction's reservations and transfers.
func (tx *Tx) lines() []stock.Key {
	var items []stock.Key
	for i := range tx.slots.reservations {
		items = reservedItems(items, tx.slots.reservations[i].value)
	}
	for i := range tx.slots.transfers {
		items = movedItems(items, tx.slots.transfers[i].value)
	}
	return items
}

// reliedStreams returns the streams that the transaction changes or relies on: all of its set but those of
// the items of which it only prolongs holds. Their number may be a hundred times that of the rest.
func (tx *Tx) reliedStreams() []event.StreamID {
	unread := func(s slot[stock.Item]) bool { return s.unread }
	if !slices.ContainsFunc(tx.slots.items, unread) {
		return tx.set.streams
	}
	var streams []event.StreamID
	for i, id := range tx.set.streams {
		if i >= len(tx.slots.items) || !tx.slots.items[i].unread {
			streams = append(streams, id)
		}
	}
	return streams
}
