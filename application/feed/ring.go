package feed

import (
	"github.com/onhand/onhand/domain/event"
)

// ring is the newest commits of the log, without gaps: those at the positions
// from first to end. It is empty where first is end + 1.
type ring struct {
	slots    []*Commit // the commit at position p has the slot p modulo their number
	bytes    int
	maxBytes int
	first    event.Position
	end      event.Position
}

func newRing(commits, maxBytes int) ring {
	return ring{slots: make([]*Commit, commits), maxBytes: maxBytes, first: 1}
}

// restart empties the ring; the next commit is the one after end.
func (r *ring) restart(end event.Position) {
	clear(r.slots)
	r.bytes, r.first, r.end = 0, end+1, end
}

func (r *ring) slot(p event.Position) **Commit { return &r.slots[int(p)%len(r.slots)] }

// push adds the next commit and drops the oldest ones until the bounds hold; the newest
// stays, however large.
func (r *ring) push(c *Commit) {
	if r.first+event.Position(len(r.slots)) == c.Position {
		r.drop()
	}
	*r.slot(c.Position) = c
	r.end = c.Position
	r.bytes += size(&c.Recorded)
	for r.bytes > r.maxBytes && r.first < r.end {
		r.drop()
	}
}

func (r *ring) drop() {
	slot := r.slot(r.first)
	r.bytes -= size(&(*slot).Recorded)
	*slot = nil
	r.first++
}

// has reports whether the commit after a position is, or will be next, in the ring.
func (r *ring) has(after event.Position) bool { return after+1 >= r.first }

// copy returns the commits after a position, as many as fit.
func (r *ring) copy(to []*Commit, after event.Position) []*Commit {
	to = to[:0]
	for p := after + 1; p <= r.end && len(to) < cap(to); p++ {
		to = append(to, *r.slot(p))
	}
	return to
}
