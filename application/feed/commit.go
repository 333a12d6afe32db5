package feed

import (
	"bytes"
	"slices"
	"strconv"
	"sync"

	"github.com/onhand/onhand/domain/event"
	"github.com/onhand/onhand/domain/stock"
	"github.com/onhand/onhand/ports"
)

// Encode appends one event in the shape in which it leaves the service.
type Encode func(dst []byte, e *ports.StreamEvent) []byte

// Commit is a commit of the log as followers share it. It is immutable.
type Commit struct {
	ports.Recorded
	items []stock.Key // that the events are about, zero where it is none

	encode Encode
	once   sync.Once
	body   []byte // the whole commit as JSON, made for the first follower that asks
	begin  int    // where the first event begins in it
	ends   []int  // where each ends
}

func newCommit(r ports.Recorded, encode Encode) *Commit {
	c := &Commit{Recorded: r, items: make([]stock.Key, len(r.Events)), encode: encode}
	for i := range r.Events {
		c.items[i], _ = stock.KeyOf(r.Events[i].Stream)
	}
	return c
}

// lasting returns a commit with bytes of its own: those of a store may be part of a
// much larger buffer, which they would keep in memory.
func lasting(r ports.Recorded, encode Encode) *Commit {
	r.Result = bytes.Clone(r.Result)
	r.Events = slices.Clone(r.Events)
	for i := range r.Events {
		r.Events[i].Data = bytes.Clone(r.Events[i].Data)
	}
	return newCommit(r, encode)
}

// overhead is about what an event, or a commit, takes beside its data.
const overhead = 512

// size is about how much memory the commit takes, its JSON included.
func size(r *ports.Recorded) int {
	n := overhead + len(r.Result)
	for i := range r.Events {
		n += overhead + 2*len(r.Events[i].Data)
	}
	return n
}

// Passes reports whether a filter lets any of the commit's events through.
func (c *Commit) Passes(f Filter) bool {
	if f == All {
		return true
	}
	for i := range c.Events {
		if f.lets(c.items[i], c.Events[i].Type) {
			return true
		}
	}
	return false
}

// AppendJSON appends the commit with the events that a filter lets through:
// {"position":…,"time":…,"events":[…]}. An event is encoded once, for all.
func (c *Commit) AppendJSON(dst []byte, f Filter) []byte {
	c.once.Do(c.write)
	if f == All {
		return append(dst, c.body...)
	}
	dst = append(dst, c.body[:c.begin]...)
	begin, first := c.begin, true
	for i, end := range c.ends {
		if f.lets(c.items[i], c.Events[i].Type) {
			if !first {
				dst = append(dst, ',')
			}
			dst, first = append(dst, c.body[begin:end]...), false
		}
		begin = end + len(",")
	}
	return append(dst, `]}`...)
}

func (c *Commit) write() {
	body := strconv.AppendInt(append(make([]byte, 0, size(&c.Recorded)), `{"position":`...), int64(c.Position), 10)
	body = event.AppendTime(append(body, `,"time":`...), c.Time)
	body = append(body, `,"events":[`...)
	c.begin, c.ends = len(body), make([]int, len(c.Events))
	for i := range c.Events {
		if i > 0 {
			body = append(body, ',')
		}
		body = c.encode(body, &ports.StreamEvent{
			Position: c.Position, Index: i, Actor: c.Actor, RequestID: c.RequestID, Event: c.Events[i],
		})
		c.ends[i] = len(body)
	}
	body = append(body, `]}`...)
	c.body = body
}
