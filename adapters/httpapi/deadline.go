package httpapi

import (
	"context"
	"sync"
	"sync/atomic"
	"time"
)

// deadline is a context that ends with its parent or at a time. It takes up a
// timer only once somebody waits for its end, which most reads never do.
type deadline struct {
	parent context.Context //nolint:containedctx // it is a context
	at     time.Time       // zero: no time

	once   sync.Once
	timed  context.Context //nolint:containedctx // made when somebody waits
	cancel context.CancelFunc
	made   bool
	ended  atomic.Bool
}

func (d *deadline) Deadline() (time.Time, bool) {
	at, ok := d.parent.Deadline()
	if d.at.IsZero() || ok && at.Before(d.at) {
		return at, ok
	}
	return d.at, true
}

func (d *deadline) Done() <-chan struct{} { return d.withTimer().Done() }

// Err takes no timer while there is no error: who only looks does not wait.
func (d *deadline) Err() error {
	if !d.ended.Load() && d.parent.Err() == nil && (d.at.IsZero() || time.Now().Before(d.at)) { //nolint:forbidigo // as below
		return nil
	}
	return d.withTimer().Err()
}

func (d *deadline) Value(key any) any { return d.parent.Value(key) }

// wait is the context with a timer.
func (d *deadline) withTimer() context.Context {
	d.once.Do(func() {
		d.timed, d.cancel = d.parent, func() {}
		switch {
		case d.at.IsZero():
		case !time.Now().Before(d.at): //nolint:forbidigo // whatever else happened meanwhile, it is too late
			d.timed, d.cancel = context.WithDeadline(context.WithoutCancel(d.parent), d.at)
		default:
			d.timed, d.cancel = context.WithDeadline(d.parent, d.at)
		}
		d.made = true
	})
	return d.timed
}

// end frees the timer, if there is one. Nobody waits any more.
func (d *deadline) end() {
	d.ended.Store(true)
	d.once.Do(func() { d.timed = canceledContext })
	if d.made {
		d.cancel()
	}
}

// ended is the context of what is over.
var canceledContext = func() context.Context {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	return ctx
}()
