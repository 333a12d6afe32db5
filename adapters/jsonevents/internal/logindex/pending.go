package logindex

import (
	"time"

	"github.com/onhand/onhand/adapters/jsonevents/internal/logline"
	"github.com/onhand/onhand/domain/event"
	"github.com/onhand/onhand/ports"
)

// Limits bound the tables of an index.
type Limits struct{ Streams, Keys int }

// Pending is the changes to an index by commits that are not durable yet. Its checks see the
// pending changes on top of the index.
type Pending struct {
	base    *Index
	streams map[event.StreamID]tail
	keys    map[KeyHash]struct{}
	used    []remembered // the keys in the order of their commits
	tokens  map[event.StreamID]int64
	created int // streams that begin in the pending changes
	events  int64
	expired int // keys at the front of the base's queue that are known to be over by the next commit
}

// NewPending returns pending changes of an index, none yet, with room for those of some commits.
func NewPending(base *Index, commits int) *Pending {
	return &Pending{
		base:    base,
		streams: make(map[event.StreamID]tail, commits),
		keys:    make(map[KeyHash]struct{}, commits),
		used:    make([]remembered, 0, commits),
		tokens:  map[event.StreamID]int64{},
	}
}

// Reset drops the changes and keeps their memory.
func (p *Pending) Reset() {
	clear(p.streams)
	clear(p.keys)
	clear(p.tokens)
	p.used = p.used[:0]
	p.created, p.events, p.expired = 0, 0, 0
}

func (p *Pending) tail(id event.StreamID) (tail, bool) {
	if t, ok := p.streams[id]; ok {
		return t, true
	}
	t, ok := p.base.streams[id]
	return t, ok
}

func (p *Pending) token(id event.StreamID) int64 {
	return max(p.tokens[id], p.base.tokens[id])
}

// Add takes over a commit that has passed Check and whose line begins at an offset. It returns
// the skip pointers of each event. The key is that of the commit, if it has one.
func (p *Pending) Add(c *ports.Commit, key KeyHash, at logline.Offset) [][]logline.Offset {
	back := make([][]logline.Offset, len(c.Events))
	for i := range c.Events {
		id := c.Events[i].Stream
		t, exists := p.tail(id)
		if !exists {
			p.created++
		}
		p.streams[id], back[i] = t.next(at)
	}
	p.events += int64(len(c.Events))
	for _, t := range c.Tokens {
		p.tokens[t.Stream] = max(t.Token, p.token(t.Stream))
	}
	if c.Key != "" {
		p.keys[key] = struct{}{}
		p.used = append(p.used, remembered{key: key, commit: at, at: c.Time.UnixMicro()})
	}
	return back
}

// keysFull reports whether one more key would be too many at the time of the next commit. Keys
// whose time is over by then leave the table with that commit, so they must not keep it out.
// They stay until it is durable.
func (p *Pending) keysFull(at time.Time, limit int) bool {
	t, now := &p.base.keys, at.UnixMicro()
	held := len(t.queue) + len(p.keys)
	for held-p.expired >= limit && p.expired < len(t.queue) && t.over(&t.queue[p.expired], now) {
		p.expired++
	}
	return held-p.expired >= limit
}

// Check returns the reason why a commit cannot follow the index and the pending changes, or nil.
func (p *Pending) Check(c *ports.Commit, key KeyHash, limits Limits) error {
	if c.Key != "" {
		_, taken := p.keys[key]
		if !taken {
			taken = p.base.keys.knows(key)
		}
		if taken {
			return &ports.DuplicateKeyError{Key: c.Key}
		}
		if p.keysFull(c.Time, limits.Keys) {
			return &ports.LimitError{Table: ports.KeysTable, Limit: limits.Keys}
		}
	}
	for _, t := range c.Tokens {
		if highest := p.token(t.Stream); t.Token < highest {
			return &ports.StaleTokenError{Stream: t.Stream, Token: t.Token, Highest: highest}
		}
	}
	return p.CheckVersions(c, limits.Streams)
}

// CheckVersions compares the version that the first event of each stream builds on. The other
// events of a stream follow the first without a gap: ports.Commit.Check has seen to that.
func (p *Pending) CheckVersions(c *ports.Commit, maxStreams int) error {
	created := 0
	var seen map[event.StreamID]bool // nil for a single event
	if len(c.Events) > 1 {
		seen = make(map[event.StreamID]bool, len(c.Events))
	}
	for i := range c.Events {
		e := &c.Events[i]
		if seen[e.Stream] {
			continue
		}
		t, exists := p.tail(e.Stream)
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
	if created > 0 && len(p.base.streams)+p.created+created > maxStreams {
		return &ports.LimitError{Table: ports.StreamsTable, Limit: maxStreams}
	}
	return nil
}

// Apply makes the changes part of the index, which must not be used otherwise meanwhile.
func (p *Pending) Apply() {
	for id, t := range p.streams {
		p.base.set(id, t)
	}
	p.base.events += p.events
	for id, token := range p.tokens {
		p.base.raise(id, token)
	}
	for i := range p.used {
		p.base.keys.add(p.used[i])
	}
}
