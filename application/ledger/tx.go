package ledger

import (
	"fmt"
	"time"

	"github.com/onhand/onhand/application/inventory"
	"github.com/onhand/onhand/domain/event"
	"github.com/onhand/onhand/domain/reservation"
	"github.com/onhand/onhand/domain/stock"
	"github.com/onhand/onhand/domain/transfer"
	"github.com/onhand/onhand/ports"
)

// maxExpired is how many overdue holds a commit writes at most, beside what it
// is about. Where more are overdue, they are written in commits of their own.
const maxExpired = 1000

// Tx is what a decision sees and does: items, reservations and transfers as all
// decisions before it left them, and the events that it records. Asking for one
// that the request did not name is a programming error and panics.
type Tx struct {
	now   time.Time
	set   *keySet
	slots []slot  // one for each stream of the set
	one   [1]slot // the slots of a set of one
	round *round
	state *inventory.State

	limits     ports.CommitLimits
	facts      []ports.Event
	news       []stock.Event // those of items, as the domain has them
	bytes      int           // of the facts' data
	validUntil time.Time
	expired    int  // overdue holds written so far
	crowded    bool // more than maxExpired are overdue: they must be written first
}

// slot is one aggregate of a transaction: a *stock.Item, *reservation.Reservation
// or *transfer.Transfer, nil before the first look.
type slot struct {
	value   any
	own     bool // value belongs to the transaction
	changed bool // an event of the transaction says how it came to be
}

// Now is the time of the decision.
func (tx *Tx) Now() time.Time { return tx.now }

// Until notes that the decision relies on a deadline that has not come; zero is
// no deadline.
func (tx *Tx) Until(deadline time.Time) {
	if !deadline.IsZero() && (tx.validUntil.IsZero() || deadline.Before(tx.validUntil)) {
		tx.validUntil = deadline
	}
}

// Item is the item as it is for this command, its own events included. Holds
// whose deadline has come are expired.
func (tx *Tx) Item(key stock.Key) stock.Item {
	return tx.look(tx.place(tx.set.item(key), key)).(*stock.Item).At(tx.now)
}

// Overdue is how many holds of an item came to their deadline without an event
// that says so.
func (tx *Tx) Overdue(key stock.Key) int {
	return tx.look(tx.place(tx.set.item(key), key)).(*stock.Item).Overdue(tx.now)
}

// Reservation is the reservation as its history left it, this command's events
// included. What its deadline means is for its decisions to say.
func (tx *Tx) Reservation(id string) reservation.Reservation {
	return *tx.look(tx.place(tx.set.reservation(id), id)).(*reservation.Reservation)
}

// Transfer is the transfer as it is for this command.
func (tx *Tx) Transfer(id string) transfer.Transfer {
	return *tx.look(tx.place(tx.set.transfer(id), id)).(*transfer.Transfer)
}

// Record takes over the events of a decision on an item. The first ones on an
// item follow those of its overdue holds.
func (tx *Tx) Record(key stock.Key, events []stock.Event) {
	i := tx.place(tx.set.item(key), key)
	item := tx.expire(i)
	tx.apply(i, item, events)
}

// RecordReservation takes over the events of a decision on a reservation. Where
// it came to its deadline, its items say so first.
func (tx *Tx) RecordReservation(id string, events []reservation.Event) {
	i := tx.place(tx.set.reservation(id), id)
	r := own[reservation.Reservation](tx, i)
	for _, e := range events {
		if _, expired := e.Change.(reservation.Expired); expired {
			tx.expireLines(r)
		}
		r.Apply(e)
		tx.fact(i, r.Version, e.Change.Type(), e.At, e.AppendJSON)
	}
}

// RecordTransfer takes over the events of a decision on a transfer.
func (tx *Tx) RecordTransfer(id string, events []transfer.Event) {
	i := tx.place(tx.set.transfer(id), id)
	t := own[transfer.Transfer](tx, i)
	for _, e := range events {
		t.Apply(e)
		tx.fact(i, t.Version, e.Change.Type(), e.At, e.AppendJSON)
	}
}

