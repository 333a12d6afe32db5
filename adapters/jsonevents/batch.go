package jsonevents

import (
	"errors"
	"time"

	"github.com/onhand/onhand/adapters/jsonevents/internal/logindex"
	"github.com/onhand/onhand/adapters/jsonevents/internal/logline"
	"github.com/onhand/onhand/ports"
)

// The limits of one group commit. A single larger commit goes alone.
const (
	groupCommits = 512
	groupBytes   = 1 << 20
)

// batch is a group of commits as lines of the log, not written yet.
type batch struct {
	start   logline.Offset // where the lines begin
	chain   logline.Hash   // of the last line, also of the one before the batch
	lines   []byte
	commits int // in lines
	pending *logindex.Pending
	last    logline.Tip // the log's last commit after the batch
	closes  time.Time   // the timestamp that the batch closes

	now    func() time.Time
	closed time.Time // no commit that was decided before this time may be written
	failed error     // the index could not be read, so nothing of the batch may be written
}

// full reports whether the batch takes no more requests.
func (b *batch) full() bool { return len(b.lines) > groupBytes }

// add gives the commits of a request their positions and turns them into lines. Each commit is
// checked here once more against everything before it, also in the same batch, and against the
// clock. A refused one leaves no trace.
func (b *batch) add(r *request) {
	b.closes = later(b.closes, r.closes)
	r.results = make([]ports.Appended, len(r.commits))
	var unwritten ports.Unwritten
	for i := range r.commits {
		var key logindex.KeyHash
		if r.keys != nil {
			key = r.keys[i]
		}
		if r.refused != nil && r.refused[i] != nil {
			r.results[i].Err = r.refused[i]
		} else {
			r.results[i] = b.seal(r.commits[i], key, &unwritten)
		}
		if r.results[i].Err != nil {
			unwritten.Refused(&r.commits[i])
		}
	}
}

// seal appends the line of a commit, or returns the reason why not.
func (b *batch) seal(c ports.Commit, key logindex.KeyHash, unwritten *ports.Unwritten) ports.Appended {
	if until := c.ValidUntil; !until.IsZero() && !b.now().Before(until) {
		return ports.Appended{Err: &ports.TooLateError{ValidUntil: until}}
	}
	if c.Time.Before(b.closed) { // readers rely on every deadline before it
		return ports.Appended{Err: &ports.TooLateError{ValidUntil: b.closed}}
	}
	c.ValidUntil = time.Time{}
	c.Time = later(c.Time, b.last.Time)
	if err := b.pending.Check(&c, key); err != nil {
		if errors.Is(err, logindex.ErrLookup) {
			b.failed = err
		}
		return ports.Appended{Err: err}
	}
	if err := unwritten.Conflict(&c); err != nil {
		return ports.Appended{Err: err}
	}
	at := b.start
	at.Byte += int64(len(b.lines))
	l := &logline.Line{
		Recorded: ports.Recorded{Position: b.last.Position + 1, Commit: c},
		Batch:    b.start.Byte,
		Back:     b.pending.Add(&c, key, at),
		Prev:     b.chain,
	}
	b.lines, b.chain = logline.Append(b.lines, l)
	b.lines = append(b.lines, '\n')
	b.commits++
	b.last = logline.Tip{Position: l.Position, Time: c.Time, Hash: b.chain}
	return ports.Appended{Position: l.Position, Time: c.Time}
}
