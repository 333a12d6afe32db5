package logindex

import (
	"github.com/onhand/onhand/adapters/jsonevents/internal/logline"
	"github.com/onhand/onhand/domain/event"
	"github.com/onhand/onhand/ports"
)

// Pending is the changes to an index by commits that are not durable yet. Its checks see the
// pending changes on top of the index.
type Pending struct {
	base    *Index
	streams map[event.StreamID]tail
	known   map[event.StreamID]tail // of the index, of streams that were checked
	keys    map[KeyHash]struct{}
	used    []usedKey // the keys in the order of their commits
	tokens  map[event.StreamID]int64
	events  int64
	expired int // keys at the front of the base's that are known to be over by the next commit
}

// NewPending returns pending changes of an index, none yet.
func NewPending(base *Index) *Pending {
	return &Pending{
		base:    base,
		streams: map[event.StreamID]tail{},
		known:   map[event.StreamID]tail{},
		keys:    map[KeyHash]struct{}{},
		tokens:  map[event.StreamID]int64{},
	}
}

// Reset drops the changes and keeps their memory.
func (p *Pending) Reset() {
	clear(p.streams)
	clear(p.known)
	clear(p.keys)
	clear(p.tokens)
	p.used = p.used[:0]
	p.events, p.expired = 0, 0
}

func (p *Pending) tail(id event.StreamID) (tail, error) {
	if t, ok := p.streams[id]; ok {
		return t, nil
	}
	if t, ok := p.known[id]; ok {
		return t, nil
	}
	t, err := p.base.tail(id, true)
	if err == nil {
		p.known[id] = t
	}
	return t, err
}

func (p *Pending) token(id event.StreamID) int64 {
	return max(p.tokens[id], p.base.token(id))
}

// Add takes over a commit that has passed CheckVersions and whose line begins at an offset. It
// returns the skip pointers of each event. The key is that of the commit, if it has one.
func (p *Pending) Add(c *ports.Commit, key KeyHash, at logline.Offset) [][]logline.Offset {
	back := make([][]logline.Offset, len(c.Events))
	for i := range c.Events {
		id := c.Events[i].Stream
		t, pending := p.streams[id]
		if !pending {
			t = p.known[id]
		}
		p.streams[id], back[i] = t.next(at)
	}
	p.events += int64(len(c.Events))
	for _, t := range c.Tokens {
		p.tokens[t.Stream] = max(t.Token, p.token(t.Stream))
	}
	if c.Key != "" {
		p.keys[key] = struct{}{}
		p.used = append(p.used, usedKey{key: key, commit: at, at: c.Time.UnixMicro()})
	}
	return back
}

// Check returns the reason why a commit cannot follow the index and the pending changes, or nil.
// ErrLookup says nothing of the commit.
func (p *Pending) Check(c *ports.Commit, key KeyHash) error {
	if c.Key != "" {
		_, taken := p.keys[key]
		if !taken {
			var err error
			if _, taken, err = p.base.key(key); err != nil {
				return err
			}
		}
		if taken {
			return &ports.DuplicateKeyError{Key: c.Key}
		}
		if p.keysFull(c.Time.UnixMicro()) {
			return &ports.LimitError{Table: ports.KeysTable, Limit: p.base.options.MaxKeys}
		}
	}
	if p.streamsFull(c) {
		return &ports.LimitError{Table: ports.ChangedTable, Limit: p.base.options.MaxStreams}
	}
	for _, t := range c.Tokens {
		if highest := p.token(t.Stream); t.Token < highest {
			return &ports.StaleTokenError{Stream: t.Stream, Token: t.Token, Highest: highest}
		}
	}
	return p.CheckVersions(c)
}

// CheckVersions compares the version that the first event of each stream builds on. The other
// events of a stream follow the first without a gap: ports.Commit.Check has seen to that.
func (p *Pending) CheckVersions(c *ports.Commit) error {
	var seen map[event.StreamID]bool // nil for a single event
	if len(c.Events) > 1 {
		seen = make(map[event.StreamID]bool, len(c.Events))
	}
	for i := range c.Events {
		e := &c.Events[i]
		if seen[e.Stream] {
			continue
		}
		t, err := p.tail(e.Stream)
		if err != nil {
			return err
		}
		if e.Version != t.version+1 {
			return &ports.ConflictError{Stream: e.Stream, Expected: e.Version - 1, Actual: t.version}
		}
		if seen != nil {
			seen[e.Stream] = true
		}
	}
	return nil
}

// Apply makes the changes part of the index.
func (p *Pending) Apply() {
	x := p.base
	x.mu.Lock()
	defer x.mu.Unlock()
	for id, t := range p.streams {
		x.dirty.streams[id] = t
	}
	x.state.Events += p.events
	for id, token := range p.tokens {
		x.tokens[id], x.dirty.tokens[id] = token, token
		x.highest = max(x.highest, token)
	}
	for i := range p.used {
		x.addKey(p.used[i])
	}
}

// keysFull reports whether one more key would be too many at the time of the next commit. A full
// table is that of an index that cannot be written. Keys whose time is over by then leave it with
// that commit, so they must not keep it out.
func (p *Pending) keysFull(now int64) bool {
	x := p.base
	x.mu.Lock()
	defer x.mu.Unlock()
	held := x.keys() + len(p.keys)
	for held-p.expired >= x.options.MaxKeys && x.over(p.expired, now) {
		p.expired++
	}
	return held-p.expired >= x.options.MaxKeys
}

// streamsFull reports whether a commit would change one more stream where too many have changes
// that no flush has made durable. Such streams are those of an index that cannot be written.
func (p *Pending) streamsFull(c *ports.Commit) bool {
	x := p.base
	x.mu.Lock()
	defer x.mu.Unlock()
	if limit := x.options.MaxStreams; limit == 0 || x.changedStreams()+len(p.streams) < limit {
		return false
	}
	for i := range c.Events {
		id := c.Events[i].Stream
		if _, pending := p.streams[id]; !pending && !x.changed(id) {
			return true
		}
	}
	return false
}
