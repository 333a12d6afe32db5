package jsonevents

import (
	"time"

	"github.com/onhand/onhand/domain/event"
	"github.com/onhand/onhand/ports"
)

// place is where a commit's line begins, as the tables keep it: the index of
// its segment and the offset in it. A segment never reaches 4 GiB.
type place struct {
	segment uint32
	offset  uint32
}

// skipBase is how far apart the links of one level are, in versions, relative
// to the level below. See links.
const skipBase = 16

// tail is the end of one stream.
type tail struct {
	version event.Version
	last    place // of the newest version
	// anchors[k-1] is the place of the newest version that skipBase^k divides.
	// They exist once a version needed them, so most streams have none. Never
	// changed in place: the delta and the index share them.
	anchors []place
}

// next is the tail after one more event at p, and the places that the event
// links back to: for each k whose skipBase^k divides the version, the place of
// the version that is skipBase^k lower, as far as there is one. So any version
// is found from the newest in a number of steps that grows with the logarithm
// of the distance.
func (t tail) next(p place) (tail, []place) {
	after := tail{version: t.version + 1, last: p, anchors: t.anchors}
	var links []place
	if t.version > 0 {
		links = append(links, t.last)
	}
	level := 0
	for step := event.Version(skipBase); after.version%step == 0; step *= skipBase {
		if level == 0 {
			after.anchors = append([]place(nil), t.anchors...)
		}
		if level < len(t.anchors) {
			links = append(links, t.anchors[level])
			after.anchors[level] = p
		} else {
			after.anchors = append(after.anchors, p)
		}
		level++
	}
	return after, links
}

// index is what the store keeps in memory about the durable log.
type index struct {
	streams map[event.StreamID]tail
	keys    keyTable
	epochs  map[event.StreamID]int64
	highest int64 // fencing token seen on any stream
	events  int64
	// frozen, if set, is told what changes: it keeps the tails as they were.
	frozen *frozen
}

func newIndex(ttl time.Duration) *index {
	return &index{
		streams: map[event.StreamID]tail{},
		keys:    newKeyTable(ttl),
		epochs:  map[event.StreamID]int64{},
	}
}

// delta is what commits that are not durable yet will change in the index. A
// look-up sees the delta over the index.
type delta struct {
	base    *index
	streams map[event.StreamID]tail
	keys    map[keyHash]struct{}
	epochs  map[event.StreamID]int64
	created int // streams that begin in the delta
	events  int64
	expired int // keys at the front of the base's queue known to be over by the next commit
}

// renew makes the delta an empty one again, with its memory.
func (d *delta) renew() {
	clear(d.streams)
	clear(d.keys)
	clear(d.epochs)
	d.created, d.events, d.expired = 0, 0, 0
}

func newDelta(base *index) *delta {
	return &delta{
		base:    base,
		streams: map[event.StreamID]tail{},
		keys:    map[keyHash]struct{}{},
		epochs:  map[event.StreamID]int64{},
	}
}

func (d *delta) tail(id event.StreamID) (tail, bool) {
	if t, ok := d.streams[id]; ok {
		return t, true
	}
	t, ok := d.base.streams[id]
	return t, ok
}

func (d *delta) epoch(id event.StreamID) int64 {
	return max(d.epochs[id], d.base.epochs[id])
}

// add takes over a commit that check let pass and that stands at p. It returns
// the places that each event links back to.
func (d *delta) add(c *ports.Commit, hash keyHash, p place) [][]place {
	links := make([][]place, len(c.Events))
	for i := range c.Events {
		id := c.Events[i].Stream
		t, exists := d.tail(id)
		if !exists {
			d.created++
		}
		d.streams[id], links[i] = t.next(p)
	}
	d.events += int64(len(c.Events))
	for _, e := range c.Tokens {
		d.epochs[e.Stream] = max(e.Token, d.epoch(e.Stream))
	}
	if c.Key != "" {
		d.keys[hash] = struct{}{}
	}
	return links
}

// keysFull tells whether one more key would be too many at the time of the next
// commit. Keys whose time is over by then leave the table with that commit, so
// they must not keep it out; until it is durable they stay.
func (d *delta) keysFull(at time.Time, limit int) bool {
	t := &d.base.keys
	held := len(t.queue) + len(d.keys)
	for held-d.expired >= limit && d.expired < len(t.queue) && t.over(&t.queue[d.expired], at) {
		d.expired++
	}
	return held-d.expired >= limit
}

// check tells why a commit cannot follow what is there, or nil.
func (d *delta) check(c *ports.Commit, hash keyHash, limits Limits) error {
	if c.Key != "" {
		_, taken := d.keys[hash]
		if !taken {
			_, taken = d.base.keys.find(hash, c.Time)
		}
		if taken {
			return &ports.DuplicateKeyError{Key: c.Key}
		}
		if d.keysFull(c.Time, limits.Keys) {
			return &ports.LimitError{Table: ports.KeysTable, Limit: limits.Keys}
		}
	}
	for _, e := range c.Tokens {
		if highest := d.epoch(e.Stream); e.Token < highest {
			return &ports.StaleTokenError{Stream: e.Stream, Token: e.Token, Highest: highest}
		}
	}
	return d.checkVersions(c, limits)
}

// checkVersions compares the version that each stream's first event builds on;
// that the others follow it without a gap, ports.Commit.Check has seen.
func (d *delta) checkVersions(c *ports.Commit, limits Limits) error {
	created := 0
	var seen map[event.StreamID]bool // where there are several events
	if len(c.Events) > 1 {
		seen = make(map[event.StreamID]bool, len(c.Events))
	}
	for i := range c.Events {
		e := &c.Events[i]
		if seen[e.Stream] {
			continue
		}
		t, exists := d.tail(e.Stream)
		if e.Version != t.version+1 {
			return &ports.ConflictError{Stream: e.Stream, Expected: e.Version - 1, Actual: t.version}
		}
		if !exists {
			created++
		}
		if seen != nil {
			seen[e.Stream] = true
		}
	}
	if created > 0 && len(d.base.streams)+d.created+created > limits.Streams {
		return &ports.LimitError{Table: ports.StreamsTable, Limit: limits.Streams}
	}
	return nil
}

// merge makes the delta part of the index, but for the keys, which come one by
// one with their place and time.
func (d *delta) merge() {
	for id, t := range d.streams {
		if d.base.frozen != nil {
			d.base.frozen.keep(id, d.base.streams[id])
		}
		d.base.streams[id] = t
	}
	d.base.events += d.events
	for id, token := range d.epochs {
		d.base.epochs[id] = token
		d.base.highest = max(d.base.highest, token)
	}
}
