package httpapi

import (
	"context"
	"sync"
	"sync/atomic"
	"time"
)

// deadline is a context that ends with its parent or at a time. It starts a timer only when
// something waits for its end, which most reads never do.
type deadline struct {
	parent context.Context //nolint:containedctx // it is a context
	at     time.Time       // zero: no time

	once    sync.Once
	timed   context.Context //nolint:containedctx // made with the timer
	cancel  context.CancelFunc
	started bool
	ended   atomic.Bool
}

// Deadline implements context.Context.
func (d *deadline) Deadline() (time.Time, bool) {
	at, ok := d.parent.Deadline()
	if d.at.IsZero() || ok && at.Before(d.at) {
		return at, ok
	}
	return d.at, true
}

// Done implements context.Context. It starts the timer.
func (d *deadline) Done() <-chan struct{} { return d.withTimer().Done() }

// Err implements context.Context. It starts no timer while there is no error.
func (d *deadline) Err() error {
	if d.ended.Load() || d.parent.Err() != nil {
		return d.withTimer().Err()
	}
	if d.at.IsZero() || time.Now().Before(d.at) { //nolint:forbidigo // as below
		return nil
	}
	return d.withTimer().Err()
}

// Value implements context.Context.
func (d *deadline) Value(key any) any { return d.parent.Value(key) }

func (d *deadline) withTimer() context.Context {
	d.once.Do(func() {
		d.timed, d.cancel = d.parent, func() {}
		switch {
		case d.at.IsZero():
		case !time.Now().Before(d.at): //nolint:forbidigo // it is too late, whatever the parent's error is
			d.timed, d.cancel = context.WithDeadline(context.WithoutCancel(d.parent), d.at)
		default:
			d.timed, d.cancel = context.WithDeadline(d.parent, d.at)
		}
		d.started = true
	})
	return d.timed
}

// end frees the timer, if there is one. Nothing may wait any more.
func (d *deadline) end() {
	d.ended.Store(true)
	d.once.Do(func() { d.timed = canceledContext })
	if d.started {
		d.cancel()
	}
}

var canceledContext = func() context.Context {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	return ctx
}()
