package reservation

import (
	"fmt"
	"slices"
	"time"

	"github.com/onhand/onhand/domain/stock"
)

// Apply folds one event into the reservation: the only place where one changes.
// It trusts the event, which was decided on this very version.
func (r *Reservation) Apply(e Event) {
	switch c := e.Change.(type) {
	case Created:
		r.CreatedAt = e.At
		r.take(c.Terms)
	case Replaced:
		r.take(c.Terms)
	case Extended:
		r.ExpiresAt = c.ExpiresAt
	case Committed:
		r.each(c.Lines, func(l *Line, units int64) { l.Remaining -= units; l.Committed += units })
	case Released:
		r.each(c.Lines, func(l *Line, units int64) { l.Remaining -= units; l.Released += units })
	case Returned:
		r.each(c.Lines, func(l *Line, units int64) { l.Returned += units })
	case Expired:
		r.Lines = slices.Clone(r.Lines)
		for i := range r.Lines {
			r.Lines[i].Remaining = 0
		}
	default:
		panic(fmt.Sprintf("reservation: Apply does not know %T", c))
	}
	r.Version++
	r.UpdatedAt = e.At
}

// take begins with the quantities of the request.
func (r *Reservation) take(t Terms) {
	r.Lines = make([]Line, len(t.Lines))
	for i, p := range t.Lines {
		r.Lines[i] = Line{Key: p.Key, Quantity: p.Quantity, Remaining: p.Quantity}
	}
	r.ExpiresAt, r.Owner, r.Reference = t.ExpiresAt, t.Owner, t.Reference
}

// each changes the lines of some items, in a copy.
func (r *Reservation) each(parts []stock.Part, change func(*Line, int64)) {
	r.Lines = slices.Clone(r.Lines)
	for _, p := range parts {
		if i := slices.IndexFunc(r.Lines, func(l Line) bool { return l.Key == p.Key }); i >= 0 {
			change(&r.Lines[i], p.Quantity)
		}
	}
}

// fact is the event of a change on the reservation as it is.
func (r Reservation) fact(at time.Time, change Change) Event {
	e := Event{At: at, Change: change}
	open := r.Open()
	r.Apply(e)
	if e.Brief = open && r.Open() && r.maybeBrief(change); !e.Brief {
		e.After = r.State
	}
	return e
}

// An event of a small change is brief, so that what a command writes is in proportion to it, not to
// the reservation. One version of wholeEvery is whole, so that the state after any event
// is found without a walk through all. An event that opens or closes a reservation is
// whole: readers that have no reservation in memory find all of a closed one in its newest event.
const (
	wholeEvery = 32
	fewLines   = 4 // are as short as what changed
)

func (r Reservation) maybeBrief(change Change) bool {
	if r.Version%wholeEvery == 0 {
		return false
	}
	switch change.(type) {
	case Extended:
		return true
	case Committed, Released, Returned:
		return len(r.Lines) > fewLines
	default:
		return false
	}
}
