package ledger

import (
	"errors"
	"fmt"
	"slices"

	"github.com/onhand/onhand/ports"
)

// batch is commands that are decided together, from their turn in the queues until each
// is answered or queues again. Its goroutine belongs to no request.
type batch struct {
	ledger   *Ledger
	commands []*pending
	lease    *batchLease // on all streams of the commands

	// These queue again when the batch is over.
	moved []*pending // they need other queues
	lost  []*pending // they lost to another writer
}

// run decides, writes and answers the commands of a batch.
func (b *batch) run() {
	l := b.ledger
	var err error
	if b.lease, err = l.leases.take(b.commands); err != nil {
		l.queues.release(b.commands)
		l.requeuer.afterLeases(b.commands, err)
		return
	}
	for left := b.commands; len(left) > 0; {
		left = b.attempt(left)
	}
	b.lease.release()
	l.queues.release(b.commands)
	for _, p := range b.moved {
		l.requeuer.now(p)
	}
	for _, p := range b.lost {
		l.requeuer.afterConflict(p)
	}
}

// attempt decides commands, writes what they lead to, and returns those that must be
// decided again.
func (b *batch) attempt(commands []*pending) []*pending {
	a := &attempt{ledger: b.ledger, lease: b.lease}
	a.decideAll(commands)
	again := b.finish(a)
	rest := a.rest
	if len(a.overdue) > 0 {
		if err := b.expire(a.overdue); err != nil && !b.failed(rest[0], err) {
			rest = rest[1:]
		}
	}
	return slices.Concat(again, rest)
}

// finish writes accepted commands and answers those with a final outcome. It returns the
// commands that must be decided again at once.
func (b *batch) finish(a *attempt) (again []*pending) {
	fates, err := b.ledger.writer.append(b.lease, a.commits)
	unsound := false // an accepted command was not written, so later decisions stand on nothing
	for i := range a.decisions {
		d := &a.decisions[i]
		switch {
		case d.kind == toRequeue:
			b.moved = append(b.moved, d.command)
		case d.kind == toWrite:
			if fate := fateOf(d, fates, err); fate.Err == nil {
				b.publish(d, &a.commits[d.commit], fate)
				continue
			} else if b.unwritten(d, fate.Err) {
				again = append(again, d.command)
			}
			unsound = true
		case !unsound:
			d.command.answer(Outcome{Result: d.result}, d.err)
		case errors.Is(err, ports.ErrOutcomeUnknown):
			d.command.answer(Outcome{}, fmt.Errorf("%w: the log failed meanwhile", ports.ErrUnavailable))
		default:
			again = append(again, d.command)
		}
	}
	return again
}

func fateOf(d *decision, fates []ports.Appended, err error) ports.Appended {
	if err != nil {
		return ports.Appended{Err: err}
	}
	return fates[d.commit]
}

// publish lets readers see a durable command and answers it.
func (b *batch) publish(d *decision, c *ports.Commit, fate ports.Appended) {
	client := d.command.request.Client
	added := b.ledger.publish(d.tx, c, fate, client)
	b.ledger.tables.release(d.adds, client)
	if d.answer != nil {
		b.ledger.answers.give(d.answer)
	}
	b.ledger.running.clear(d.command.key(), d.command)
	if written := d.command.request.Written; written != nil {
		written(added.Bytes)
	}
	outcome := Outcome{Result: d.result, Position: fate.Position}
	if c.Key != "" {
		outcome.KeyExpires = fate.Time.Add(b.ledger.keyLife)
	}
	d.command.answer(outcome, nil)
}

// unwritten deals with an accepted command that was not written, and reports whether it
// must be decided again at once.
func (b *batch) unwritten(d *decision, fate error) (again bool) {
	b.ledger.tables.release(d.adds, d.command.request.Client)
	return b.failed(d.command, fate)
}

// failed deals with a command whose commit was not written, and reports whether it must
// be decided again at once.
func (b *batch) failed(p *pending, fate error) (again bool) {
	if !errors.Is(fate, ports.ErrOutcomeUnknown) {
		b.ledger.running.clear(p.key(), p)
	}
	action, why := p.retry(fate)
	switch action {
	case decideAgain:
		return true
	case queueAgain:
		b.lost = append(b.lost, p)
	case giveUp:
		p.answer(Outcome{}, why)
	}
	return false
}
