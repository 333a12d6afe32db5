package ledger

import (
	"context"
	"fmt"
	"time"

	"github.com/onhand/onhand/application/inventory"
	"github.com/onhand/onhand/domain/event"
	"github.com/onhand/onhand/domain/reservation"
	"github.com/onhand/onhand/domain/stock"
	"github.com/onhand/onhand/domain/transfer"
	"github.com/onhand/onhand/ports"
)

// Reader shows items, reservations and transfers as they are now: holds whose deadline
// has come are expired, whether or not the log says so. All its methods may be called at
// the same time, and none waits for writers but where a deadline has come.
type Reader struct {
	store  ports.EventStore
	state  *inventory.State
	clock  *Clock
	queues *queues
	tailer *tailer
	names  stock.Names
}

// Log returns the store that has the log.
func (r *Reader) Log() ports.EventStore { return r.store }

// Names returns the SKUs of items that only an older version took.
func (r *Reader) Names() stock.Names { return r.names }

// Item returns the item as it is now, and the position that this reflects: every
// commit up to it is in the answer. An item that does not exist has version 0.
func (r *Reader) Item(ctx context.Context, key stock.Key) (stock.Item, event.Position, error) {
	position := r.state.Position()
	item := r.state.Item(key)
	if item.HoldCount() == 0 || item.Overdue(r.clock.Now()) == 0 {
		return *item, position, nil
	}
	written, now, position, err := r.ItemWritten(ctx, key)
	return written.At(now), position, err
}

// ItemWritten returns the item as its written history leaves it, and the time by which
// its overdue holds are to be judged. Decisions under way may have been made before that
// time, on holds that were live then, so they are waited for.
func (r *Reader) ItemWritten(ctx context.Context, key stock.Key) (stock.Item, time.Time, event.Position, error) {
	now := r.clock.Now()
	last := func() time.Time { return overdueSince(r.state.Item(key), now) }
	if err := r.awaitDecisions(ctx, key.Stream(), last); err != nil {
		return stock.Item{}, now, 0, err
	}
	position := r.state.Position()
	return *r.state.Item(key), now, position, nil
}

// Reservation returns the reservation as it is now, and the position that this reflects.
// One that does not exist has version 0. An error is ctx's or the store's.
func (r *Reader) Reservation(ctx context.Context, id string) (reservation.Reservation, event.Position, error) {
	position := r.state.Position()
	found, err := r.state.Reservations().Find(ctx, r.store, id)
	if err != nil || found == nil {
		return reservation.Reservation{ID: id}, position, err
	}
	if !found.Overdue(r.clock.Now()) {
		return *found, position, nil
	}
	written, now, position, err := r.ReservationWritten(ctx, id)
	return written.At(now), position, err
}

// ReservationWritten is to Reservation what ItemWritten is to Item.
func (r *Reader) ReservationWritten(ctx context.Context, id string) (
	reservation.Reservation, time.Time, event.Position, error,
) {
	now := r.clock.Now()
	if err := r.SettleReservations(ctx, []string{id}, now); err != nil {
		return reservation.Reservation{}, now, 0, err
	}
	position := r.state.Position()
	found, err := r.state.Reservations().Find(ctx, r.store, id)
	if err != nil || found == nil {
		return reservation.Reservation{ID: id}, now, position, err
	}
	return *found, now, position, nil
}

// Transfer returns the transfer as it is now and the position that this reflects. One
// that does not exist has version 0. An error is ctx's or the store's.
func (r *Reader) Transfer(ctx context.Context, id string) (transfer.Transfer, event.Position, error) {
	position := r.state.Position()
	found, err := r.state.Transfers().Find(ctx, r.store, id)
	if err != nil || found == nil {
		return transfer.Transfer{ID: id}, position, err
	}
	return *found, position, nil
}

// awaitDecisions returns when everything is published that was decided about a stream
// before its last deadline that has come: the batch at work on it, if there is one, is
// over, and so are other writers' decisions. Batches that begin later look at the clock
// later, too.
func (r *Reader) awaitDecisions(ctx context.Context, id event.StreamID, last func() time.Time) error {
	if err := r.awaitBatch(ctx, id); err != nil {
		return err
	}
	return r.tailer.closeDeadlines(ctx, last)
}

// awaitBatch returns when the batch at work on a stream is over.
func (r *Reader) awaitBatch(ctx context.Context, id event.StreamID) error {
	if over := r.queues.batchOn(id); over != nil {
		select {
		case <-over:
		case <-ctx.Done():
			return fmt.Errorf("wait for decisions under way: %w", ctx.Err())
		}
	}
	return nil
}

// Position returns the visible position: every commit up to it is published.
func (r *Reader) Position() event.Position { return r.state.Position() }

// Reached reports whether every commit up to position p is published.
func (r *Reader) Reached(p event.Position) bool { return r.state.Position() >= p }

// WaitFor returns once every commit up to position p is published, or ErrBehind when
// ctx ends before that.
func (r *Reader) WaitFor(ctx context.Context, p event.Position) error {
	if err := r.state.WaitFor(ctx, p); err != nil {
		return fmt.Errorf("%w: %w", ErrBehind, err)
	}
	return nil
}
