package feed

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"sync"

	"github.com/onhand/onhand/domain/event"
	"github.com/onhand/onhand/ports"
)

// ErrBehind means that the log has not reached the requested position.
var ErrBehind = errors.New("the log has not reached this position yet")

// Commits implements ports.EventFeed: from memory as far as memory has the commits.
func (t *Tail) Commits(ctx context.Context, after event.Position) iter.Seq2[ports.Recorded, error] {
	return func(yield func(ports.Recorded, error) bool) {
		t.use()
		buffer := buffers.Get().(*buffer)
		defer buffer.free()
		walk := walk{tail: t, at: max(after, 0), yield: yield}
		for walk.next(ctx, buffer[:0]) {
		}
	}
}

// walk is one iteration over the commits.
type walk struct {
	tail     *Tail
	at       event.Position // of the last commit that was yielded
	caughtUp bool           // with the log's end as it was during the walk
	yield    func(ports.Recorded, error) bool
}

// next yields the next commits and reports whether there may be more.
func (w *walk) next(ctx context.Context, buffer []*Commit) bool {
	batch, where := w.tail.part(buffer, w.at)
	if len(batch) > 0 {
		return w.pass(ctx, batch)
	}
	if where == atEnd {
		if w.caughtUp {
			return false
		}
		if end := w.tail.end(); end > w.at && w.tail.Reach(ctx, end) == nil {
			w.caughtUp = true // after one more pass over the ring up to there
			return true
		}
	}
	// Before the ring, or at its end, where only the log can tell that it does not work.
	return w.fromLog(ctx, where == atEnd)
}

func (w *walk) pass(ctx context.Context, batch []*Commit) bool {
	for _, c := range batch {
		if err := ctx.Err(); err != nil {
			w.yield(ports.Recorded{}, err)
			return false
		}
		if !w.yield(c.Recorded, nil) {
			return false
		}
		w.at = c.Position
	}
	return true
}

// fromLog yields the commits that only the log has, or, if toItsEnd, all of the log's.
func (w *walk) fromLog(ctx context.Context, toItsEnd bool) bool {
	for r, err := range w.tail.log.Commits(ctx, w.at) {
		if !w.yield(r, err) || err != nil {
			return false
		}
		w.at = r.Position
		if !toItsEnd && w.tail.has(w.at) {
			return true
		}
	}
	return false
}

// where a position lies.
type where int

const (
	inRing where = iota // the commits after it are in the ring
	atEnd               // it is the last in the ring, or none is there yet
	before              // only the log has the commits after it
)

// part returns the commits after a position that memory has, as many as fit.
func (t *Tail) part(to []*Commit, after event.Position) ([]*Commit, where) {
	t.mu.RLock()
	defer t.mu.RUnlock()
	switch {
	case !t.awake || !t.ring.has(after):
		return nil, before
	case after >= t.ring.end:
		return nil, atEnd
	}
	return t.ring.copy(to, after), inRing
}

// buffer holds a batch for a reader.
type buffer [together]*Commit

var buffers = sync.Pool{New: func() any { return new(buffer) }}

// free lets go of the batch.
func (b *buffer) free() {
	clear(b[:])
	buffers.Put(b)
}

// has reports whether memory has the commits after a position.
func (t *Tail) has(after event.Position) bool {
	t.mu.RLock()
	defer t.mu.RUnlock()
	return t.awake && t.ring.has(after)
}

// closed is a channel for callers that need not wait.
var closed = func() <-chan struct{} {
	c := make(chan struct{})
	close(c)
	return c
}()

// Grown implements ports.EventFeed.
func (t *Tail) Grown(after event.Position) <-chan struct{} {
	t.unused.Store(0)
	if t.end() > after {
		return closed
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	switch {
	case !t.awake:
		return t.log.Grown(after)
	case t.ring.end > after || t.failure != nil:
		return closed
	}
	return t.moves()
}

// moves returns a channel that is closed when the ring moves. The caller holds the lock.
func (t *Tail) moves() <-chan struct{} {
	if t.moved == nil {
		t.moved = make(chan struct{})
	}
	return t.moved
}

// Reach waits until memory has come to a position. ErrBehind means that ctx ended
// before; any other error is the log's.
func (t *Tail) Reach(ctx context.Context, p event.Position) error {
	for {
		t.use()
		t.mu.Lock()
		end, failure, moves := t.ring.end, t.failure, t.moves()
		t.mu.Unlock()
		if end >= p {
			return nil
		}
		if failure != nil {
			return failure
		}
		select {
		case <-moves:
		case <-ctx.Done():
			return fmt.Errorf("%w: %w", ErrBehind, ctx.Err())
		}
	}
}
