package projection

import (
	"context"
	"time"
)

// lifetime ends the work of a runner in three steps.
type lifetime struct {
	running context.Context // ends when the runner must stop
	calls   context.Context // ends when a call under way must break off
	saving  context.Context // ends when no time is left even for a last checkpoint

	stop, breakOff, abort context.CancelFunc
	ended                 chan struct{} // closed when the runner's goroutine has ended
}

func newLifetime() *lifetime {
	l := &lifetime{ended: make(chan struct{})}
	l.running, l.stop = context.WithCancel(context.Background())
	l.saving, l.abort = context.WithCancel(context.Background())
	l.calls, l.breakOff = context.WithCancel(l.saving)
	return l
}

// stopping reports whether the runner must stop.
func (l *lifetime) stopping() bool { return l.running.Err() != nil }

// brokenOff reports whether calls under way must break off.
func (l *lifetime) brokenOff() bool { return l.calls.Err() != nil }

// over notes that the runner's goroutine has ended.
func (l *lifetime) over() {
	close(l.ended)
	l.breakOff()
	l.abort()
}

// patience is how long a call under way may continue when the runner stops.
const patience = 2 * time.Second

// end stops the runner and waits until it has ended. It returns ctx's error if ctx ends
// before that.
func (l *lifetime) end(ctx context.Context, now func() time.Time) error {
	l.stop()
	hurry := time.AfterFunc(patience, l.breakOff)
	defer hurry.Stop()
	if deadline, limited := ctx.Deadline(); limited {
		// Other parts have to stop after this runner. A last checkpoint gets half of
		// the time; the one before serves as well.
		late := time.AfterFunc(deadline.Sub(now())/2, l.abort)
		defer late.Stop()
	}
	select {
	case <-l.ended:
		return nil
	case <-ctx.Done():
		l.abort()
		return ctx.Err()
	}
}
