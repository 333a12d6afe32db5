package ledger

import (
	"context"
	"fmt"
	"runtime/debug"
	"time"

	"github.com/onhand/onhand/domain/stock"
	"github.com/onhand/onhand/ports"
)

// attempt decides the commands of a batch one after the other, each on what the ones
// before it leave. It writes nothing.
type attempt struct {
	ledger    *Ledger
	lease     *batchLease // that it is decided under
	now       time.Time
	working   working
	decisions []decision
	commits   []ports.Commit
	rest      []*pending // not decided: they must see the outcome of this attempt first
	// overdue are items that the first of rest wants to change, and whose overdue holds
	// must be written first.
	overdue []stock.Key
}

// decideAll decides commands, up to one that must see the outcome of this attempt.
func (a *attempt) decideAll(commands []*pending) {
	tailer := a.ledger.tailer
	err := a.ledger.writer.usable()
	if err == nil {
		a.now, err = tailer.beginDecisions(context.Background(), commands)
	}
	if err != nil {
		for _, p := range commands {
			p.refuse(err)
		}
		return
	}
	defer tailer.endDecisions()
	for i, p := range commands {
		if !p.claim() {
			p.drop()
			continue
		}
		if a.accepted(p.key()) {
			a.rest = commands[i:]
			return
		}
		if a.answeredByKey(p) {
			continue
		}
		d := a.decide(p, i == len(commands)-1)
		if d.kind != toWrite {
			a.ledger.running.clear(p.key(), p)
		}
		if d.kind == toDecideNext || d.kind == toExpireFirst {
			a.rest = commands[i:]
			return
		}
		a.decisions = append(a.decisions, d)
	}
}

// accepted reports whether an accepted command of the attempt carries the key.
func (a *attempt) accepted(key string) bool {
	if key == "" {
		return false
	}
	for i := range a.commits {
		if a.commits[i].Key == key {
			return true
		}
	}
	return false
}

// answeredByKey answers a command whose idempotency key is taken, and reports whether it
// is. A key that is free is marked.
func (a *attempt) answeredByKey(p *pending) bool {
	if p.key() == "" {
		return false
	}
	if outcome, known, err := a.recall(p); known || err != nil {
		p.answer(outcome, err)
		return true
	}
	if !a.ledger.running.claim(p.key(), p) {
		p.answer(Outcome{}, ErrKeyInFlight)
		return true
	}
	return false
}

// recall looks up what became of an earlier command with the same key.
func (a *attempt) recall(p *pending) (outcome Outcome, known bool, err error) {
	c, found, err := a.ledger.store.CommitByKey(context.Background(), p.request.Key)
	switch {
	case err != nil:
		return Outcome{}, false, fmt.Errorf("look up idempotency key: %w", err)
	case !found:
		return Outcome{}, false, nil
	}
	expires := c.Time.Add(a.ledger.keyLife)
	switch {
	case !a.now.Before(expires):
		return Outcome{}, true, &KeyExpiredError{Position: c.Position, Time: c.Time}
	case c.Fingerprint != p.request.Fingerprint:
		return Outcome{}, true, ErrKeyReused
	}
	return Outcome{Stored: c.Result, Replayed: true, Position: c.Position, KeyExpires: expires}, true, nil
}

// decide decides one command and, if it is accepted, makes its effect part of the
// attempt. After the last one no command looks at that.
func (a *attempt) decide(p *pending, last bool) decision {
	d := decision{kind: toAnswer, command: p}
	tx := a.begin(&p.set)
	if d.err = a.fetch(tx); d.err != nil {
		return d
	}
	if p.request.Keys.Lines && !p.set.has(tx.lines()) {
		d.kind = toRequeue
		return d
	}
	var stored []byte
	if d.result, stored, d.err = guarded(p.request, tx); d.err != nil {
		return d
	}
	if len(tx.events) == 0 {
		if p.key() == "" {
			return d
		}
		d.answer = a.ledger.answers.take()
		tx.keepAnswer(d.answer, len(stored))
	}
	if tx.crowded && !p.request.DryRun {
		d.kind, a.overdue = toExpireFirst, tx.overdueItems()
		return d
	}
	a.accept(&d, tx, stored, last)
	return d
}

// accept makes the commit of a command that was not refused, unless a limit refuses it.
func (a *attempt) accept(d *decision, tx *Tx, stored []byte, last bool) {
	request := &d.command.request
	if d.err = tx.limits.Check(len(tx.events), tx.bytes+len(stored)); d.err != nil { // also of a dry run
		return
	}
	adds := tx.slots.growth()
	if d.err = a.ledger.tables.check(adds, request.Client); d.err != nil || request.DryRun {
		return
	}
	if a.working.supports(tx) {
		d.kind = toDecideNext
		return
	}
	if d.err = a.ledger.tables.reserve(adds, request.Client); d.err != nil { // others may have taken the room meanwhile
		return
	}
	if !last {
		a.working.keep(tx)
	}
	d.kind, d.tx, d.adds, d.commit = toWrite, tx, adds, len(a.commits)
	c := ports.Commit{
		ID:         a.ledger.newID(),
		Time:       a.now,
		Actor:      request.Actor,
		RequestID:  request.RequestID,
		ValidUntil: tx.validUntil,
		Tokens:     a.lease.tokensOf(tx.reliedStreams()),
		Events:     tx.events,
	}
	if request.Key != "" {
		c.Key, c.Fingerprint, c.Result = request.Key, request.Fingerprint, stored
	}
	a.commits = append(a.commits, c)
}

// begin makes the transaction of a command.
func (a *attempt) begin(set *keySet) *Tx {
	tx := &Tx{now: a.now, set: set, working: &a.working, state: a.ledger.state, limits: a.ledger.limits}
	if tx.slots.items = tx.one[:]; len(set.items) != 1 {
		tx.slots.items = make([]slot[stock.Item], len(set.items))
	}
	return tx
}

// fetch looks up the reservations and transfers of a transaction.
func (a *attempt) fetch(tx *Tx) (err error) {
	state, log := a.ledger.state, a.ledger.store
	tx.slots.reservations, err = fetch(
		state.Reservations(), log, a.working.reservations, tx.set.reservations, blankReservation,
	)
	if err != nil {
		return err
	}
	tx.slots.transfers, err = fetch(state.Transfers(), log, a.working.transfers, tx.set.transfers, blankTransfer)
	return err
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
