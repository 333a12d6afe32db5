package ledger

import (
	"context"
	"time"

	"github.com/onhand/onhand/domain/reservation"
	"github.com/onhand/onhand/domain/stock"
	"github.com/onhand/onhand/domain/transfer"
)

// Walk visits a store's items whose SKUs lie after a SKU and begin with prefix,
// in the order of their SKUs, each as it is when its turn comes, until visit
// returns false or ctx ends. Items that are created meanwhile are visited if
// they lie ahead.
func (r *Reader) Walk(ctx context.Context, store, after, prefix string, visit func(stock.Item) bool) error {
	for written := range r.state.Items(store, after, prefix) {
		if err := ctx.Err(); err != nil {
			return err
		}
		item := *written
		if item.HoldCount() > 0 {
			var err error
			if item, _, err = r.Item(ctx, item.Key); err != nil {
				return err
			}
		}
		if !visit(item) {
			return nil
		}
	}
	return nil
}

// Now returns the time by which a reader judges deadlines.
func (r *Reader) Now() time.Time { return r.clock.Now() }

// LogTimeOf returns the log time of a time in the past that a client asks for. The two differ only
// in a log whose time is ahead of the wall clock.
func (r *Reader) LogTimeOf(t time.Time) time.Time { return r.clock.ofWall(t) }

// FindReservation returns a reservation as its written history left it, nil if there is none.
func (r *Reader) FindReservation(ctx context.Context, id string) (*reservation.Reservation, error) {
	return r.state.Reservations().Find(ctx, r.store, id)
}

// FindTransfer does the same with a transfer.
func (r *Reader) FindTransfer(ctx context.Context, id string) (*transfer.Transfer, error) {
	return r.state.Transfers().Find(ctx, r.store, id)
}

// SettleReservations returns when everything is published that was decided about some reservations
// before those of their deadlines that have come at a time. It is to lists what ReservationWritten
// is to one reservation.
func (r *Reader) SettleReservations(ctx context.Context, ids []string, now time.Time) error {
	for _, id := range ids {
		if err := r.awaitBatch(ctx, reservation.Stream(id)); err != nil {
			return err
		}
	}
	return r.tailer.closeDeadlines(ctx, func() time.Time {
		var last time.Time
		for _, id := range ids {
			if open := r.state.Reservations().Open(id); open != nil && open.Overdue(now) {
				last = latest(last, open.ExpiresAt)
			}
		}
		return last
	})
}
