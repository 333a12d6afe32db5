package logline

import (
	"cmp"
	"strconv"

	"github.com/onhand/onhand/domain/event"
)

// Offset is a place in the log: a byte of one of its segments. A commit is found by the offset
// of its line, and the log ends at an offset.
type Offset struct {
	Segment event.Position // the first position that the segment may hold; it names the segment
	Byte    int64          // from the beginning of the segment
}

// Before reports whether o lies before other.
func (o Offset) Before(other Offset) bool {
	return cmp.Or(cmp.Compare(o.Segment, other.Segment), cmp.Compare(o.Byte, other.Byte)) < 0
}

// Append appends the offset as it is spelled in the log: [segment,byte].
func (o Offset) Append(dst []byte) []byte {
	dst = strconv.AppendInt(append(dst, '['), int64(o.Segment), 10)
	dst = strconv.AppendInt(append(dst, ','), o.Byte, 10)
	return append(dst, ']')
}
