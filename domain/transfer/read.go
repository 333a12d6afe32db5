package transfer

import (
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/onhand/onhand/domain/event"
)

// readOwn reads an event whose data is spelled as AppendJSON spells it, to the
// letter; false for all other data, which Decode then looks at in general. It
// must take nothing that means something else there.
func readOwn(name event.Type, at time.Time, data []byte) (Event, bool) {
	c := event.NewCursor(data)
	c.Expect(`{`)
	e := Event{At: at}
	switch name {
	case ReceivedV2:
		e.Change, e.Brief = Received{Lines: readArrivals(&c)}, true
		c.Expect(`}`)
		return e, c.AtEnd()
	case ReceivedV1:
		e.Change = Received{Lines: readArrivals(&c)}
		c.Expect(`,`)
	case CancelledV1:
		e.Change = Cancelled{Lines: readUnits(&c)}
		c.Expect(`,`)
	}
	c.Expect(`"after":{`)
	e.After = readState(&c)
	c.Expect(`}}`)
	if name == ShippedV1 {
		e.Change = e.After.shipped()
	}
	return e, e.Change != nil && c.AtEnd()
}

// Read reads a transfer back from what AppendJSON appends. It keeps nothing of data.
func Read(data []byte) (*Transfer, error) {
	c := event.NewCursor(data)
	t := Transfer{ID: c.Text(`{"id":`)}
	c.Expect(`,`)
	t.State = readState(&c)
	t.UpdatedAt = c.Time(`,"updatedAt":`)
	c.Expect(`}`)
	if c.AtEnd() {
		return &t, nil
	}
	t = Transfer{} // spelled in another way
	if err := json.Unmarshal(data, &t); err != nil {
		return nil, fmt.Errorf("read transfer: %w", err)
	}
	return &t, nil
}

func readState(c *event.Cursor) State {
	var s State
	c.Expect(`"status":`) // follows from the lines
	if known := c.Has(`"in-transit"`) || c.Has(`"received"`) || c.Has(`"cancelled"`); !known {
		c.Fail("a status")
	}
	s.From = c.Text(`,"from":`)
	s.To = c.Text(`,"to":`)
	c.Expect(`,"lines":`)
	s.Lines = readLines(c)
	s.Reference = c.Optional(`,"reference":`)
	s.Version = event.Version(c.Integer(`,"version":`))
	s.CreatedAt = c.Time(`,"createdAt":`)
	return s
}

// usualLines is how many lines are read before their number is known without a
// list of their own, so that no larger buffer stays in memory.
const usualLines = 4

func readLines(c *event.Cursor) []Line {
	var usual [usualLines]Line
	lines := usual[:0]
	for i := 0; c.Next(i); i++ {
		l := Line{SKU: c.Text(`{"sku":`), Quantity: c.Integer(`,"quantity":`)}
		l.Pending = c.Integer(`,"pending":`)
		l.Good = c.Integer(`,"good":`)
		l.Damaged = c.Integer(`,"damaged":`)
		l.Lost = c.Integer(`,"lost":`)
		l.Cancelled = c.Integer(`,"cancelled":`)
		c.Expect(`}`)
		lines = append(lines, l)
	}
	return slices.Clone(lines)
}

func readArrivals(c *event.Cursor) []Arrival {
	var usual [usualLines]Arrival
	arrivals := usual[:0]
	c.Expect(`"lines":`)
	for i := 0; c.Next(i); i++ {
		a := Arrival{SKU: c.Text(`{"sku":`), Good: c.Integer(`,"good":`)}
		a.Damaged = c.Integer(`,"damaged":`)
		a.Lost = c.Integer(`,"lost":`)
		c.Expect(`}`)
		arrivals = append(arrivals, a)
	}
	return slices.Clone(arrivals)
}

func readUnits(c *event.Cursor) []Unit {
	var usual [usualLines]Unit
	units := usual[:0]
	c.Expect(`"lines":`)
	for i := 0; c.Next(i); i++ {
		units = append(units, Unit{SKU: c.Text(`{"sku":`), Quantity: c.Integer(`,"quantity":`)})
		c.Expect(`}`)
	}
	return slices.Clone(units)
}
