package reservation

import (
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/onhand/onhand/domain/event"
	"github.com/onhand/onhand/domain/stock"
)

// readOwn reads an event whose data is spelled as AppendJSON spells it, to the
// letter; false for all other data, which Decode then looks at in general. It
// must take nothing that means something else there.
func readOwn(name event.Type, at time.Time, data []byte) (Event, bool) {
	c := event.NewCursor(data)
	c.Expect(`{`)
	e := Event{At: at}
	switch name {
	case ExtendedV1, ExtendedV2:
		e.Change = Extended{ExpiresAt: c.Time(`"expiresAt":`), ItemsTell: name == ExtendedV1}
	case CommittedV1, CommittedV2:
		e.Change = Committed{Lines: readParts(&c)}
	case ReleasedV1, ReleasedV2:
		e.Change = Released{Lines: readParts(&c)}
	case ReturnedV1, ReturnedV2:
		e.Change = Returned{Lines: readParts(&c)}
	case ExpiredV1:
		e.Change = Expired{}
	}
	if e.Brief = maybeBrief(name) && c.Has(`}`); e.Brief {
		return e, c.AtEnd()
	}
	if e.Change != nil && name != ExpiredV1 {
		c.Expect(`,`)
	}
	c.Expect(`"after":{`)
	e.After = readState(&c)
	c.Expect(`}}`)
	switch name {
	case CreatedV1:
		e.Change = Created{Terms: e.After.terms()}
	case ReplacedV1:
		e.Change = Replaced{Terms: e.After.terms()}
	}
	return e, e.Change != nil && !alwaysBrief(name) && c.AtEnd()
}

// Read reads a reservation back from what AppendJSON appends. It keeps nothing of data.
func Read(data []byte) (*Reservation, error) {
	c := event.NewCursor(data)
	r := Reservation{ID: c.Text(`{"id":`)}
	c.Expect(`,`)
	r.State = readState(&c)
	r.UpdatedAt = c.Time(`,"updatedAt":`)
	c.Expect(`}`)
	if c.AtEnd() {
		return &r, nil
	}
	r = Reservation{} // spelled in another way
	if err := json.Unmarshal(data, &r); err != nil {
		return nil, fmt.Errorf("read reservation: %w", err)
	}
	return &r, nil
}

func readState(c *event.Cursor) State {
	var s State
	c.Expect(`"status":`) // follows from the lines
	if known := c.Has(`"held"`) || c.Has(`"committed"`) || c.Has(`"released"`) || c.Has(`"expired"`); !known {
		c.Fail("a status")
	}
	c.Expect(`,"lines":`)
	s.Lines = readLines(c)
	if c.Has(`,"expiresAt":`) {
		s.ExpiresAt = c.Time("")
	}
	s.Owner = c.Optional(`,"owner":`)
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
		p := readPart(c)
		l := Line{Key: p.Key, Quantity: p.Quantity}
		l.Remaining = c.Integer(`,"remaining":`)
		l.Committed = c.Integer(`,"committed":`)
		l.Released = c.Integer(`,"released":`)
		l.Returned = c.Integer(`,"returned":`)
		c.Expect(`}`)
		lines = append(lines, l)
	}
	return slices.Clone(lines)
}

func readParts(c *event.Cursor) []stock.Part {
	var usual [usualLines]stock.Part
	parts := usual[:0]
	c.Expect(`"lines":`)
	for i := 0; c.Next(i); i++ {
		parts = append(parts, readPart(c))
		c.Expect(`}`)
	}
	return slices.Clone(parts)
}

// readPart reads a part's members, but not the bracket after them.
func readPart(c *event.Cursor) stock.Part {
	key := stock.Key{Store: c.Text(`{"store":`), SKU: c.Text(`,"sku":`)}
	return stock.Part{Key: key, Quantity: c.Integer(`,"quantity":`)}
}
