package ledger

import (
	"fmt"
	"time"

	"github.com/onhand/onhand/application/inventory"
	"github.com/onhand/onhand/domain/answer"
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
	now     time.Time
	limits  ports.CommitLimits
	set     *keySet
	slots   slots
	one     [1]slot[stock.Item] // the slots of a set of one item
	working *working
	state   *inventory.State

	events     []ports.Event
	itemEvents []stock.Event // those of items, as the domain has them
	bytes      int           // of the events' data
	validUntil time.Time
	expired    int  // overdue holds written so far
	crowded    bool // more than maxExpired are overdue: they must be written first
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
func (tx *Tx) Item(key stock.Key) stock.Item { return tx.item(tx.itemIndex(key)).At(tx.now) }

// Overdue is how many holds of an item came to their deadline without an event
// that says so.
func (tx *Tx) Overdue(key stock.Key) int { return tx.item(tx.itemIndex(key)).Overdue(tx.now) }

// Reservation is the reservation as its history left it, this command's events
// included. What its deadline means is for its decisions to say.
func (tx *Tx) Reservation(id string) reservation.Reservation {
	return *tx.slots.reservations[named(tx.set.reservation(id), id)].value
}

// Transfer is the transfer as it is for this command.
func (tx *Tx) Transfer(id string) transfer.Transfer {
	return *tx.slots.transfers[named(tx.set.transfer(id), id)].value
}

// Record takes over the events of a decision on an item. The first ones on an
// item follow those of its overdue holds.
func (tx *Tx) Record(key stock.Key, events []stock.Event) {
	i := tx.itemIndex(key)
	item := tx.expire(i)
	tx.apply(i, item, events)
}

// RecordReservation takes over the events of a decision on a reservation. Where
// it came to its deadline, its items say so first.
func (tx *Tx) RecordReservation(id string, events []reservation.Event) {
	i := named(tx.set.reservation(id), id)
	s := &tx.slots.reservations[i]
	r := s.writable()
	for _, e := range events {
		if _, expired := e.Change.(reservation.Expired); expired {
			tx.expireLines(r)
		}
		r.Apply(e)
		s.changed = true
		tx.append(tx.set.reservationStream(i), r.Version, e.Type(), e.At, e.AppendJSON)
	}
}

// RecordExtension takes over the events of a decision that gives a reservation another deadline.
// Its items have no events of that, and nothing is asked of them. An item without the hold would be
// a fault of the program or of the log.
func (tx *Tx) RecordExtension(id string, events []reservation.Event, until time.Time) error {
	r := tx.Reservation(id)
	for _, l := range r.Lines {
		if l.Remaining == 0 {
			continue
		}
		i := tx.itemIndex(l.Key)
		s := &tx.slots.items[i]
		if s.value == nil {
			s.value, s.unread = tx.itemBefore(i), true
		}
		if s.prolonged = s.writable().Prolong(id, r.ExpiresAt, until); !s.prolonged {
			return fmt.Errorf("item %v holds nothing for reservation %s", l.Key, id)
		}
	}
	tx.RecordReservation(id, events)
	tx.Until(until) // no decision of other writers that follows in the log may have been made after it
	return nil
}

// RecordTransfer takes over the events of a decision on a transfer.
func (tx *Tx) RecordTransfer(id string, events []transfer.Event) {
	i := named(tx.set.transfer(id), id)
	s := &tx.slots.transfers[i]
	t := s.writable()
	for _, e := range events {
		t.Apply(e)
		s.changed = true
		tx.append(tx.set.transferStream(i), t.Version, e.Type(), e.At, e.AppendJSON)
	}
}

// keepAnswer records that a command's answer is kept.
func (tx *Tx) keepAnswer(stream *answerStream, size int) {
	tx.append(stream.id, stream.version+1, answer.KeptV1, tx.now, answer.Kept{Bytes: size}.AppendJSON)
}

func (tx *Tx) apply(i int, item *stock.Item, events []stock.Event) {
	if tx.itemEvents == nil {
		tx.itemEvents = make([]stock.Event, 0, max(len(events), len(tx.set.items)))
	}
	tx.itemEvents = append(tx.itemEvents, events...)
	for _, e := range events {
		item.Apply(e)
		tx.slots.items[i].changed = true
		tx.append(tx.set.streams[i], item.Version, e.Change.Type(), e.At, e.AppendJSON)
	}
}

// eventSize is what an event on an item usually takes, in bytes.
const eventSize = 320

func (tx *Tx) append(
	id event.StreamID, version event.Version, name event.Type, at time.Time, data func([]byte) []byte,
) {
	if tx.events == nil {
		tx.events = make([]ports.Event, 0, len(tx.set.streams))
	}
	text := data(make([]byte, 0, eventSize))
	tx.bytes += len(text)
	tx.events = append(tx.events, ports.Event{Stream: id, Version: version, Type: name, Time: at, Data: text})
}

// Fits is *ports.TooLargeError where more is recorded than one commit may hold.
// The ledger refuses it in any case; a decision that records much can stop early.
func (tx *Tx) Fits() error { return tx.limits.Check(len(tx.events), tx.bytes) }

// itemIndex is the index of an item that the request names.
func (tx *Tx) itemIndex(key stock.Key) int { return named(tx.set.item(key), key) }

// item is the item as it is for this command; it must not be changed.
func (tx *Tx) item(i int) *stock.Item {
	s := &tx.slots.items[i]
	if s.value == nil {
		s.value = tx.itemBefore(i)
		s.absent = !s.value.Exists()
	}
	s.unread = false
	return s.value
}

// itemBefore is what an item was before the transaction: as earlier commands of the
// attempt left it, or as it is published.
func (tx *Tx) itemBefore(i int) *stock.Item {
	if item, ok := tx.working.items[tx.set.items[i]]; ok {
		return item
	}
	return tx.state.Item(tx.set.items[i])
}

// named checks that the request names the subject of a call, and returns its index.
func named[K any](i int, name K) int {
	if i < 0 {
		panic(fmt.Sprintf("ledger: the request does not name %v", name))
	}
	return i
}
