package jsonevents

import (
	"time"

	"github.com/onhand/onhand/domain/event"
	"github.com/onhand/onhand/ports"
)

// batch is a group of commits turned into bytes, not written yet.
type batch struct {
	requests []*request
	bytes    []byte
	lines    []sealed
	delta    *delta
	chain    hashed   // of the last line
	last     position // after the last line
	settled  time.Time
}

// sealed is what must be remembered of a line once it is durable.
type sealed struct {
	key    keyHash
	hasKey bool
	place  place
	at     time.Time
}

// seal gives the group's commits their positions and turns them into lines.
// Each commit is checked here once more against everything before it, also in
// the same group, and against the clock; a refused one leaves no trace. Requests that would make the
// group too long go back to the queue.
func (w *committer) seal() *batch {
	st := &w.store.state
	w.store.mu.Lock() // forgetting keys changes the index
	st.index.keys.forget(st.last.Time)
	b := &batch{delta: newDelta(st.index), chain: w.chain, last: st.last, bytes: w.buffer[:0]}
	w.store.mu.Unlock()
	// From here on the index is only read, and only this goroutine changes it.
	for n, r := range w.group {
		if len(b.bytes) > groupBytes {
			w.store.queue.giveBack(w.group[n:])
			w.group = w.group[:n]
			break
		}
		b.settled = later(b.settled, r.settled)
		r.results = make([]ports.Appended, len(r.commits))
		var unwritten ports.Unwritten
		for i := range r.commits {
			var key keyHash
			if r.keys != nil {
				key = r.keys[i]
			}
			if r.refused != nil && r.refused[i] != nil {
				r.results[i].Err = r.refused[i]
			} else {
				r.results[i] = w.sealCommit(b, r.commits[i], key, &unwritten)
			}
			if r.results[i].Err != nil {
				unwritten.Refused(&r.commits[i])
			}
		}
	}
	b.requests = w.group
	w.buffer = b.bytes
	return b
}

// sealCommit appends one commit's line to the batch, or says why not.
func (w *committer) sealCommit(b *batch, c ports.Commit, key keyHash, unwritten *ports.Unwritten) ports.Appended {
	if until := c.ValidUntil; !until.IsZero() && !w.store.opts.Now().Before(until) {
		return ports.Appended{Err: &ports.TooLateError{ValidUntil: until}}
	}
	if c.Time.Before(w.mark.settled) { // somebody was told that what was overdue then stays so
		return ports.Appended{Err: &ports.TooLateError{ValidUntil: w.mark.settled}}
	}
	c.ValidUntil = time.Time{}
	c.Time = later(c.Time, b.last.Time)
	if err := b.delta.check(&c, key, w.store.opts.Limits); err != nil {
		return ports.Appended{Err: err}
	}
	if err := unwritten.Conflict(&c); err != nil {
		return ports.Appended{Err: err}
	}
	offset := w.end + int64(len(b.bytes))
	segments := w.store.state.segments
	at := place{segment: uint32(len(segments) - 1), offset: uint32(offset)} //nolint:gosec // bounded by the segment size
	l := &line{
		Recorded: ports.Recorded{Position: b.last.Last + 1, Commit: c},
		Batch:    w.end,
		Links:    linksTo(b.delta.add(&c, key, at), segments),
		Prev:     b.chain,
	}
	b.bytes, b.chain = appendLine(b.bytes, l)
	b.bytes = append(b.bytes, '\n')
	b.last = position{Last: l.Position, Time: c.Time, Hash: b.chain}
	b.lines = append(b.lines, sealed{key: key, hasKey: c.Key != "", place: at, at: c.Time})
	return ports.Appended{Position: l.Position, Time: c.Time}
}

func linksTo(places [][]place, segments []event.Position) [][]link {
	links := make([][]link, len(places))
	for i, back := range places {
		for _, p := range back {
			links[i] = append(links[i], link{Segment: segments[p.segment], Offset: int64(p.offset)})
		}
	}
	return links
}
