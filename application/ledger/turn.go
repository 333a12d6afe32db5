package ledger

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/onhand/onhand/domain/event"
	"github.com/onhand/onhand/domain/reservation"
	"github.com/onhand/onhand/domain/stock"
	"github.com/onhand/onhand/domain/transfer"
	"github.com/onhand/onhand/ports"
)

// maxTries is how often a command is decided anew because somebody else wrote
// to its items or took its leases over, or because a deadline came while it was being written.
const maxTries = 5

// turn decides, appends and answers the commands that run together.
func (l *Ledger) turn(head *ticket) {
	group := l.lanes.together(head, nil)
	held, err := l.hold(group)
	if err != nil {
		l.lanes.leave(group)
		l.waitForLeases(group, err)
		return
	}
	for _, t := range group {
		t.leaseless = false
	}
	var later []*ticket
	for left := group; len(left) > 0; {
		r := l.judge(left, held)
		again, lost := l.settle(r)
		later = append(later, lost...)
		if len(r.crowded) > 0 {
			if err := l.expireCrowd(r.crowded, held); err != nil {
				remedy := l.failed(r.rest[0], err)
				if remedy == lostRace {
					later = append(later, r.rest[0])
				}
				if remedy != judgeAgain {
					r.rest = r.rest[1:]
				}
			}
		}
		left = slices.Concat(again, r.rest)
	}
	held.release()
	l.lanes.leave(group)
	for _, t := range later {
		if t.tries == 0 {
			l.requeue(t) // nothing failed: it only needs other lanes
		} else {
			l.retryLater(t)
		}
	}
}

// settle appends what the round accepted and answers whatever is final then. It
// returns who must be judged again at once, and who must queue anew.
func (l *Ledger) settle(r *round) (again, later []*ticket) {
	fates, err := l.write(r.held, r.commits)
	unsound := false // an accepted command was not written, so later verdicts stand on nothing
	for _, v := range r.verdicts {
		if v.commit < 0 {
			switch {
			case v.moved:
				later = append(later, v.ticket)
			case !unsound:
				l.answer(v.ticket, Outcome{Result: v.result}, v.err)
			case errors.Is(err, ports.ErrOutcomeUnknown):
				l.answer(v.ticket, Outcome{}, fmt.Errorf("%w: the log failed meanwhile", ports.ErrUnavailable))
			default:
				again = append(again, v.ticket)
			}
			continue
		}
		fate := err
		if fate == nil {
			fate = fates[v.commit].Err
		}
		if fate == nil {
			l.publish(v, &r.commits[v.commit], fates[v.commit])
			continue
		}
		l.opening.Add(-int64(v.opens))
		unsound = true
		switch l.failed(v.ticket, fate) {
		case judgeAgain:
			again = append(again, v.ticket)
		case lostRace:
			later = append(later, v.ticket)
		}
	}
	return again, later
}

// write appends commits while the leases that they were decided under are held.
func (l *Ledger) write(held *holding, commits []ports.Commit) ([]ports.Appended, error) {
	if len(commits) == 0 {
		return nil, nil
	}
	if err := held.valid(); err != nil {
		return nil, err
	}
	fates, err := l.store.Append(held.context(), commits)
	if errors.Is(err, context.Canceled) {
		err = ports.ErrLeaseLost // nothing else ends that context
	}
	if err != nil {
		return nil, fmt.Errorf("append commit: %w", err)
	}
	return fates, nil
}

// publish shows a durable command to readers and answers it.
func (l *Ledger) publish(v verdict, c *ports.Commit, fate ports.Appended) {
	l.show(v.slots, v.news, c, fate.Position)
	l.opening.Add(-int64(v.opens))
	l.running.clear(v.ticket.request.Key, v.ticket)
	l.answer(v.ticket, Outcome{Result: v.result, Position: fate.Position}, nil)
}

// show lets readers see what a durable commit changed.
func (l *Ledger) show(slots []slot, news []stock.Event, c *ports.Commit, at event.Position) {
	p := l.state.Publish(at)
	for _, s := range slots {
		if !s.changed {
			continue
		}
		switch a := s.value.(type) {
		case *stock.Item:
			p.Item(a)
		case *reservation.Reservation:
			p.Reservation(a)
		case *transfer.Transfer:
			p.Transfer(a)
		}
	}
	p.End(c)
	l.observe(news)
}

// What to do with a command whose commit was not written.
type remedy int

const (
	answered remedy = iota
	judgeAgain
	lostRace
)

// failed sorts out a commit that was not written. The mark of its key stays if
// nobody knows whether it was.
func (l *Ledger) failed(t *ticket, fate error) remedy {
	if !errors.Is(fate, ports.ErrOutcomeUnknown) {
		l.running.clear(t.request.Key, t)
	}
	_, duplicate := errors.AsType[*ports.DuplicateKeyError](fate)
	_, conflict := errors.AsType[*ports.ConflictError](fate)
	_, late := errors.AsType[*ports.TooLateError](fate)
	if t.tries++; t.tries < maxTries {
		switch {
		case duplicate, late:
			return judgeAgain
		case conflict, lostLease(fate):
			return lostRace
		}
	}
	switch {
	case duplicate:
		fate = ErrKeyInFlight
	case late:
		fate = ErrOverloaded
	case lostLease(fate):
		fate = &ports.LeaseHeldError{Stream: t.set.streams[0]}
	}
	l.answer(t, Outcome{}, fate)
	return answered
}
