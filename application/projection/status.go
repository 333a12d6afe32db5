package projection

import (
	"context"
	"time"

	"github.com/onhand/onhand/domain/event"
)

// Status returns the status of the projection.
func (r *Runner) Status(ctx context.Context) Status {
	s := r.published.currentStatus()
	s.Lag = max(0, int64(r.deps.Head()-s.Position))
	s.Behind = r.Behind(ctx, s.Position)
	return s
}

// Behind returns the age of the first commit after a position, 0 if there is none.
func (r *Runner) Behind(ctx context.Context, position event.Position) time.Duration {
	if r.deps.Head() <= position {
		return 0
	}
	for c, err := range r.deps.Feed.Commits(ctx, position) {
		if err != nil {
			break
		}
		return max(0, r.deps.Now().Sub(c.Time))
	}
	return 0
}

// Target returns the target for readers, nil before the first checkpoint is loaded.
func (r *Runner) Target() Target { return r.published.currentTarget() }

// Reached reports whether the target for readers has reached a position.
func (r *Runner) Reached(p event.Position) bool { return r.published.reached(p) }

// WaitFor waits until the target for readers has reached a position. It returns
// ledger.ErrBehind if ctx ends before that.
func (r *Runner) WaitFor(ctx context.Context, p event.Position) error {
	return r.published.waitFor(ctx, p)
}
