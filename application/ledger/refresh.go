package ledger

import (
	"context"
	"fmt"
	"time"

	"github.com/onhand/onhand/domain/event"
	"github.com/onhand/onhand/domain/stock"
	"github.com/onhand/onhand/ports"
)

// followEvery is how often a ledger looks at most for what others have written, where
// nobody asks for it, and followAgain when it looks again after that went wrong.
const (
	followEvery = 10 * time.Millisecond
	followAgain = time.Second
)

// CatchUp is the read barrier: when it returns, everything is published that any writer
// has acknowledged before. So are commits of this ledger that are durable and that it has
// not been told of yet: other processes may have published them. Errors are those of
// ports.EventStore's CatchUp.
func (l *Ledger) CatchUp(ctx context.Context) error {
	if !l.severalWriters {
		return nil
	}
	if err := l.refresh(ctx); err != nil {
		return err
	}
	if last := l.store.Head().Position; l.state.Position() < last {
		return l.catchUpTo(ctx, last)
	}
	return nil
}

// refresh folds the commits that other writers have made durable.
func (l *Ledger) refresh(ctx context.Context) error {
	foreign, err := l.store.CatchUp(ctx)
	if err != nil {
		return fmt.Errorf("catch up with other writers: %w", err)
	}
	if foreign == 0 {
		return nil
	}
	if l.state.Position() < foreign {
		if err := l.catchUpTo(ctx, foreign); err != nil {
			return err
		}
	}
	l.clock.Raise(l.store.Head().Time)
	return nil
}

// timeToDecide brings in what others have written and gives the time at which commands are
// decided. The deadlines that have come by then on anything that they are about are settled first.
func (l *Ledger) timeToDecide(ctx context.Context, tickets []*ticket) (time.Time, error) {
	if !l.severalWriters {
		return l.clock.Now(), nil
	}
	err := l.refresh(ctx)
	now := l.clock.Now()
	if err != nil {
		return now, err
	}
	return now, l.settleDeadlines(ctx, func() time.Time {
		var last time.Time
		for _, t := range tickets {
			last = latest(last, l.lastOverdue(&t.set, now))
		}
		return last
	})
}

// settleDeadlines settles the last of the deadlines that have come on something: nobody keeps
// a decision that was made before it, so that what is overdue now stays so. What others
// have written meanwhile may bring later ones.
func (l *Ledger) settleDeadlines(ctx context.Context, last func() time.Time) error {
	for settled := (time.Time{}); ; {
		next := last()
		if !next.After(settled) {
			return nil
		}
		if err := l.store.CloseTimestamp(ctx, next); err != nil {
			return fmt.Errorf("close timestamp: %w", err)
		}
		if err := l.refresh(ctx); err != nil {
			return err
		}
		settled = next
	}
}

// lastOverdue is the last deadline that has come on anything in a set without an event
// that says so, the zero time if none has.
func (l *Ledger) lastOverdue(set *keySet, now time.Time) time.Time {
	var last time.Time
	for _, key := range set.items {
		last = latest(last, overdueSince(l.state.Item(key), now))
	}
	for _, id := range set.reservations {
		if r := l.state.Reservations().Open(id); r != nil && r.Overdue(now) {
			last = latest(last, r.ExpiresAt)
		}
	}
	return last
}

// overdueSince is the last deadline of an item that has come.
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

// Follow brings in what others write until ctx ends, so that who waits for a position or
// takes a picture of the state need not ask for it. Who asks is told of what goes wrong;
// here it is tried again.
func (l *Ledger) Follow(ctx context.Context) {
	pause := time.NewTimer(0)
	defer pause.Stop()
	for {
		select {
		case <-pause.C: // what this ledger has written itself need not be asked for
		case <-ctx.Done():
			return
		}
		select {
		case <-l.feed.Grown(l.state.Position()):
		case <-ctx.Done():
			return
		}
		pause.Reset(followEvery)
		if err := l.refresh(ctx); err != nil {
			pause.Reset(followAgain)
		}
	}
}

// fold shows a commit of the log, as far as it is not shown.
func (l *Ledger) fold(c ports.Recorded) error {
	l.folding.Lock()
	defer l.folding.Unlock()
	err := l.state.Fold(&c)
	if err == nil {
		l.folded = latest(l.folded, c.Time)
	}
	return err
}

// catchUpTo folds what the log has beyond the visible position, up to a position.
func (l *Ledger) catchUpTo(ctx context.Context, last event.Position) error {
	select {
	case l.catching <- struct{}{}:
	case <-ctx.Done():
		return ctx.Err()
	}
	defer func() { <-l.catching }()
	from := l.state.Position()
	if from >= last {
		return nil
	}
	for c, err := range l.feed.Commits(ctx, from) {
		if err != nil {
			return fmt.Errorf("read log: %w", err)
		}
		if err := l.fold(c); err != nil {
			return fmt.Errorf("fold log: %w", err)
		}
		if c.Position >= last {
			return nil
		}
	}
	return nil
}
