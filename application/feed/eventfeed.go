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

// ErrBehind means that the log has not come to a position that was asked for.
var ErrBehind = errors.New("the log is not so far yet")

// Commits implements ports.EventFeed, from memory as far as possible.
func (t *Tail) Commits(ctx context.Context, after event.Position) iter.Seq2[ports.Recorded, error] {
	return func(yield func(ports.Recorded, error) bool) {
		t.use()
		at := max(after, 0)
		buffer := buffers.Get().(*buffer)
		defer buffer.free()
		for caughtUp := false; ; {
			batch, where := t.part(buffer[:0], at)
			for _, c := range batch {
				if err := ctx.Err(); err != nil {
					yield(ports.Recorded{}, err)
					return
				}
				if !yield(c.Recorded, nil) {
					return
				}
				at = c.Position
			}
			switch {
			case len(batch) > 0:
				continue
			case where == atEnd && caughtUp:
				return
			case where == atEnd:
				if end := t.end(); end > at && t.Reach(ctx, end) == nil {
					caughtUp = true // once the ring has been gone through up to there
					continue
				}
			}
			// Either the ring begins later, or this is its end, where only the log can
			// report that it does not work.
			if at = t.fromLog(ctx, at, where == atEnd, yield); at < 0 {
				return
			}
		}
	}
}

// where a position lies.
type where int

const (
	inRing where = iota // the commits after it are in the ring
	atEnd               // it is the last in the ring, or none is there yet
	before              // the commits after it are in the log only
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

// fromLog yields what only the log has, and all if toItsEnd. It returns where it
// got, or -1 at the end of the iteration.
func (t *Tail) fromLog(
	ctx context.Context, at event.Position, toItsEnd bool, yield func(ports.Recorded, error) bool,
) event.Position {
	for r, err := range t.log.Commits(ctx, at) {
		if !yield(r, err) || err != nil {
			return -1
		}
		at = r.Position
		if !toItsEnd && t.has(at) {
			return at
		}
	}
	return -1
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

// moves is a channel that is closed when the ring moves. The caller holds the lock.
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
