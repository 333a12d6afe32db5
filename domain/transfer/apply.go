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
	if e.Brief = t.maybeBrief(change); !e.Brief {
		e.After = t.State
	}
	return []Event{e}
}

// Units that arrive are told by a brief event, so that what a command writes is in proportion to it, not
// to the transfer. One version of wholeEvery is whole, so that the state after any event is found
// without a walk through all. An event that ends a transfer is whole: readers that have no
// transfer in memory find all of one that has ended in its newest event.
const (
	wholeEvery = 32
	fewLines   = 4 // are as short as what changed
)

func (t Transfer) maybeBrief(change Change) bool {
	_, received := change.(Received)
	return received && t.Open() && len(t.Lines) > fewLines && t.Version%wholeEvery != 0
}
