package jsonevents

import (
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/onhand/onhand/adapters/internal/snapfile"
	"github.com/onhand/onhand/domain/event"
)

// saved is an index read from a file, and of what it is.
type saved struct {
	origin
	keys  int
	index *index
}

// readSaved reads the saved index at a position.
func readSaved(shelf snapfile.Shelf, at event.Position, ttl time.Duration) (*saved, error) {
	s := &saved{index: newIndex(ttl)}
	err := snapfile.Read(shelf, at, decodeSaved, s.take)
	if err == nil {
		err = s.complete(at)
	}
	if err != nil {
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
	c := &cursor{rest: record}
	var result any
	switch {
	case c.has(`{"stream":`):
		result = c.named()
	case c.has(`{"key":"`):
		result = c.remembered()
	case c.has(`{"epoch":`):
		e := &savedEpoch{id: event.StreamID(c.text())}
		c.expect(`,"token":`)
		e.token = c.integer()
		result = e
	case c.has(`{"v":1,"store":`):
		result = c.beginning()
	default:
		c.fail("a record of an index")
	}
	c.expect(`}`)
	return result, c.end()
}

func (c *cursor) named() *named {
	n := &named{id: event.StreamID(c.text())}
	c.expect(`,"version":`)
	n.tail.version = event.Version(c.integer())
	c.expect(`,"last":`)
	n.tail.last = c.place()
	if c.has(`,"anchors":`) {
		list(c, func() { n.tail.anchors = append(n.tail.anchors, c.place()) })
	}
	return n
}

func (c *cursor) place() place {
	c.expect(`[`)
	segment := c.integer()
	c.expect(`,`)
	offset := c.integer()
	c.expect(`]`)
	return place{segment: uint32(segment), offset: uint32(offset)} //nolint:gosec // the file's hash says that it is what was written
}

func (c *cursor) remembered() *remembered {
	r := &remembered{}
	digits := 2 * len(r.hash)
	if len(c.rest) < digits {
		c.fail("a hash")
		return r
	}
	if _, err := hex.Decode(r.hash[:], c.rest[:digits]); err != nil {
		c.fail("a hash")
	}
	c.rest = c.rest[digits:]
	c.expect(`","at":`)
	r.place = c.place()
	c.expect(`,"time":`)
	before1970 := c.has(`-`)
	if r.at = c.integer(); before1970 {
		r.at = -r.at
	}
	return r
}

func (c *cursor) beginning() *beginning {
	b := &beginning{}
	b.store = c.text()
	c.expect(`,"position":`)
	b.last.Last = event.Position(c.integer())
	c.expect(`,"time":`)
	b.last.Time = c.time()
	c.expect(`,"line":`)
	b.last.Hash = c.hash()
	c.expect(`,"events":`)
	b.events = c.integer()
	c.expect(`,"streams":`)
	b.streams = int(c.integer())
	c.expect(`,"keys":`)
	b.keys = int(c.integer())
	c.expect(`,"segments":`)
	list(c, func() { b.segments = append(b.segments, event.Position(c.integer())) })
	return b
}

// take adds a record to the index.
func (s *saved) take(record any) error {
	begun := s.segments != nil
	switch r := record.(type) {
	case *beginning:
		if begun {
			return errors.New("it begins twice")
		}
		s.origin, s.keys = r.origin, r.keys
		s.index.streams = make(map[event.StreamID]tail, r.streams)
		s.index.keys.numbers = make(map[keyHash]uint64, r.keys)
		s.index.keys.queue = make([]remembered, 0, r.keys)
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
	case len(x.streams) != s.streams || len(x.keys.queue) != s.keys || len(x.keys.numbers) != s.keys:
		return errors.New("it is not complete")
	}
	return nil
}

// fits tells whether the index can be of a log with these segments, of which
// HEAD vouches for what known says.
func (s *saved) fits(firsts []event.Position, known head) error {
	n := len(s.segments)
	switch {
	case s.last.Last > known.Position:
		return fmt.Errorf("HEAD vouches for position %d only", known.Position)
	case n > len(firsts) || !slices.Equal(s.segments, firsts[:n]):
		return errors.New("the log has other segments")
	case s.segments[n-1] > s.last.Last+1:
		return errors.New("its last segment begins behind it")
	}
	return nil
}
