package stock

import (
	"fmt"
	"time"
)

// Apply folds one event into the item: the only place where an item changes.
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
	case WentLow, Restocked: // news, no change
	default:
		panic(fmt.Sprintf("stock: Apply does not know %T", c))
	}
	i.Version++
	i.UpdatedAt = e.At
}

// facts turns a change into events that happen at now, each with the levels
// after it: the change, and a crossing of the low-stock threshold if it makes
// one. The receiver is a copy, so the caller's item stays as it is.
func (i Item) facts(now time.Time, change Change) []Event {
	before := i.Levels
	events := []Event{i.fact(now, change)}
	if news := crossing(before, i.Levels); news != nil {
		events = append(events, i.fact(now, news))
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
