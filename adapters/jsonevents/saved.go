package jsonevents

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/onhand/onhand/adapters/internal/snapfile"
	"github.com/onhand/onhand/application/inorder"
	"github.com/onhand/onhand/domain/event"
)

// saved is an index read from a file, and of what it is.
type saved struct {
	origin
	keys  int
	index *index
}

// readSaved reads the saved index at a position.
func readSaved(files snapfile.Series, at event.Position, ttl time.Duration) (*saved, error) {
	s := &saved{index: newIndex(ttl)}
	for record, err := range inorder.Decode(files.Records(context.Background(), at), decodeSaved) {
		if err == nil {
			err = s.take(record)
		}
		if err != nil {
			return nil, err
		}
	}
	if err := s.complete(at); err != nil {
		return nil, err
	}
	s.index.events = s.events
	return s, nil
}

// beginning is the first record of a saved index. The others are a *named, a
// *savedEpoch or a *remembered each.
type beginning struct {
	origin
	keys int
}

type savedEpoch struct {
	id    event.StreamID
	token int64
}

func decodeSaved(record []byte) (any, error) {
	c := &cursor{event.NewCursor(record)}
	var result any
	switch {
	case c.Has(`{"stream":`):
		result = c.named()
	case c.Has(`{"key":"`):
		result = c.remembered()
	case c.Has(`{"epoch":`):
		result = &savedEpoch{id: event.StreamID(c.Text("")), token: c.Natural(`,"token":`)}
	case c.Has(`{"v":1,"store":`):
		result = c.beginning()
	default:
		c.Fail("a record of an index")
	}
	c.Expect(`}`)
	return result, c.End()
}

func (c *cursor) named() *named {
	n := &named{id: event.StreamID(c.Text(""))}
	n.tail.version = event.Version(c.Natural(`,"version":`))
	n.tail.last = c.place(`,"last":`)
	if c.Has(`,"anchors":`) {
		for i := 0; c.next(i); i++ {
			n.tail.anchors = append(n.tail.anchors, c.place(""))
		}
	}
	return n
}

func (c *cursor) place(before string) place {
	c.Expect(before)
	segment, offset := c.Natural(`[`), c.Natural(`,`)
	c.Expect(`]`)
	return place{segment: uint32(segment), offset: uint32(offset)} //nolint:gosec // the file's hash says that it is what was written
}

func (c *cursor) remembered() *remembered {
	r := &remembered{}
	if _, err := hex.Decode(r.hash[:], c.Take(2*len(r.hash))); err != nil {
		c.Fail("a hash")
	}
	r.place = c.place(`","at":`)
	r.at = c.Integer(`,"time":`)
	return r
}

func (c *cursor) beginning() *beginning {
	b := &beginning{}
	b.store = c.Text("")
	b.last.Last = event.Position(c.Natural(`,"position":`))
	b.last.Time = c.Time(`,"time":`)
	b.last.Hash = c.hash(`,"line":`)
	b.events = c.Natural(`,"events":`)
	b.streams = int(c.Natural(`,"streams":`))
	b.keys = int(c.Natural(`,"keys":`))
	b.keyTTL = c.Natural(`,"keyTTL":`)
	c.Expect(`,"segments":`)
	for i := 0; c.next(i); i++ {
		b.segments = append(b.segments, event.Position(c.Natural("")))
	}
	return b
}

// maxRoom is for how many entries room is made because the file says so, before
// anybody knows that the file is what was written.
const maxRoom = 4_000_000

// take adds a record to the index.
func (s *saved) take(record any) error {
	begun := s.segments != nil
	switch r := record.(type) {
	case *beginning:
		if begun {
			return errors.New("it begins twice")
		}
		s.origin, s.keys = r.origin, r.keys
		s.index.streams = make(map[event.StreamID]tail, min(r.streams, maxRoom))
		s.index.keys.numbers = make(map[keyHash]uint64, min(r.keys, maxRoom))
		s.index.keys.queue = make([]remembered, 0, min(r.keys, maxRoom))
		return nil
	case *named:
		s.index.streams[r.id] = r.tail
	case *savedEpoch:
		s.index.epochs[r.id] = r.token
		s.index.highest = max(s.index.highest, r.token)
	case *remembered:
		keys := &s.index.keys
		keys.numbers[r.hash] = uint64(len(keys.queue))
		keys.queue = append(keys.queue, *r)
	}
	if !begun {
		return errors.New("it does not say of which log it is")
	}
	return nil
}

// complete tells whether all is there that the beginning promised.
func (s *saved) complete(at event.Position) error {
	x := s.index
	switch {
	case s.last.Last != at:
		return fmt.Errorf("it is the index at position %d", s.last.Last)
	case at == 0 || len(x.streams) != s.streams || len(x.keys.queue) != s.keys:
		return errors.New("it is not complete")
	}
	return nil
}

// errShorterTime means that keys may be missing in a saved index that are to be
// remembered now. That is no damage: IDEMP_TTL_MS was raised.
var errShorterTime = errors.New("it remembers idempotency keys for a shorter time")

// fits tells whether the index can be of a log with these segments, of which
// HEAD vouches for what known says.
func (s *saved) fits(firsts []event.Position, known head) error {
	n := len(s.segments)
	switch {
	case s.last.Last > known.Position:
		return fmt.Errorf("HEAD vouches for position %d only", known.Position)
	case n > len(firsts) || !slices.Equal(s.segments, firsts[:n]):
		return errors.New("the log has other segments")
	case s.keyTTL < s.index.keys.ttl:
		return errShorterTime
	case s.segments[n-1] > s.last.Last+1:
		return errors.New("its last segment begins behind it")
	}
	return nil
}
