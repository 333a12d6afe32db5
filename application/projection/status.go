package projection

import (
	"context"
	"fmt"
	"time"

	"github.com/onhand/onhand/application/ledger"
	"github.com/onhand/onhand/domain/event"
	"github.com/onhand/onhand/ports"
)

// State is what a runner does.
type State string

// The states of a runner.
const (
	Running State = "running"
	Paused  State = "paused"
	// Blocked is that nothing goes on until something outside is mended; it is tried again.
	Blocked State = "blocked"
)

// Status is how a projection stands.
type Status struct {
	Name        string
	Position    event.Position
	Lag         int64         // commits that the log has beyond that
	Behind      time.Duration // how old the oldest of them is
	State       State
	Detail      string // what is wrong, in words, if anything is
	Retrying    int    // streams that stand still until they are tried again
	DeadLetters int    // streams that stand still because of a dead letter
	Checkpoint  int64  // size of the last checkpoint, in bytes; 0 if none was saved yet

	floor event.Position // what is shown to readers stands here at least, while a new target is built
}

// show lets others see how the runner stands.
func (r *Runner) show() {
	retrying, parked := r.count()
	s := Status{
		Name: r.opts.Name, Position: r.Position, State: Running,
		Retrying: retrying, DeadLetters: parked, Checkpoint: r.save.size,
	}
	switch {
	case r.Paused:
		s.State = Paused
	case r.waits():
		s.State, s.Detail = Blocked, r.latestCause()
		switch {
		case r.gone:
			s.Detail = ports.ErrGone.Error()
		case r.stalled() && r.stall.cause != "":
			s.Detail = r.stall.cause
		}
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if s.floor = r.seen.floor; r.Position >= s.floor {
		r.shown, s.floor = r.target, 0
	}
	r.seen = s
	if r.changed != nil {
		close(r.changed)
		r.changed = nil
	}
}

// latestCause is what went wrong last.
func (r *Runner) latestCause() (cause string) {
	var last time.Time
	for _, at := range r.Still {
		if at.LastAt.After(last) {
			last, cause = at.LastAt, at.Cause
		}
	}
	return cause
}

// Status tells how the projection stands.
func (r *Runner) Status(ctx context.Context) Status {
	r.mu.Lock()
	s := r.seen
	r.mu.Unlock()
	s.Lag = max(0, int64(r.world.Head()-s.Position))
	s.Behind = r.Behind(ctx, s.Position)
	return s
}

// Behind is how old the first commit behind a position is, 0 if there is none.
func (r *Runner) Behind(ctx context.Context, position event.Position) time.Duration {
	if r.world.Head() <= position {
		return 0
	}
	for c, err := range r.world.Feed.Commits(ctx, position) {
		if err != nil {
			break
		}
		return max(0, r.world.Now().Sub(c.Time))
	}
	return 0
}

// Target is what readers may look at; nil before the first checkpoint is loaded.
func (r *Runner) Target() Target {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.shown
}

// WaitFor returns once what readers see has come to a position, or ledger.ErrBehind
// when ctx ends before that.
func (r *Runner) WaitFor(ctx context.Context, p event.Position) error {
	for {
		r.mu.Lock()
		reached := r.reached(p)
		if r.changed == nil {
			r.changed = make(chan struct{})
		}
		changed := r.changed
		r.mu.Unlock()
		if reached {
			return nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return fmt.Errorf("%w: %w", ledger.ErrBehind, ctx.Err())
		}
	}
}

// Reached tells whether what readers see has come to a position.
func (r *Runner) Reached(p event.Position) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.reached(p)
}

// reached is Reached where the lock is held.
func (r *Runner) reached(p event.Position) bool {
	return r.shown != nil && max(r.seen.Position, r.seen.floor) >= p
}
