package ledger

import (
	"sync/atomic"
	"time"
)

// The states of a ticket. A caller may leave while it waits; from deciding on
// the outcome is the turn's.
const (
	waiting int32 = iota
	deciding
	withdrawn
)

// ticket is one command on its way through the lanes.
type ticket struct {
	request Request
	set     keySet // changes only outside of the lanes
	tries   int    // decisions that a conflict made void

	leaseless bool          // somebody else holds a lease that it needs,
	since     time.Duration // since then, by the clock's elapsed time

	// The lanes' mutex protects these.
	blocked int           // queues in which somebody is before it
	inTurn  bool          // it is at work
	over    chan struct{} // closed when its turn is over; nil if nobody waits for that

	state   atomic.Int32
	done    chan struct{} // closed when outcome and err are final
	outcome Outcome
	err     error
}

func newTicket(request Request, set keySet) *ticket {
	return &ticket{request: request, set: set, done: make(chan struct{})}
}

// unblock notes that the ticket became first in one more queue, and tells
// whether it is first in all.
func (t *ticket) unblock() bool {
	t.blocked--
	return t.blocked == 0
}

// claim begins a decision; false if the caller has left.
func (t *ticket) claim() bool {
	return t.state.CompareAndSwap(waiting, deciding) || t.state.Load() == deciding
}

// withdraw lets the caller leave; false if a decision has begun.
func (t *ticket) withdraw() bool { return t.state.CompareAndSwap(waiting, withdrawn) }

func (t *ticket) answer(outcome Outcome, err error) {
	t.outcome, t.err = outcome, err
	close(t.done)
}
