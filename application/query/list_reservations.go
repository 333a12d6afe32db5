package query

import (
	"context"
	"slices"

	"github.com/onhand/onhand/application/inventory"
	"github.com/onhand/onhand/application/ledger"
	"github.com/onhand/onhand/domain/event"
	"github.com/onhand/onhand/domain/reservation"
)

// ListReservations asks for reservations in the order of their ids; ids that the
// service makes are in the order of creation.
type ListReservations struct {
	Store  string             // with a line in it; empty: any
	SKU    string             // with a line of it; empty: any
	Status reservation.Status // empty: any
	Limit  int                // 1 to MaxLimit
	Cursor string
}

// ReservationPage is one page of reservations.
type ReservationPage struct {
	Reservations []reservation.Reservation
	NextCursor   string         // empty on the last page
	Position     event.Position // that the page reflects at least
}

// Handle gives one page, ErrMalformedCursor or what reading the log gives. Every
// reservation that fits all the time is on exactly one page. A filter that few
// fit is looked for through all, as long as ctx lasts.
func (q ListReservations) Handle(ctx context.Context, l *ledger.Ledger) (ReservationPage, error) {
	cursor := cursorFor("reservations", q.Store, q.SKU, string(q.Status))
	behind, err := cursor.decode(q.Cursor)
	if err != nil {
		return ReservationPage{}, err
	}
	page := ReservationPage{Position: l.Position()}
	err = l.WalkReservations(ctx, behind, q.scope(), func(r reservation.Reservation) bool {
		if !q.fits(r) {
			return true
		}
		if len(page.Reservations) == q.Limit {
			page.NextCursor = cursor.encode(page.Reservations[q.Limit-1].ID)
			return false
		}
		page.Reservations = append(page.Reservations, r)
		return true
	})
	return page, err
}

// scope leaves out reservations that cannot fit: a held one is open in the log, and a
// released or committed one is not. An overdue one may be either.
func (q ListReservations) scope() inventory.Scope {
	return inventory.Scope{
		Open:   q.Status != reservation.ReleasedStatus,
		Closed: q.Status != reservation.HeldStatus,
	}
}

func (q ListReservations) fits(r reservation.Reservation) bool {
	if !r.Exists() || q.Status != "" && r.Status() != q.Status {
		return false
	}
	return slices.ContainsFunc(r.Lines, func(l reservation.Line) bool {
		return (q.Store == "" || l.Store == q.Store) && (q.SKU == "" || l.SKU == q.SKU)
	})
}
