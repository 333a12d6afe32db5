package transfer

import (
	"fmt"
	"slices"
	"time"
)

// Apply folds one event into the transfer: the only place where one changes. It
// trusts the event, which was decided on this very version.
func (t *Transfer) Apply(e Event) {
	switch c := e.Change.(type) {
	case Shipped:
		t.From, t.To, t.Reference, t.CreatedAt = c.From, c.To, c.Reference, e.At
		t.Lines = make([]Line, len(c.Lines))
		for i, u := range c.Lines {
			t.Lines[i] = Line{SKU: u.SKU, Quantity: u.Quantity, Pending: u.Quantity}
		}
	case Received:
		t.Lines = slices.Clone(t.Lines)
		for _, a := range c.Lines {
			if i := t.lineIndex(a.SKU); i >= 0 {
				l := &t.Lines[i]
				l.Pending -= a.Units()
				l.Good += a.Good
				l.Damaged += a.Damaged
				l.Lost += a.Lost
			}
		}
	case Cancelled:
		t.Lines = slices.Clone(t.Lines)
		for _, u := range c.Lines {
			if i := t.lineIndex(u.SKU); i >= 0 {
				t.Lines[i].Pending -= u.Quantity
				t.Lines[i].Cancelled += u.Quantity
			}
		}
	default:
		panic(fmt.Sprintf("transfer: Apply does not know %T", c))
	}
	t.Version++
	t.UpdatedAt = e.At
}

// fact is the event of a change on the transfer as it is.
func (t Transfer) fact(at time.Time, change Change) []Event {
	e := Event{At: at, Change: change}
	t.Apply(e)
	e.After = t.State
	return []Event{e}
}
