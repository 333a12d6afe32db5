package simulation_test

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/onhand/onhand/adapters/internal/durablefile/simdisk"
	"github.com/onhand/onhand/adapters/jsonevents"
	"github.com/onhand/onhand/application/audit"
	"github.com/onhand/onhand/application/command"
	"github.com/onhand/onhand/application/ledger"
	"github.com/onhand/onhand/domain/event"
	"github.com/onhand/onhand/domain/stock"
	"github.com/onhand/onhand/ports"
)

// settle brings a run to its end when nothing is left to do: each client reads
// once more, then all processes stop. It reports whether that is so.
func (c *checks) settle(w *world) bool {
	switch {
	case c.stage < len(w.processes):
		p := w.processes[c.stage]
		w.begin(0, p, task{name: lookAround, make: func() attempt { return w.lookAround }})
		c.stage++
		return false
	case c.stage == len(w.processes):
		for _, p := range w.processes {
			p.stop()
		}
		c.stage++
		w.ending = true
		return false
	}
	return !slices.ContainsFunc(w.processes, func(p *process) bool { return p != nil })
}

// lookAround is what each process is asked for when all is done.
const lookAround = "look around"

// unseen lets a process be asked again that could not show everything, such as one whose index is opened late.
func (c *checks) unseen(one *call, err error) {
	if !transient(err) && !errors.Is(err, errLeft) {
		c.fail("%s cannot look around: %v", one.id, err)
	}
	c.stage--
}

// around is all that a process shows.
type around []any

func (w *world) lookAround(ctx context.Context, p *process, _ command.Call) (answer, error) {
	var all around
	for _, key := range w.plan.goods {
		item, _, err := p.ledger.Item(ctx, key)
		if err != nil {
			return answer{}, err
		}
		all = append(all, item)
	}
	for _, id := range w.names.reservations {
		r, _, err := p.ledger.Reservation(ctx, id)
		if err != nil {
			return answer{}, err
		}
		all = append(all, r)
	}
	listed, err := everything(ctx, p.ledger)
	if err != nil {
		return answer{}, err
	}
	return answer{seen: append(all, listed...), position: p.ledger.Position()}, nil
}

// end reads the log when all processes are gone, and judges everything by it.
func (c *checks) end(w *world) {
	if c.failed() {
		return
	}
	past, err := read(w.disk)
	if err != nil {
		c.fail("the log at the end: %v", err)
		return
	}
	again, err := read(w.disk.Reboot(w.rng))
	switch {
	case err != nil:
		c.fail("the log after the power was cut at the end: %v", err)
	case len(again.log) != len(past.log):
		c.fail("the power was cut at the end, and the log has %d commits instead of %d", len(again.log), len(past.log))
	}
	if w.durable() != event.Position(len(past.log)) {
		c.fail("all processes have stopped, and %d of %d positions are durable", w.durable(), len(past.log))
	}
	for _, err := range []error{
		c.everyCall(past), c.everySight(past), c.everyEntry(past), c.everyDeadline(past), c.everyKey(w, past), c.everyRefusal(past),
	} {
		if err != nil {
			c.fail("%v", err)
		}
	}
}

// read verifies a log and folds it.
func read(disk *simdisk.Disk) (*history, error) {
	h, auditor := newHistory(), audit.New(nil)
	_, err := jsonevents.Verify(dataDir, jsonevents.Options{Disk: disk}, func(c ports.Recorded) error {
		return cmp.Or(auditor.Check(c), h.take(c))
	})
	return h, err
}

