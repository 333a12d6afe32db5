package feed

import (
	"github.com/onhand/onhand/domain/event"
)

// ring is the newest commits of the log, without gaps: those at the positions
// from first to end. It is empty where first is end + 1.
type ring struct {
	places   []*Commit // the commit at position p has the place p modulo their number
	bytes    int
	maxBytes int
	first    event.Position
	end      event.Position
}

func newRing(commits, maxBytes int) ring {
	return ring{places: make([]*Commit, commits), maxBytes: maxBytes, first: 1}
}

// restart empties the ring; the next commit is the one behind end.
func (r *ring) restart(end event.Position) {
	clear(r.places)
	r.bytes, r.first, r.end = 0, end+1, end
}

func (r *ring) place(p event.Position) **Commit { return &r.places[int(p)%len(r.places)] }

// push adds the next commit and lets go of the oldest as the bounds want it; the
// newest stays, however large.
func (r *ring) push(c *Commit) {
	if r.first+event.Position(len(r.places)) == c.Position {
		r.drop()
	}
	*r.place(c.Position) = c
	r.end = c.Position
	r.bytes += size(&c.Recorded)
	for r.bytes > r.maxBytes && r.first < r.end {
		r.drop()
	}
}

func (r *ring) drop() {
	place := r.place(r.first)
	r.bytes -= size(&(*place).Recorded)
	*place = nil
	r.first++
}

// has tells whether the commit behind a position is, or will be next, in the ring.
func (r *ring) has(after event.Position) bool { return after+1 >= r.first }

// copy copies the commits behind a position, as many as fit, and returns them.
func (r *ring) copy(to []*Commit, after event.Position) []*Commit {
	to = to[:0]
	for p := after + 1; p <= r.end && len(to) < cap(to); p++ {
		to = append(to, *r.place(p))
	}
	return to
}
