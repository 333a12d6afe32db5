package query

import (
	"context"
	"time"

	"github.com/onhand/onhand/application/ledger"
	"github.com/onhand/onhand/domain/event"
	"github.com/onhand/onhand/domain/reservation"
	"github.com/onhand/onhand/ports"
)

// PastReservation asks for one reservation as it was.
type PastReservation struct {
	ID string
	Past
}

// Handle gives the reservation as the log tells it, expired from its deadline
// on, or reservation.ErrNotFound where it did not exist then or never had that
// version. A time after now is a *FutureError.
func (q PastReservation) Handle(
	ctx context.Context, l *ledger.Ledger, store ports.EventStore,
) (reservation.Reservation, event.Position, error) {
	q.AsOf = l.LogTimeOf(q.AsOf)
	written, now, position, err := l.ReservationWritten(ctx, q.ID)
	if err == nil {
		err = q.known(now)
	}
	if err != nil {
		return written, position, err
	}
	r, found, err := q.from(ctx, l, store, written, now)
	if err == nil && !found {
		err = reservation.ErrNotFound
	}
	return r, position, err
}

func (q PastReservation) from(
	ctx context.Context, l *ledger.Ledger, store ports.EventStore, written reservation.Reservation, now time.Time,
) (reservation.Reservation, bool, error) {
	version := q.Version
	switch {
	case !written.Exists():
		return written, false, nil
	case version == written.Version:
		return written, true, nil
	case version > written.Version:
		expired := written.At(now)
		return expired, expired.Version == version, nil
	case version > 0:
	case !written.UpdatedAt.After(q.AsOf):
		return written.At(q.AsOf), true, nil
	default:
		var err error
		if version, err = q.version(ctx, store, reservation.Stream(q.ID), written.Version); err != nil || version == 0 {
			return reservation.Reservation{}, false, err
		}
	}
	r, err := l.Inventory().Reservations().AtVersion(ctx, store, q.ID, version)
	if err != nil || r == nil {
		return reservation.Reservation{}, false, err
	}
	return *r, true, nil
}
