package ledger

import (
	"context"
	"fmt"
	"time"

	"github.com/onhand/onhand/domain/event"
	"github.com/onhand/onhand/domain/reservation"
	"github.com/onhand/onhand/domain/stock"
	"github.com/onhand/onhand/domain/transfer"
)

// Item is the item as it is now, and the position that this reflects: every
// commit up to it is in the answer. An item that does not exist has version 0.
// Holds whose deadline has come are expired, whether or not the log says so.
func (l *Ledger) Item(ctx context.Context, key stock.Key) (stock.Item, event.Position, error) {
	position := l.state.Position()
	item := l.state.Item(key)
	if item.HoldCount() == 0 || item.Overdue(l.clock.Now()) == 0 {
		return *item, position, nil
	}
	written, now, position, err := l.ItemWritten(ctx, key)
	return written.At(now), position, err
}

// ItemWritten is the item as its written history leaves it, and the time by
// which its overdue holds are to be judged. Decisions under way may have been
// made before that time, on holds that were live then, so they are waited for.
func (l *Ledger) ItemWritten(ctx context.Context, key stock.Key) (stock.Item, time.Time, event.Position, error) {
	now := l.clock.Now()
	last := func() time.Time { return overdueSince(l.state.Item(key), now) }
	if err := l.settled(ctx, key.Stream(), last); err != nil {
		return stock.Item{}, now, 0, err
	}
	position := l.state.Position()
	return *l.state.Item(key), now, position, nil
}

// Reservation is the reservation as it is now, and the position that this
// reflects. One that does not exist has version 0. An error is ctx's or the
// store's.
func (l *Ledger) Reservation(ctx context.Context, id string) (reservation.Reservation, event.Position, error) {
	position := l.state.Position()
	r, err := l.state.Reservations().Find(ctx, l.store, id)
	if err != nil || r == nil {
		return reservation.Reservation{ID: id}, position, err
	}
	if !r.Overdue(l.clock.Now()) {
		return *r, position, nil
	}
	written, now, position, err := l.ReservationWritten(ctx, id)
	return written.At(now), position, err
}

// ReservationWritten is to Reservation what ItemWritten is to Item.
func (l *Ledger) ReservationWritten(ctx context.Context, id string) (reservation.Reservation, time.Time, event.Position, error) {
	now := l.clock.Now()
	last := func() time.Time {
		if r := l.state.Reservations().Open(id); r != nil && r.Overdue(now) {
			return r.ExpiresAt
		}
		return time.Time{}
	}
	if err := l.settled(ctx, reservation.Stream(id), last); err != nil {
		return reservation.Reservation{}, now, 0, err
	}
	position := l.state.Position()
	r, err := l.state.Reservations().Find(ctx, l.store, id)
	if err != nil || r == nil {
		return reservation.Reservation{ID: id}, now, position, err
	}
	return *r, now, position, nil
}

// Transfer is the transfer as it is now and the position that this reflects. One
// that does not exist has version 0. An error is ctx's or the store's.
func (l *Ledger) Transfer(ctx context.Context, id string) (transfer.Transfer, event.Position, error) {
	position := l.state.Position()
	t, err := l.state.Transfers().Find(ctx, l.store, id)
	if err != nil || t == nil {
		return transfer.Transfer{ID: id}, position, err
	}
	return *t, position, nil
}

// settled returns when all is shown that was decided about a stream before its last
// deadline that has come: the turn at work on it, if there is one, is over, and so are
// other writers' decisions. Turns that begin later look at the clock later, too.
func (l *Ledger) settled(ctx context.Context, id event.StreamID, last func() time.Time) error {
	if over := l.lanes.turnOn(id); over != nil {
		select {
		case <-over:
		case <-ctx.Done():
			return fmt.Errorf("wait for decisions under way: %w", ctx.Err())
		}
	}
	return l.settleDeadlines(ctx, last)
}

// Position is up to where everything is shown.
func (l *Ledger) Position() event.Position { return l.state.Position() }

// Reached tells whether everything up to position p is shown.
func (l *Ledger) Reached(p event.Position) bool { return l.state.Position() >= p }

// WaitFor returns once everything up to position p is shown, or ErrBehind when
// ctx ends before that.
func (l *Ledger) WaitFor(ctx context.Context, p event.Position) error {
	if err := l.state.WaitFor(ctx, p); err != nil {
		return fmt.Errorf("%w: %w", ErrBehind, err)
	}
	return nil
}

// Waiting is how many commands are at work or waiting.
func (l *Ledger) Waiting() int { return l.lanes.waiting() }
