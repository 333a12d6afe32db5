package ledger

import (
	"context"
	"fmt"
	"runtime/debug"
	"time"

	"github.com/onhand/onhand/domain/event"
	"github.com/onhand/onhand/domain/stock"
	"github.com/onhand/onhand/ports"
)

// round is one go at deciding the commands of a turn: their verdicts in order
// and what is to be appended.
type round struct {
	now      time.Time
	held     *holding               // the leases that it is decided under
	working  map[event.StreamID]any // what the accepted commands left, as in a slot
	verdicts []verdict
	commits  []ports.Commit
	rest     []*ticket // not judged: they must see this round's outcome first
	// crowded are items that the first of rest wants to change, with so many
	// overdue holds that these must be written first.
	crowded []stock.Key
}

// verdict is what was decided about one command.
type verdict struct {
	ticket *ticket
	result Result
	err    error
	slots  []slot // as the command leaves them
	news   []stock.Event
	opens  int  // reservations and transfers that are open once it is shown
	commit int  // index into the round's commits; -1 if nothing is written
	moved  bool // the command needs other lanes than it waited in
	later  bool // it cannot be written together with what it relies on
}

// judge decides commands one after the other, each on what the ones before it
// leave. It writes nothing.
func (l *Ledger) judge(tickets []*ticket, held *holding) *round {
	now, err := l.timeToDecide(context.Background(), tickets)
	l.folding.RLock()
	defer l.folding.RUnlock()
	for err == nil && l.folded.After(now) { // it came in since, and nothing is decided before what it builds on
		l.folding.RUnlock()
		l.clock.Raise(l.store.Head().Time)
		now, err = l.timeToDecide(context.Background(), tickets)
		l.folding.RLock()
	}
	r := &round{now: now, held: held}
	if err != nil {
		l.refuse(tickets, err)
		return r
	}
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
			if !l.running.mark(t.request.Key, t) {
				l.answer(t, Outcome{}, ErrKeyInFlight)
				continue
			}
		}
		v := l.decide(r, t, i == len(tickets)-1)
		if v.commit < 0 && keyed {
			l.running.clear(t.request.Key, t)
		}
		if len(r.crowded) > 0 || v.later {
			r.rest = tickets[i:]
			return r
		}
		r.verdicts = append(r.verdicts, v)
	}
	return r
}

// refuse answers commands that cannot be decided.
func (l *Ledger) refuse(tickets []*ticket, why error) {
	for _, t := range tickets {
		if !t.claim() {
			l.finished()
			continue
		}
		l.answer(t, Outcome{}, why)
	}
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
// the round. Nobody looks at that after the last one.
func (l *Ledger) decide(r *round, t *ticket, last bool) verdict {
	v := verdict{ticket: t, commit: -1}
	tx := l.begin(r, &t.set)
	if v.err = l.fetch(r, tx); v.err != nil {
		return v
	}
	if t.request.Keys.Lines && !t.set.has(tx.lines()) {
		v.moved = true
		return v
	}
	var stored []byte
	if v.result, stored, v.err = guarded(t.request, tx); v.err != nil || len(tx.facts) == 0 {
		return v
	}
	if tx.crowded && !t.request.DryRun {
		r.crowded = tx.crowd()
		return v
	}
	c := ports.Commit{
		ID:         l.newID(),
		Time:       r.now,
		Actor:      t.request.Actor,
		RequestID:  t.request.RequestID,
		ValidUntil: tx.validUntil,
		Tokens:     r.held.epochs(t.set.streams),
		Events:     tx.facts,
	}
	if t.request.Key != "" {
		c.Key, c.Fingerprint, c.Result = t.request.Key, t.request.Fingerprint, stored
	}
	if v.err = tx.limits.Check(len(c.Events), tx.bytes+len(c.Result)); v.err != nil { // also of a dry run
		return v
	}
	opens := l.opens(tx)
	if v.err = l.room(opens); v.err != nil || t.request.DryRun {
		return v
	}
	if v.later = r.reliesOn(tx); v.later {
		return v
	}
	v.opens = opens
	l.opening.Add(int64(opens))
	if !last {
		r.keep(tx)
	}
	v.slots, v.news, v.commit = tx.slots, tx.news, len(r.commits)
	r.commits = append(r.commits, c)
	return v
}

// reliesOn tells whether a transaction saw what an earlier command of the round
// leaves and does not change it. Were it written with that, and that refused, no
// version would tell that it stands on nothing.
func (r *round) reliesOn(tx *Tx) bool {
	for i, s := range tx.slots {
		if s.value == nil || s.changed {
			continue
		}
		if _, changed := r.working[tx.set.streams[i]]; changed {
			return true
		}
	}
	return false
}

// keep lets the round's later commands see what a transaction changed.
func (r *round) keep(tx *Tx) {
	if r.working == nil {
		r.working = make(map[event.StreamID]any, len(tx.slots))
	}
	for i, s := range tx.slots {
		if s.changed {
			r.working[tx.set.streams[i]] = s.value
		}
	}
}

// begin makes the transaction of a command.
func (l *Ledger) begin(r *round, set *keySet) *Tx {
	tx := &Tx{now: r.now, set: set, round: r, state: l.state, limits: l.limits}
	if tx.slots = tx.one[:]; len(set.streams) != 1 {
		tx.slots = make([]slot, len(set.streams))
	}
	return tx
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
