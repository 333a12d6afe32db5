package ledger

import (
	"context"
	"fmt"
	"time"

	"github.com/onhand/onhand/domain/event"
	"github.com/onhand/onhand/ports"
)

// followEvery is how often a ledger looks at most for what others have written, where
// nobody asks for it.
const followEvery = 10 * time.Millisecond

// Refresh brings in what other writers have written: what any of them has acknowledged
// before is shown when it returns. Errors are those of ports.EventStore's Refresh.
func (l *Ledger) Refresh(ctx context.Context) error {
	_, err := l.refresh(ctx, time.Time{})
	return err
}

// refresh brings in what others have written, and settles a time that is not zero. It
// tells whether there may be others.
func (l *Ledger) refresh(ctx context.Context, settled time.Time) (others bool, err error) {
	foreign, err := l.store.Refresh(ctx, settled)
	if err != nil {
		return false, fmt.Errorf("look for what others have written: %w", err)
	}
	if foreign == 0 {
		return l.shared, nil
	}
	if l.horizon.position() < foreign {
		if err := l.catchUpTo(ctx, foreign); err != nil {
			return true, err
		}
	}
	l.clock.Raise(l.store.Status().LastUsed)
	return true, nil
}

// timeToDecide brings in what others have written and gives the time at which commands are
// decided. Where that says that a deadline has come it is settled first: nobody decides at
// an earlier time any more, so that what is overdue now stays so.
func (l *Ledger) timeToDecide(ctx context.Context, tickets []*ticket) (time.Time, error) {
	others, err := l.refresh(ctx, time.Time{})
	now := l.clock.Now()
	if err != nil || !others || !l.anyOverdue(tickets, now) {
		return now, err
	}
	_, err = l.refresh(ctx, now)
	return now, err
}

// anyOverdue tells whether a deadline has come on anything that commands are about.
func (l *Ledger) anyOverdue(tickets []*ticket, now time.Time) bool {
	for _, t := range tickets {
		for _, key := range t.set.items {
			if item := l.state.item(key); item.HoldCount() > 0 && item.Overdue(now) > 0 {
				return true
			}
		}
		for _, id := range t.set.reservations {
			if r := l.state.reservations.live(id); r != nil && r.Overdue(now) {
				return true
			}
		}
	}
	return false
}

// live is an open entry, nil if there is none.
func (b *book[A]) live(id string) *A {
	b.mu.RLock()
	defer b.mu.RUnlock()
	return b.open[id]
}

// Follow brings in what others write until ctx ends, so that who waits for a position or
// takes a picture of the state need not ask for it. It returns ctx's error, or why the log
// cannot be read any more.
func (l *Ledger) Follow(ctx context.Context) error {
	pause := time.NewTimer(0)
	defer pause.Stop()
	for {
		select {
		case <-pause.C:
		case <-ctx.Done():
			return ctx.Err()
		}
		select {
		case <-l.feed.Grown(l.horizon.position()):
		case <-ctx.Done():
			return ctx.Err()
		}
		if err := l.Refresh(ctx); err != nil {
			return err
		}
		pause.Reset(followEvery) // what this ledger has written itself need not be asked for
	}
}

// fold shows a commit of the log, as far as it is not shown.
func (l *Ledger) fold(c ports.Recorded) error {
	l.folding.Lock()
	defer l.folding.Unlock()
	keep := l.state.freezer.begin(c.Position)
	err := l.state.fold(c, keep)
	l.state.freezer.end()
	if err == nil {
		l.horizon.show(c.Position)
	}
	return err
}

// catchUpTo folds what the log has beyond the horizon, up to a position.
func (l *Ledger) catchUpTo(ctx context.Context, last event.Position) error {
	l.catching.Lock()
	defer l.catching.Unlock()
	from := l.horizon.position()
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
