package ports

import (
	"context"
	"io"
)

// Leader elects one of the processes that share a log. The leader takes snapshots, saves
// checkpoints, sweeps deadlines and delivers events; every process answers requests. All
// methods may be called at the same time.
//
// At most one process leads at a time, as far as the adapter's means allow. A lock that the
// kernel frees only when its process ends allows it without exception: such a term ends with
// Resign, Close or the process. A lease in a database allows it as far as the processes'
// clocks run at one speed: such a term also ends by itself when it cannot be renewed, and a
// process that was stopped beyond that end may still complete a save that it had begun. A
// lease adapter therefore needs stores that refuse a save with a lower term number than
// they have seen.
type Leader interface {
	// Campaign waits until this process leads and returns its term; the current one if it
	// leads already. Of several processes that wait, one leads soon after the leader has
	// resigned or died: within the adapter's retry period or lease. After an error this
	// process does not lead, and the caller may campaign again: the context's,
	// ErrUnavailable (always after Close, which also ends a Campaign that waits), or a
	// failure of whatever keeps the lock.
	Campaign(ctx context.Context) (Term, error)

	// TryCampaign is one attempt of Campaign: ErrNotLeader if another process leads. It
	// does not wait for that one's end.
	TryCampaign(ctx context.Context) (Term, error)

	// IsLeader reports whether this process leads now. It asks memory and the clock only,
	// at once.
	IsLeader() bool

	// Resign ends the term, so that another process may lead when it returns. The caller
	// ends the term's work first. To resign without leading is harmless. After an error
	// the term has ended here, and the others lead when they find that out by themselves.
	Resign(ctx context.Context) error

	// Close resigns and releases the adapter's means. Closing twice is harmless.
	io.Closer
}

// Term is one time of leadership of one process.
type Term struct {
	// Number is above 0 and above the number of each earlier term, of any process, so that
	// a store can use it as a fencing token.
	Number int64
	// Done is closed when the term ends: when IsLeader has turned false, or soon after.
	// The work of the term must end then; other processes may lead already.
	Done <-chan struct{}
}

// Context returns a child of parent that also ends with the term; its cause is then
// ErrNotLeader. The caller calls cancel when the work is done.
func (t Term) Context(parent context.Context) (ctx context.Context, cancel context.CancelFunc) {
	ctx, end := context.WithCancelCause(parent)
	select {
	case <-t.Done:
		end(ErrNotLeader)
	default:
		go func() {
			select {
			case <-t.Done:
				end(ErrNotLeader)
			case <-ctx.Done():
			}
		}()
	}
	return ctx, func() { end(nil) }
}
