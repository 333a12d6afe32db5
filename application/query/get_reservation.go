package query

import (
	"context"

	"github.com/onhand/onhand/application/ledger"
	"github.com/onhand/onhand/domain/event"
	"github.com/onhand/onhand/domain/reservation"
)

// GetReservation asks for one reservation as it is now.
type GetReservation struct {
	ID string
}

// Handle gives the reservation and the position that it reflects,
// reservation.ErrNotFound, ctx's error, the index's or the store's: one that is
// closed may be in the index only, or in the log while that cannot be read.
func (q GetReservation) Handle(ctx context.Context, l *ledger.Ledger) (reservation.Reservation, event.Position, error) {
	r, position, err := l.Reservation(ctx, q.ID)
	if err == nil && !r.Exists() {
		err = reservation.ErrNotFound
	}
	return r, position, err
}
