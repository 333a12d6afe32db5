package ledger

import (
	"context"
	"errors"
	"time"

	"github.com/onhand/onhand/ports"
)

// requeuer lets commands queue again that could not be written. They are in no queue
// meanwhile.
type requeuer struct {
	ledger *Ledger
	pause  func(most time.Duration) time.Duration // draws how long a command rests
	// leaseWait is how long commands try for leases that another owner holds.
	leaseWait time.Duration
}

// now lets a command wait in the queues that it needs now.
func (r *requeuer) now(p *pending) {
	p.unclaim()
	set, err := r.ledger.keySet(context.Background(), p.request.Keys)
	if err == nil {
		p.set = set
		err = r.ledger.queues.enqueue(p)
	}
	if err != nil {
		p.answer(Outcome{}, err)
	}
}

// afterConflict lets a command that lost to another writer queue again after a moment, on
// the log as it is then.
func (r *requeuer) afterConflict(p *pending) {
	p.unclaim()
	time.AfterFunc(time.Millisecond+r.pause(19*time.Millisecond), func() {
		if err := r.ledger.tailer.foldAll(context.Background()); err != nil {
			p.answer(Outcome{}, err)
			return
		}
		r.now(p)
	})
}

// afterLeases deals with commands whose leases could not be taken. If another owner holds
// one, those that have tried for too long are refused, and the others queue again after a
// moment.
func (r *requeuer) afterLeases(commands []*pending, why error) {
	_, held := errors.AsType[*ports.LeaseHeldError](why)
	now := r.ledger.clock.elapsed()
	var again []*pending
	for _, p := range commands {
		if !p.leaseless {
			p.leaseless, p.since = true, now
		}
		if held && now-p.since < r.leaseWait {
			p.unclaim()
			again = append(again, p)
		} else {
			p.refuse(why)
		}
	}
	if len(again) == 0 {
		return
	}
	time.AfterFunc(time.Millisecond+r.pause(9*time.Millisecond), func() {
		for _, p := range again {
			r.now(p)
		}
	})
}
