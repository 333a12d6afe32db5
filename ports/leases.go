package ports

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/onhand/onhand/domain/event"
)

// Leases are locks on streams that end by themselves, shared by all processes on one log. They
// save work that another process would make void. They are no safety: that nothing wrong is
// written is up to the event store, which refuses the tokens of leases that were taken over. All
// methods may be called at the same time.
type Leases interface {
	// Acquire takes a lease on each of some streams, which are named once each, or on none of
	// them. A lease whose time is over is taken over. Each token is higher than every earlier
	// token of its stream, and higher than above, the highest token in the log.
	//
	// *LeaseHeldError names a stream whose lease is not free now, for example because another
	// acquisition holds it, of this process or another one. Acquire does not wait for that
	// lease's end; nothing promises that an earlier caller is served first. Other errors are
	// ErrUnavailable and the context's. After an error the caller holds nothing.
	Acquire(ctx context.Context, streams []event.StreamID, above int64) (Lease, error)

	// Close releases all leases of this instance. Closing twice is harmless. Acquire then
	// gives ErrUnavailable.
	io.Closer
}

// Lease is the result of one Acquire. The adapter renews it until it is released or lost. A
// lease on no stream is never lost.
type Lease interface {
	// Tokens returns the streams with their fencing tokens, in the order asked for.
	Tokens() []FencingToken

	// Valid returns ErrLeaseLost if the lease cannot be relied on any more: its time is over,
	// another acquisition took one of its streams over, or it was released. It returns at
	// once: it looks at the clock and at memory only. The time counts from before the request
	// that took or renewed the lease, so that Valid turns before another acquisition can
	// succeed, as far as the processes' clocks run at one speed.
	Valid() error

	// Lost is closed when Valid has turned, or soon after. Work that relies on the lease
	// should end.
	Lost() <-chan struct{}

	// Release gives up the leases that are still held. ErrLeaseLost means that some of it was lost before.
	// What cannot be given up ends by itself. Releasing twice is harmless.
	Release() error
}

// ErrLeaseLost means that a lease was lost before the work under it was done.
var ErrLeaseLost = errors.New("the lease was lost")

// LeaseHeldError means that the lease on a stream is not free. Nothing was attempted.
type LeaseHeldError struct {
	Stream event.StreamID
	Owner  string        // the holder's name for itself; empty if unknown
	Ends   time.Duration // until the lease ends unless it is renewed; 0 if unknown
}

func (e *LeaseHeldError) Error() string {
	text := fmt.Sprintf("the lease on %q is held", string(e.Stream))
	if e.Owner != "" {
		text += fmt.Sprintf(" by %q", e.Owner)
	}
	if e.Ends > 0 {
		text += fmt.Sprintf(" for another %v", e.Ends)
	}
	return text
}
