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
	default:
		panic(fmt.Sprintf("stock: Apply does not know %T", c))
	}
	i.Version++
	i.UpdatedAt = e.At
}

// facts turns changes into events that happen at now, each with the levels
// after it. The receiver is a copy, so the caller's item stays as it is.
func (i Item) facts(now time.Time, changes ...Change) []Event {
	events := make([]Event, len(changes))
	for n, change := range changes {
		events[n] = Event{At: now, Change: change}
		i.Apply(events[n])
		events[n].After = i.Levels
	}
	return events
}
