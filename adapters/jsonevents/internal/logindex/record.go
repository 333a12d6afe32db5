package logindex

import (
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strconv"

	"github.com/onhand/onhand/adapters/jsonevents/internal/logline"
	"github.com/onhand/onhand/domain/event"
)

// record is one line of a saved index.
type record interface {
	// addTo adds the record to the index that is being read.
	addTo(to *Saved) error
}

// beginning is the first record.
type beginning struct {
	Origin
	events  int64
	streams int
	keys    int
	keyTTL  int64 // in microseconds
}

type savedStream struct {
	id   event.StreamID
	tail tail
}

type savedToken struct {
	stream event.StreamID
	token  int64
}

const beginningStart = `{"v":1,"store":`

func (b *beginning) append(dst []byte) []byte {
	dst = event.AppendString(append(dst, beginningStart...), b.Store)
	dst = strconv.AppendInt(append(dst, `,"position":`...), int64(b.Last.Position), 10)
	dst = event.AppendTime(append(dst, `,"time":`...), b.Last.Time)
	dst = hex.AppendEncode(append(dst, `,"line":"`...), b.Last.Hash[:])
	dst = strconv.AppendInt(append(dst, `","events":`...), b.events, 10)
	dst = strconv.AppendInt(append(dst, `,"streams":`...), int64(b.streams), 10)
	dst = strconv.AppendInt(append(dst, `,"keys":`...), int64(b.keys), 10)
	dst = strconv.AppendInt(append(dst, `,"keyTTL":`...), b.keyTTL, 10)
	dst = append(dst, `,"segments":[`...)
	for i, first := range b.Segments {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = strconv.AppendInt(dst, int64(first), 10)
	}
	return append(dst, "]}"...)
}

func (s *savedStream) append(dst []byte, segments []event.Position) []byte {
	dst = event.AppendString(append(dst, `{"stream":`...), string(s.id))
	dst = strconv.AppendInt(append(dst, `,"version":`...), int64(s.tail.version), 10)
	dst = appendOffset(append(dst, `,"last":`...), s.tail.last, segments)
	for a := s.tail.anchors; a != nil; a = a.higher {
		if a == s.tail.anchors {
			dst = append(dst, `,"anchors":[`...)
		} else {
			dst = append(dst, ',')
		}
		dst = appendOffset(dst, a.at, segments)
	}
	if s.tail.anchors != nil {
		dst = append(dst, ']')
	}
	return append(dst, '}')
}

func (t *savedToken) append(dst []byte) []byte {
	dst = event.AppendString(append(dst, `{"epoch":`...), string(t.stream))
	return append(strconv.AppendInt(append(dst, `,"token":`...), t.token, 10), '}')
}

func (r *remembered) append(dst []byte, segments []event.Position) []byte {
	dst = hex.AppendEncode(append(dst, `{"key":"`...), r.key[:])
	dst = appendOffset(append(dst, `","at":`...), r.commit, segments)
	return append(strconv.AppendInt(append(dst, `,"time":`...), r.at, 10), '}')
}

// appendOffset spells an offset as saved indexes do: they name a segment by its number among the
// segments of the log, from 0.
func appendOffset(dst []byte, o logline.Offset, segments []event.Position) []byte {
	number, _ := slices.BinarySearch(segments, o.Segment)
	return logline.Offset{Segment: event.Position(number), Byte: o.Byte}.Append(dst)
}

var errSegment = errors.New("it names a segment that it does not have")

// resolve makes an offset whose segment is a number one that names the segment.
func (s *Saved) resolve(o *logline.Offset) error {
	if int64(o.Segment) >= int64(len(s.Segments)) {
		return errSegment
	}
	o.Segment = s.Segments[o.Segment]
	return nil
}

// decode reads a record. Its offsets must be resolved still.
func decode(line []byte) (record, error) {
	c := &logline.Cursor{Cursor: event.NewCursor(line)}
	var r record
	switch {
	case c.Has(`{"stream":`):
		r = decodeStream(c)
	case c.Has(`{"key":"`):
		r = decodeKey(c)
	case c.Has(`{"epoch":`):
		r = &savedToken{stream: event.StreamID(c.Text("")), token: c.Natural(`,"token":`)}
	default:
		r = decodeBeginning(c)
	}
	c.Expect(`}`)
	return r, c.End()
}

func decodeStream(c *logline.Cursor) *savedStream {
	s := &savedStream{id: event.StreamID(c.Text(""))}
	s.tail.version = event.Version(c.Natural(`,"version":`))
	s.tail.last = c.Offset(`,"last":`)
	if c.Has(`,"anchors":`) {
		for i, higher := 0, &s.tail.anchors; c.NextOf(i); i++ {
			*higher = &anchor{at: c.Offset("")}
			higher = &(*higher).higher
		}
	}
	return s
}

func decodeKey(c *logline.Cursor) *remembered {
	r := &remembered{}
	if _, err := hex.Decode(r.key[:], c.Take(2*len(r.key))); err != nil {
		c.Fail("a hash")
	}
	r.commit = c.Offset(`","at":`)
	r.at = c.Integer(`,"time":`)
	return r
}

func decodeBeginning(c *logline.Cursor) *beginning {
	b := &beginning{}
	b.Store = c.Text(beginningStart)
	b.Last.Position = event.Position(c.Natural(`,"position":`))
	b.Last.Time = c.Time(`,"time":`)
	b.Last.Hash = c.Hash(`,"line":`)
	b.events = c.Natural(`,"events":`)
	b.streams = int(c.Natural(`,"streams":`))
	b.keys = int(c.Natural(`,"keys":`))
	b.keyTTL = c.Natural(`,"keyTTL":`)
	c.Expect(`,"segments":`)
	for i := 0; c.NextOf(i); i++ {
		b.Segments = append(b.Segments, event.Position(c.Natural("")))
	}
	return b
}

var (
	errBeginsTwice = errors.New("it begins twice")
	errNoBeginning = errors.New("it does not say of which log it is")
)

// maxRoom is the number of entries for which room is made because the beginning says so, before
// the file's hash has been checked.
const maxRoom = 4_000_000

func (b *beginning) addTo(to *Saved) error {
	if to.begun() {
		return errBeginsTwice
	}
	to.beginning = *b
	to.Index.streams = make(map[event.StreamID]tail, min(b.streams, maxRoom))
	to.Index.keys.numbers = make(map[KeyHash]uint64, min(b.keys, maxRoom))
	to.Index.keys.queue = make([]remembered, 0, min(b.keys, maxRoom))
	to.Index.events = b.events
	return nil
}

func (s *savedStream) addTo(to *Saved) error {
	if !to.begun() {
		return errNoBeginning
	}
	err := to.resolve(&s.tail.last)
	for a := s.tail.anchors; a != nil && err == nil; a = a.higher {
		err = to.resolve(&a.at)
	}
	if err != nil {
		return fmt.Errorf("stream %q: %w", string(s.id), err)
	}
	to.Index.streams[s.id] = s.tail
	return nil
}

func (t *savedToken) addTo(to *Saved) error {
	if !to.begun() {
		return errNoBeginning
	}
	to.Index.raise(t.stream, t.token)
	return nil
}

func (r *remembered) addTo(to *Saved) error {
	if !to.begun() {
		return errNoBeginning
	}
	if err := to.resolve(&r.commit); err != nil {
		return err
	}
	keys := &to.Index.keys
	keys.numbers[r.key] = uint64(len(keys.queue))
	keys.queue = append(keys.queue, *r)
	return nil
}
