package ports

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/onhand/onhand/domain/event"
)

// Leases are locks on streams that end by themselves, shared by all processes on one
// log. They spare work that another process would make void, and let processes take
// turns; that nothing wrong is written is the event store's to see to, which refuses the
// tokens of leases that somebody else has taken over. All methods may be called at the
// same time.
type Leases interface {
	// Acquire takes a lease on each of some streams, named once each, or none at all:
	// *LeaseHeldError tells of one that another acquisition holds, also one of the same
	// process, or that was released and is kept for a moment for somebody who asked
	// before, or that nobody could look at for too long. It does not wait for that
	// one's end. A lease whose time is over is taken over. Each token is higher than all
	// that were ever given for its stream, and higher than above, the highest token in
	// the log. Other errors (ErrUnavailable, the context's) also leave nothing held.
	Acquire(ctx context.Context, streams []event.StreamID, above int64) (Lease, error)

	// Close releases all that is held. Closing twice is harmless. Acquire then gives
	// ErrUnavailable.
	io.Closer
}

// Lease is what one Acquire took. It is kept alive until it is released or lost.
type Lease interface {
	// Tokens returns a fencing token for each stream, in the order asked for.
	Tokens() []FencingToken

	// Valid is ErrLeaseLost once the leases cannot be relied on any more: their time is
	// over, somebody took one over, or they were released. It looks at nothing but the
	// clock and what is known, at once.
	Valid() error

	// Lost is closed when Valid has turned, or soon after. Work that relies on the
	// leases should end.
	Lost() <-chan struct{}

	// Release gives the leases up, as far as they are still held: ErrLeaseLost says that
	// one was not. Releasing twice is harmless.
	Release() error
}

// ErrLeaseLost means that a lease was lost before the work under it was done.
var ErrLeaseLost = errors.New("the lease was lost")

// LeaseHeldError means that another owner holds the lease on a stream. Nothing was
// attempted.
type LeaseHeldError struct {
	Stream event.StreamID
	Owner  string        // what the owner calls itself, empty if nobody can tell
	Ends   time.Duration // until the lease ends if it is not renewed, 0 if nobody can tell
}

func (e *LeaseHeldError) Error() string {
	return fmt.Sprintf("the lease on %q is held by %q for another %v", string(e.Stream), e.Owner, e.Ends)
}
