package ledger

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"time"

	"github.com/onhand/onhand/domain/stock"
	"github.com/onhand/onhand/ports"
)

// maxTries is how often a command is decided anew because somebody else wrote
// to its items.
const maxTries = 5

// round is one go at deciding the commands of a turn: their verdicts in order
// and what is to be appended.
type round struct {
	now      time.Time
	working  map[stock.Key]stock.Item // items as the accepted commands left them
	verdicts []verdict
	commits  []ports.Commit
	rest     []*ticket // not judged: they must see this round's outcome first
}

// verdict is what was decided about one command.
type verdict struct {
	ticket *ticket
	result Result
	err    error
	items  []stock.Item // as the command leaves them
	news   []stock.Event
	commit int // index into the round's commits; -1 if nothing is written
}

// turn decides, appends and answers the commands of a lane that wait together.
func (l *Ledger) turn(head *ticket) {
	group := l.lanes.together(head, nil)
	var conflicted []*ticket
	for left := group; len(left) > 0; {
		r := l.judge(left)
		var c []*ticket
		left, c = l.settle(r)
		conflicted = append(conflicted, c...)
	}
	l.lanes.leave(group)
	for _, t := range conflicted {
		l.retryLater(t)
	}
}

// judge decides commands one after the other, each on what the ones before it
// leave. It writes nothing.
func (l *Ledger) judge(tickets []*ticket) *round {
	r := &round{now: l.clock.Now(), working: map[stock.Key]stock.Item{}}
	for i, t := range tickets {
		if !t.claim() {
			l.finished()
			continue
		}
		keyed := t.request.Key != "" && !t.request.DryRun
		if keyed {
			if r.holds(t.request.Key) {
				r.rest = tickets[i:]
				return r
			}
			if outcome, known, err := l.recall(t, r.now); known || err != nil {
				l.answer(t, outcome, err)
				continue
			}
			if !l.keys.mark(t.request.Key, t) {
				l.answer(t, Outcome{}, ErrKeyInFlight)
				continue
			}
		}
		v := l.decide(r, t)
		if v.commit < 0 && keyed {
			l.keys.clear(t.request.Key, t)
		}
		r.verdicts = append(r.verdicts, v)
	}
	return r
}

// holds tells whether an accepted command of the round carries the key.
func (r *round) holds(key string) bool {
	for i := range r.commits {
		if r.commits[i].Key == key {
			return true
		}
	}
	return false
}

// recall looks up what became of an earlier command with the ticket's key.
func (l *Ledger) recall(t *ticket, now time.Time) (outcome Outcome, known bool, err error) {
	c, found, err := l.store.CommitByKey(context.Background(), t.request.Key, now)
	switch {
	case err != nil:
		return Outcome{}, false, fmt.Errorf("look up idempotency key: %w", err)
	case !found:
		return Outcome{}, false, nil
	case c.Fingerprint != t.request.Fingerprint:
		return Outcome{}, true, ErrKeyReused
	}
	return Outcome{Stored: c.Result, Replayed: true, Position: c.Position}, true, nil
}

// decide judges one command and, if it is accepted, makes its effect part of
// the round.
func (l *Ledger) decide(r *round, t *ticket) verdict {
	tx := &Tx{now: r.now, set: &t.set, base: func(key stock.Key) stock.Item {
		if item, ok := r.working[key]; ok {
			return item
		}
		return l.state.item(key)
	}}
	v := verdict{ticket: t, commit: -1}
	var stored []byte
	if v.result, stored, v.err = guarded(t.request, tx); v.err != nil || t.request.DryRun || len(tx.facts) == 0 {
		return v
	}
	c := ports.Commit{
		ID:        l.newID(),
		Time:      r.now,
		Actor:     t.request.Actor,
		RequestID: t.request.RequestID,
		Events:    tx.facts,
	}
	if t.request.Key != "" {
		c.Key, c.Fingerprint, c.Result = t.request.Key, t.request.Fingerprint, stored
	}
	if v.err = c.Check(); v.err != nil { // the whole append must not fail for one
		return v
	}
	for _, item := range tx.items {
		r.working[item.Key] = item
	}
	v.items, v.news, v.commit = tx.items, tx.news, len(r.commits)
	r.commits = append(r.commits, c)
	return v
}

// guarded decides a request and encodes its result if that is to be stored. It
// turns a panic of either into an error.
func guarded(r Request, tx *Tx) (result Result, stored []byte, err error) {
	defer func() {
		if value := recover(); value != nil {
			result, stored, err = nil, nil, &PanicError{Value: value, Stack: debug.Stack()}
		}
	}()
	if result, err = r.Decide(tx); err == nil && r.Key != "" {
		stored = result.AppendJSON(nil)
	}
	return result, stored, err
}

// settle appends what the round accepted and answers whatever is final then. It
// returns who must be judged again at once, and who lost to another writer.
func (l *Ledger) settle(r *round) (again, conflicted []*ticket) {
	fates, err := l.write(r.commits)
	unsound := false // an accepted command was not written, so later verdicts stand on nothing
	for _, v := range r.verdicts {
		if v.commit < 0 {
			switch {
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
			l.publish(v, fates[v.commit])
			continue
		}
		unsound = true
		switch l.failed(v.ticket, fate) {
		case judgeAgain:
			again = append(again, v.ticket)
		case lostRace:
			conflicted = append(conflicted, v.ticket)
		}
	}
	return append(again, r.rest...), conflicted
}

func (l *Ledger) write(commits []ports.Commit) ([]ports.Appended, error) {
	if len(commits) == 0 {
		return nil, nil
	}
	fates, err := l.store.Append(context.Background(), commits)
	if err != nil {
		return nil, fmt.Errorf("append commit: %w", err)
	}
	return fates, nil
}

// publish shows a durable command to readers and answers it.
func (l *Ledger) publish(v verdict, fate ports.Appended) {
	for _, item := range v.items {
		l.state.show(item)
	}
	l.horizon.show(fate.Position)
	l.observe(v.news)
	l.keys.clear(v.ticket.request.Key, v.ticket)
	l.answer(v.ticket, Outcome{Result: v.result, Position: fate.Position}, nil)
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
		l.keys.clear(t.request.Key, t)
	}
	_, duplicate := errors.AsType[*ports.DuplicateKeyError](fate)
	_, conflict := errors.AsType[*ports.ConflictError](fate)
	if t.tries++; t.tries < maxTries {
		switch {
		case duplicate:
			return judgeAgain
		case conflict:
			return lostRace
		}
	}
	if duplicate {
		fate = ErrKeyInFlight
	}
	l.answer(t, Outcome{}, fate)
	return answered
}
