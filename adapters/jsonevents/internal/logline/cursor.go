package logline

import (
	"encoding/hex"

	"github.com/onhand/onhand/domain/event"
)

// Cursor reads JSON as event.Cursor does, and knows the values that only the log has.
type Cursor struct{ event.Cursor }

// NewCursor returns a cursor on a sealed line whose hash has been checked. It ends before the seal.
func NewCursor(sealed []byte) Cursor {
	return Cursor{event.NewCursor(sealed[:len(sealed)-SealLength])}
}

// NextOf steps through an array like Next, and fails if the array is empty.
func (c *Cursor) NextOf(i int) bool {
	more := c.Next(i)
	if i == 0 && !more {
		c.Fail("an element")
	}
	return more
}

// Hash takes a hash, which must follow the text before.
func (c *Cursor) Hash(before string) (h Hash) {
	c.Expect(before)
	c.Expect(`"`)
	if _, err := hex.Decode(h[:], c.Take(2*len(h))); err != nil {
		c.Fail("a hash")
	}
	c.Expect(`"`)
	return h
}

// Offset takes an offset, which must follow the text before.
func (c *Cursor) Offset(before string) (o Offset) {
	c.Expect(before)
	o.Segment = event.Position(c.Natural(`[`))
	o.Byte = c.Natural(`,`)
	c.Expect(`]`)
	return o
}
