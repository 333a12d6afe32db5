package ledger

import (
	"sync/atomic"
	"time"
)

// The states of a pending command. Its caller may withdraw it while it waits; from the
// decision on the outcome is the batch's.
const (
	waiting int32 = iota
	deciding
	withdrawn
)

// pending is one command from its admission to its answer.
type pending struct {
	request   Request
	admission *admission
	set       keySet // changes only while the command is in no queue
	tries     int    // decisions that could not be written

	leaseless bool          // another owner holds a lease that it needs,
	since     time.Duration // since then, by the clock's elapsed time

	// The queues' mutex protects these.
	blocked int           // queues in which another command is before it
	batched bool          // it is part of a batch
	over    chan struct{} // closed when its batch is over; nil if nothing waits for that

	state   atomic.Int32
	left    atomic.Bool   // the caller does not wait for the outcome any more
	done    chan struct{} // closed when outcome and err are final
	outcome Outcome
	err     error
}

func newPending(request Request, set keySet, a *admission) *pending {
	return &pending{request: request, set: set, admission: a, done: make(chan struct{})}
}

// key returns the idempotency key that the command runs under, empty for none.
func (p *pending) key() string {
	if p.request.DryRun {
		return ""
	}
	return p.request.Key
}

// unblock notes that the command became first in one more queue, and reports whether it
// is first in all.
func (p *pending) unblock() bool {
	p.blocked--
	return p.blocked == 0
}

// claim begins a decision; it reports false if the caller has withdrawn the command.
func (p *pending) claim() bool {
	return p.state.CompareAndSwap(waiting, deciding) || p.state.Load() == deciding
}

// unclaim lets the caller withdraw the command again.
func (p *pending) unclaim() { p.state.CompareAndSwap(deciding, waiting) }

// withdraw takes the command back; it reports false if a decision has begun.
func (p *pending) withdraw() bool {
	if p.state.CompareAndSwap(waiting, withdrawn) {
		return true
	}
	p.left.Store(true)
	return false
}

// answer ends the command.
func (p *pending) answer(outcome Outcome, err error) {
	p.outcome, p.err = outcome, err
	close(p.done)
	p.admission.end()
}

// refuse answers a command that cannot be decided, unless it was withdrawn.
func (p *pending) refuse(why error) {
	if p.claim() {
		p.answer(Outcome{}, why)
	} else {
		p.drop()
	}
}

// drop ends a command that was withdrawn.
func (p *pending) drop() { p.admission.end() }
