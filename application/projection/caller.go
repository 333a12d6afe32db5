package projection

import (
	"context"
	"fmt"
	"runtime/debug"
	"time"

	"github.com/onhand/onhand/domain/event"
	"github.com/onhand/onhand/ports"
)

// caller calls a target. A call returns in time whatever the target does.
type caller struct{ timeout time.Duration }

// brokenTargetError means that the state of a target is unknown: it panicked, did not
// return, or returned an impossible count.
type brokenTargetError struct{ cause string }

func (e *brokenTargetError) Error() string { return e.cause }

// grace is how long a target may take to notice that its context has ended.
const grace = time.Second

// handled is the result of Target.Handle.
type handled struct {
	n   int
	err error
}

// handle lets the target handle events and returns the number of those that it has handled.
func (c *caller) handle(
	ctx context.Context, target Target, events []ports.StreamEvent, upto event.Position,
) (int, error) {
	ctx, cancel := context.WithTimeout(ctx, c.timeout)
	result := make(chan handled, 1)
	go func() {
		defer cancel()
		result <- guarded(ctx, target, events, upto)
	}()
	select {
	case h := <-result:
		return h.n, h.err
	case <-ctx.Done():
	}
	timer := time.NewTimer(grace)
	defer timer.Stop()
	select {
	case h := <-result:
		return h.n, h.err
	case <-timer.C:
		return 0, &brokenTargetError{cause: fmt.Sprintf("it did not return within %v", c.timeout)}
	}
}

// guarded makes an error of a panic and of an impossible count.
func guarded(
	ctx context.Context, target Target, events []ports.StreamEvent, upto event.Position,
) (h handled) {
	defer func() {
		if value := recover(); value != nil {
			h = handled{err: &brokenTargetError{cause: fmt.Sprintf("panic: %v\n%s", value, debug.Stack())}}
		}
	}()
	n, err := target.Handle(ctx, events, upto)
	switch {
	case err == nil && n < len(events) || n < 0 || n > len(events):
		cause := fmt.Sprintf("it claims to have handled %d of %d events", n, len(events))
		return handled{err: &brokenTargetError{cause: cause}}
	case n == len(events):
		return handled{n: n} // an error is about the next event, and there is none
	}
	return handled{n: n, err: err}
}
