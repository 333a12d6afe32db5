package jsonevents

import (
	"encoding/hex"

	"github.com/onhand/onhand/domain/event"
)

// cursor reads a sealed line, whose hash has been checked, up to its seal.
type cursor struct{ event.Cursor }

func newCursor(sealed []byte) cursor {
	return cursor{event.NewCursor(sealed[:len(sealed)-sealLength])}
}

// next goes through an array of at least one element.
func (c *cursor) next(i int) bool {
	more := c.Next(i)
	if i == 0 && !more {
		c.Fail("an element")
	}
	return more
}

// hash takes a hash, which must follow the text before.
func (c *cursor) hash(before string) (h hashed) {
	c.Expect(before)
	c.Expect(`"`)
	if _, err := hex.Decode(h[:], c.Take(2*len(h))); err != nil {
		c.Fail("a hash")
	}
	c.Expect(`"`)
	return h
}