// everyCall finds each acknowledged command in the log once, and none that was refused.
func (c *checks) everyCall(past *history) error {
	written := map[string]ports.Recorded{}
	for _, commit := range past.log {
		if commit.RequestID == "" {
			continue
		}
		if before, twice := written[commit.RequestID]; twice {
			return fmt.Errorf("%s is in the log twice, at %d and %d", commit.RequestID, before.Position, commit.Position)
		}
		written[commit.RequestID] = commit
	}
	for _, one := range c.calls {
		got, err := one.outcome()
		commit, found := written[one.id]
		switch acknowledged := err == nil; {
		case !acknowledged && (errors.Is(err, errLeft) || errors.Is(err, ports.ErrOutcomeUnknown)):
		case !acknowledged || got.result == nil || one.task.dry || got.replayed || got.position == 0:
			if found {
				return fmt.Errorf("%s (%s) is in the log at %d, but it was answered: %s, replayed %v",
					one.id, one.task.name, commit.Position, fmt.Sprint(err), got.replayed)
			}
		case !found:
			return fmt.Errorf("%s (%s) was acknowledged at %d and is not in the log", one.id, one.task.name, got.position)
		case commit.Position != got.position:
			return fmt.Errorf("%s (%s) was acknowledged at %d and is at %d", one.id, one.task.name, got.position, commit.Position)
		}
		if got.replayed && past.log[got.position-1].Key != one.task.key {
			return fmt.Errorf("%s repeats %q, but position %d has not that key", one.id, one.task.key, got.position)
		}
	}
	return nil
}

// everySight finds every state that a client was shown in the history.
func (c *checks) everySight(past *history) error {
	for _, s := range c.sights {
		if s.last && s.version < event.Version(len(past.states[s.stream])) {
			return fmt.Errorf("%s was shown version %d of %s in the end, there are %d", s.by, s.version, s.stream, len(past.states[s.stream]))
		}
		if s.version == 0 {
			continue
		}
		if err := past.shows(s); err != nil {
			return fmt.Errorf("%s was shown version %d of %s: %w", s.by, s.version, s.stream, err)
		}
	}
	return nil
}

// everyDeadline holds each commit that relied on a live hold against when it was sealed.
func (c *checks) everyDeadline(past *history) error {
	for _, r := range past.reliances {
		if sealed, known := c.sealed[r.at]; known && !sealed.when.Before(r.deadline) {
			return fmt.Errorf("position %d relies on a hold until %v, but was sealed at %v", r.at, r.deadline, sealed.when)
		}
	}
	return nil
}

// everyKey finds no key used again while the store knew it for sure, and every key that was
// called expired in a commit whose time is over.
func (c *checks) everyKey(w *world, past *history) error {
	used := map[string]time.Time{}
	for _, commit := range past.log {
		if commit.Key == "" {
			continue
		}
		if before, again := used[commit.Key]; again && commit.Time.Sub(before) < 2*w.plan.keyTTL {
			return fmt.Errorf("key %s has a second effect at position %d, %v after the first", commit.Key, commit.Position, commit.Time.Sub(before))
		}
		used[commit.Key] = commit.Time
	}
	for _, one := range c.calls {
		_, err := one.outcome()
		refusal, ok := errors.AsType[*ledger.KeyExpiredError](err)
		if !ok {
			continue
		}
		commit := past.log[refusal.Position-1]
		if commit.Key != one.task.key || !commit.Time.Equal(refusal.Time) || one.now.Before(commit.Time.Add(w.plan.keyTTL)) {
			return fmt.Errorf("%s (%s) was told that key %s expired: %w", one.id, one.task.name, one.task.key, err)
		}
	}
	return nil
}

// everyRefusal finds, for each refusal for lack of stock, a moment while it was asked
// for at which there was as much as it says, made by commits that were durable when it was answered.
func (c *checks) everyRefusal(past *history) error {
	for _, one := range c.calls {
		_, err := one.outcome()
		short, ok := errors.AsType[*stock.InsufficientError](err)
		if !ok || one.task.name != "reserve " && one.task.name != "ship" {
			continue // other refusals tell the sellable units, or those available beside their own hold
		}
		for _, line := range short.Lines {
			if !past.hadAvailable(line, one.versions[line.Stream()], c.bounds[one.id], one.now) {
				return fmt.Errorf("%s (%s) was told that %d of %v are available, which was so at no time", one.id, one.task.name, line.Available, line.Key)
			}
		}
	}
	return nil
}
