package jsonevents

import (
	"errors"
	"fmt"
	"io/fs"
	"strconv"
	"time"

	"github.com/onhand/onhand/adapters/internal/durablefile"
	"github.com/onhand/onhand/domain/event"
	"github.com/onhand/onhand/ports"
)

// head is what HEAD says: up to here the log was durable, for sure.
type head struct {
	Position event.Position // of the last commit
	Segment  event.Position // first position of the segment in which it ends
	Offset   int64          // end of its line, or of the header in a new segment
	Hash     hashed         // of that line
	LastUsed time.Time      // no decision was made at a later time
}

const headStart = `{"v":1,"head":`

func (h head) encode() []byte {
	dst := strconv.AppendInt([]byte(headStart), int64(h.Position), 10)
	dst = strconv.AppendInt(append(dst, `,"segment":`...), int64(h.Segment), 10)
	dst = strconv.AppendInt(append(dst, `,"offset":`...), h.Offset, 10)
	dst = event.AppendString(append(dst, `,"line":`...), h.Hash.String())
	dst = event.AppendTime(append(dst, `,"lastUsed":`...), h.LastUsed)
	dst, _ = appendSeal(dst, 0)
	return append(dst, '\n')
}

func decodeHead(b []byte) (head, error) {
	if len(b) == 0 || b[len(b)-1] != '\n' {
		return head{}, fmt.Errorf("the line does not end")
	}
	b = b[:len(b)-1]
	if _, err := checkSeal(b); err != nil {
		return head{}, err
	}
	var h head
	c := newCursor(b)
	h.Position = event.Position(c.Natural(headStart))
	h.Segment = event.Position(c.Natural(`,"segment":`))
	h.Offset = c.Natural(`,"offset":`)
	h.Hash = c.hash(`,"line":`)
	h.LastUsed = c.Time(`,"lastUsed":`)
	return h, c.End()
}

// readHead reads HEAD; false if there is none. A HEAD that does not check out
// is damage: without it nobody can tell whether acknowledged commits are
// missing.
func (d directory) readHead() (head, bool, error) {
	content, err := durablefile.ReadAll(d.disk, d.head())
	if errors.Is(err, fs.ErrNotExist) {
		return head{}, false, nil
	}
	if err != nil {
		return head{}, false, fmt.Errorf("read HEAD: %w", err)
	}
	h, err := decodeHead(content)
	if err != nil {
		return head{}, false, &ports.CorruptError{File: d.head(), Line: 1, Problem: err.Error()}
	}
	return h, true, nil
}

func (d directory) writeHead(h head) error {
	return durablefile.WriteAtomically(d.disk, d.head(), h.encode())
}