// expireLines writes the overdue holds of a reservation's items, as far as the
// request names them; the others have been written before.
func (tx *Tx) expireLines(r *reservation.Reservation) {
	for _, l := range r.Lines {
		if i := tx.set.item(l.Key); i >= 0 {
			tx.expire(i)
		}
	}
}

// expire makes an item the transaction's own, with its overdue holds written.
func (tx *Tx) expire(i int) *stock.Item {
	if tx.slots[i].own {
		return tx.slots[i].value.(*stock.Item)
	}
	item := own[stock.Item](tx, i)
	overdue := item.Overdue(tx.now)
	if overdue == 0 {
		return item
	}
	if tx.expired += overdue; tx.expired > maxExpired {
		tx.crowded = true
		*item = item.At(tx.now)
		return item
	}
	tx.apply(i, item, item.Expire(tx.now, overdue))
	return item
}

// crowd lists the items that have overdue holds to write.
func (tx *Tx) crowd() []stock.Key {
	var items []stock.Key
	for i, key := range tx.set.items {
		if tx.base(i).(*stock.Item).Overdue(tx.now) > 0 {
			items = append(items, key)
		}
	}
	return items
}

// written are the streams that the transaction has events on, each once.
func (tx *Tx) written() []event.StreamID {
	var list []event.StreamID
	for i, s := range tx.slots {
		if s.changed {
			list = append(list, tx.set.streams[i])
		}
	}
	return list
}

// expireSome writes up to n overdue holds of an item and nothing else.
func (tx *Tx) expireSome(key stock.Key, n int) {
	i := tx.place(tx.set.item(key), key)
	item := own[stock.Item](tx, i)
	tx.apply(i, item, item.Expire(tx.now, n))
}

func (tx *Tx) apply(i int, item *stock.Item, events []stock.Event) {
	if tx.news == nil {
		tx.news = make([]stock.Event, 0, max(len(events), len(tx.set.items)))
	}
	tx.news = append(tx.news, events...)
	for _, e := range events {
		item.Apply(e)
		tx.fact(i, item.Version, e.Change.Type(), e.At, e.AppendJSON)
	}
}

// eventSize is what an event on an item usually takes, in bytes.
const eventSize = 320

func (tx *Tx) fact(i int, version event.Version, name event.Type, at time.Time, data func([]byte) []byte) {
	if tx.facts == nil {
		tx.facts = make([]ports.Event, 0, len(tx.set.streams))
	}
	tx.slots[i].changed = true
	text := data(make([]byte, 0, eventSize))
	tx.bytes += len(text)
	tx.facts = append(tx.facts, ports.Event{Stream: tx.set.streams[i], Version: version, Type: name, Time: at, Data: text})
}

// Fits is *ports.TooLargeError where more is recorded than one commit may hold.
// The ledger refuses it in any case; who records much can stop early.
func (tx *Tx) Fits() error { return tx.limits.Check(len(tx.facts), tx.bytes) }

// base is what a stream's aggregate was before the transaction: as earlier commands
// of the round left it, or as it is shown. fetch has looked up what is no item.
func (tx *Tx) base(i int) any {
	if value, ok := tx.round.working[tx.set.streams[i]]; ok {
		return value
	}
	return tx.state.Item(tx.set.items[i])
}

// look is what a slot holds; the caller must not change it.
func (tx *Tx) look(i int) any {
	s := &tx.slots[i]
	if s.value == nil {
		s.value = tx.base(i)
	}
	return s.value
}

// own makes what a slot holds the transaction's own, to be changed.
func own[A any](tx *Tx, i int) *A {
	value := tx.look(i).(*A)
	if tx.slots[i].own {
		return value
	}
	mine := *value
	tx.slots[i] = slot{value: &mine, own: true}
	return &mine
}

// place checks that the request names what is asked for.
func (tx *Tx) place(i int, name any) int {
	if i < 0 {
		panic(fmt.Sprintf("ledger: the request does not name %v", name))
	}
	return i
}
