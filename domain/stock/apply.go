package stock

import (
	"fmt"
	"time"
)

// Apply folds one event into the item: the only place where an item changes, apart from the
// deadlines of its holds.
// It trusts the event, which was decided on this very version; what a log says
// is checked where the log is read.
func (i *Item) Apply(e Event) {
	switch c := e.Change.(type) {
	case Adjusted:
		i.OnHand += c.Delta
	case Counted:
		i.OnHand = c.OnHand
	case Moved:
		i.move(c.From, c.To, c.Quantity)
	case PolicySet:
		i.Policy = c.Policy
	case Reserved:
		i.reserve(c)
	case Extended:
		i.Prolong(c.ReservationID, c.Before, c.ExpiresAt)
	case Committed:
		i.OnHand -= c.Quantity
		i.lessen(c.ReservationID, c.ExpiresAt, c.Quantity)
	case Released:
		i.lessen(c.ReservationID, c.ExpiresAt, c.Quantity)
	case Expired:
		i.lessen(c.ReservationID, e.At, c.Quantity)
	case Returned:
		i.OnHand += c.Quantity
	case Shipped:
		i.OnHand -= c.Quantity
	case Incoming:
		i.Incoming += c.Delta
	case Received:
		i.Incoming -= c.Good + c.Damaged
		i.OnHand += c.Good + c.Damaged
		i.Damaged += c.Damaged
	case Lost:
		i.Incoming -= c.Quantity
	case WentLow, Restocked: // news, no change
	default:
		panic(fmt.Sprintf("stock: Apply does not know %T", c))
	}
	i.Version++
	i.UpdatedAt = e.At
}

// facts turns a change into events that happen at a time, each with the levels
// after it: the change, and a crossing of the low-stock threshold if it makes
// one. The receiver is a copy, so the caller's item stays as it is.
func (i Item) facts(at time.Time, change Change) []Event {
	return i.happen(nil, at, change)
}

// happen applies a change and what follows from it, and appends its events.
func (i *Item) happen(events []Event, at time.Time, change Change) []Event {
	before := i.Levels
	events = append(events, i.fact(at, change))
	if news := crossing(before, i.Levels); news != nil {
		events = append(events, i.fact(at, news))
	}
	return events
}

// fact applies one change and gives its event.
func (i *Item) fact(now time.Time, change Change) Event {
	e := Event{At: now, Change: change}
	i.Apply(e)
	e.After = i.Levels
	return e
}

// reserve makes a hold, in place of an earlier one if there was one.
func (i *Item) reserve(c Reserved) {
	if old := c.Replaces; old != nil {
		i.holds = i.holds.remove(deadlineOf(old.ExpiresAt), c.ReservationID)
		i.Reserved -= old.Quantity
	}
	i.holds = i.holds.put(Hold{ReservationID: c.ReservationID, Quantity: c.Quantity, ExpiresAt: c.ExpiresAt})
	i.Reserved += c.Quantity
}

// Prolong gives the hold of a reservation another deadline, which an event of the reservation
// tells. No number changes, so the item has no event of it and keeps its version. It reports whether
// there was such a hold.
func (i *Item) Prolong(reservation string, before, until time.Time) bool {
	hold, ok := i.Hold(reservation, before)
	if !ok {
		return false
	}
	i.holds = i.holds.remove(deadlineOf(before), reservation)
	hold.ExpiresAt = until
	i.holds = i.holds.put(hold)
	return true
}

// lessen takes units from a hold, and the hold with the last of them.
func (i *Item) lessen(reservation string, expiresAt time.Time, units int64) {
	i.Reserved -= units
	hold, ok := i.Hold(reservation, expiresAt)
	switch hold.Quantity -= units; {
	case !ok:
	case hold.Quantity > 0:
		i.holds = i.holds.put(hold)
	default:
		i.holds = i.holds.remove(deadlineOf(expiresAt), reservation)
	}
}
