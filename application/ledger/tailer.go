package ledger

import (
	"context"
	"fmt"
	"math"
	"sync"
	"time"

	"github.com/onhand/onhand/application/inventory"
	"github.com/onhand/onhand/domain/event"
	"github.com/onhand/onhand/domain/stock"
	"github.com/onhand/onhand/ports"
)

// pollEvery is how often a tailer looks at most for commits of other writers, where
// nothing asks for them, and pollAgain when it looks again after that failed.
const (
	pollEvery = 10 * time.Millisecond
	pollAgain = time.Second
)

// tailer brings commits of other writers from the log into the state, and tells the time
// at which decisions are made on it.
type tailer struct {
	store          ports.EventStore
	feed           ports.EventFeed
	state          *inventory.State
	clock          *Clock
	severalWriters bool // other processes may write to the log

	// catching holds one while a caller folds the log: a channel, since it is held during disk
	// I/O and must honour ctx.
	catching chan struct{}

	// folding is held to read while commands are decided: commits of other writers come
	// between two attempts, each as a whole, and not between two looks of one decision.
	folding sync.RWMutex
	folded  time.Time // of the last commit that was folded; folding protects it
}

// catchUp is Ledger.CatchUp.
func (t *tailer) catchUp(ctx context.Context) error {
	if !t.severalWriters {
		return nil
	}
	if err := t.foldOthers(ctx); err != nil {
		return err
	}
	if last := t.store.Head().Position; t.state.Position() < last {
		return t.foldTo(ctx, last, unsettled)
	}
	return nil
}

// foldOthers folds the commits that other writers have made durable.
func (t *tailer) foldOthers(ctx context.Context) error {
	foreign, err := t.store.CatchUp(ctx)
	if err != nil {
		return fmt.Errorf("catch up with other writers: %w", err)
	}
	if t.state.Position() < foreign {
		if err := t.foldTo(ctx, foreign, unsettled); err != nil {
			return err
		}
	}
	t.clock.Raise(t.store.Head().Time) // also without their commits: they may have closed a timestamp
	return nil
}

// beginDecisions returns the time at which commands are decided. Until endDecisions is
// called, which must follow unless there is an error, no commit is folded. Deadlines that have come by
// then on anything that the commands are about are closed: another writer may prolong a hold
// until then, and no version of its item tells that.
func (t *tailer) beginDecisions(ctx context.Context, commands []*pending) (time.Time, error) {
	now, err := t.timeToDecide(ctx)
	for closed := (time.Time{}); err == nil; {
		t.folding.RLock()
		due := t.lastOverdueOf(commands, now)
		switch {
		case t.folded.After(now): // nothing is decided before what it builds on
			t.folding.RUnlock()
			t.clock.Raise(t.store.Head().Time)
			now, err = t.timeToDecide(ctx)
		case due.After(closed):
			t.folding.RUnlock()
			err = t.closeDeadline(ctx, due)
			closed = due
		default:
			return now, nil
		}
	}
	return now, err
}

func (t *tailer) endDecisions() { t.folding.RUnlock() }

// timeToDecide folds what other writers have written and returns the time.
func (t *tailer) timeToDecide(ctx context.Context) (time.Time, error) {
	if !t.severalWriters {
		return t.clock.Now(), nil
	}
	err := t.foldOthers(ctx)
	return t.clock.Now(), err
}

// lastOverdueOf returns the last deadline that has come on anything that commands are about, the zero
// time where there is no other writer.
func (t *tailer) lastOverdueOf(commands []*pending, now time.Time) (last time.Time) {
	if !t.severalWriters {
		return last
	}
	for _, p := range commands {
		last = latest(last, t.lastOverdue(&p.set, now))
	}
	return last
}

// closeDeadlines closes the timestamp of the last deadline that has come on something: no
// writer keeps a decision that was made before it, so that an overdue hold stays overdue.
// What others have written meanwhile may bring later deadlines. Where there is no other writer,
// all decisions are this ledger's own, and its queues order them.
func (t *tailer) closeDeadlines(ctx context.Context, last func() time.Time) error {
	if !t.severalWriters {
		return nil
	}
	for closed := (time.Time{}); ; {
		next := last()
		if !next.After(closed) {
			return nil
		}
		if err := t.closeDeadline(ctx, next); err != nil {
			return err
		}
		closed = next
	}
}

// closeDeadline closes a timestamp, and folds what others have written before it.
func (t *tailer) closeDeadline(ctx context.Context, deadline time.Time) error {
	if err := t.store.CloseTimestamp(ctx, deadline); err != nil {
		return fmt.Errorf("close timestamp: %w", err)
	}
	return t.foldOthers(ctx)
}

// lastOverdue returns the last deadline that has come on anything in a set without an
// event that says so, the zero time if none has.
func (t *tailer) lastOverdue(set *keySet, now time.Time) time.Time {
	var last time.Time
	for _, key := range set.items {
		last = latest(last, overdueSince(t.state.Item(key), now))
	}
	for _, id := range set.reservations {
		if r := t.state.Reservations().Open(id); r != nil && r.Overdue(now) {
			last = latest(last, r.ExpiresAt)
		}
	}
	return last
}

// overdueSince returns the last deadline of an item that has come.
func overdueSince(item *stock.Item, now time.Time) time.Time {
	if item.HoldCount() == 0 || item.Overdue(now) == 0 {
		return time.Time{}
	}
	return item.At(now).UpdatedAt
}

func latest(a, b time.Time) time.Time {
	if a.Before(b) {
		return b
	}
	return a
}

// run is Ledger.Tail.
func (t *tailer) run(ctx context.Context) {
	pause := time.NewTimer(0)
	defer pause.Stop()
	for {
		select {
		case <-pause.C: // commits of this process need not be asked for
		case <-ctx.Done():
			return
		}
		select {
		case <-t.feed.Grown(t.state.Position()):
		case <-ctx.Done():
			return
		}
		pause.Reset(pollEvery)
		if err := t.foldOthers(ctx); err != nil {
			pause.Reset(pollAgain)
		}
	}
}

// foldAll folds what the log has after the visible position.
func (t *tailer) foldAll(ctx context.Context) error { return t.foldTo(ctx, math.MaxInt64, unsettled) }

// unsettled does nothing between two commits.
func unsettled(context.Context) error { return nil }

// foldTo folds what the log has after the visible position, up to a position. It calls settle
// between two commits.
func (t *tailer) foldTo(ctx context.Context, last event.Position, settle func(context.Context) error) error {
	select {
	case t.catching <- struct{}{}:
	case <-ctx.Done():
		return ctx.Err()
	}
	defer func() { <-t.catching }()
	from := t.state.Position()
	if from >= last {
		return nil
	}
	for c, err := range t.feed.Commits(ctx, from) {
		if err != nil {
			return fmt.Errorf("read log: %w", err)
		}
		if err := t.fold(&c); err != nil {
			return fmt.Errorf("fold log: %w", err)
		}
		if err := settle(ctx); err != nil {
			return err
		}
		if c.Position >= last {
			return nil
		}
	}
	return nil
}

func (t *tailer) fold(c *ports.Recorded) error {
	t.folding.Lock()
	defer t.folding.Unlock()
	if err := t.state.Fold(c); err != nil {
		return err
	}
	t.folded = latest(t.folded, c.Time)
	return nil
}
