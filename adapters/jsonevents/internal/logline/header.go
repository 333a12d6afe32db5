package logline

import (
	"encoding/hex"
	"strconv"

	"github.com/onhand/onhand/domain/event"
)

// Header is the first line of a segment.
type Header struct {
	Segment event.Position // the first position that the segment may hold
	Store   string         // the id of the store, the same in every segment
	Token   int64          // the highest fencing token in the log before the segment
	Prev    Hash
	Hash    Hash
}

// Encode returns the header's line without its line break, and its hash.
func (h *Header) Encode() ([]byte, Hash) {
	dst := strconv.AppendInt([]byte(headerStart), int64(h.Segment), 10)
	dst = event.AppendString(append(dst, `,"store":`...), h.Store)
	dst = strconv.AppendInt(append(dst, `,"epoch":`...), h.Token, 10)
	dst = append(dst, `,"prev":"`...)
	dst = hex.AppendEncode(dst, h.Prev[:])
	dst = append(dst, '"')
	return Seal(dst, 0)
}

// DecodeHeader reads a header's line, given without its line break.
func DecodeHeader(b []byte) (*Header, error) {
	hash, err := CheckSeal(b)
	if err != nil {
		return nil, err
	}
	h := &Header{Hash: hash}
	c := NewCursor(b)
	h.Segment = event.Position(c.Natural(headerStart))
	h.Store = c.Text(`,"store":`)
	h.Token = c.Natural(`,"epoch":`)
	h.Prev = c.Hash(`,"prev":`)
	return h, c.End()
}
