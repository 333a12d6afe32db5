package query

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/onhand/onhand/application/closed"
	"github.com/onhand/onhand/application/ledger"
	"github.com/onhand/onhand/domain/event"
	"github.com/onhand/onhand/domain/reservation"
	"github.com/onhand/onhand/domain/stock"
	"github.com/onhand/onhand/ports"
)

// ListReservations asks for reservations; ids that the service makes are in the order of creation.
type ListReservations struct {
	Store     string // with a line in it; empty: any
	SKU       string // with a line of it, and in Store if that is given; empty: any
	Statuses  []reservation.Status
	Owner     string // empty: any
	Reference string // empty: any
	Listing
}

// ReservationPage is one page of reservations.
type ReservationPage struct {
	Reservations []reservation.Reservation
	NextCursor   string         // empty on the last page
	Position     event.Position // that the page reflects at least
}

// Handle gives one page, ErrMalformedCursor, ctx's error, or ports.ErrUnavailable if the page needs
// the index of closed reservations and cannot read it. Every reservation that fits all the time and
// keeps its place in the order is on exactly one page. A page examines a bounded number of
// reservations, so that it may be empty without being the last.
func (q ListReservations) Handle(ctx context.Context, l *ledger.Ledger) (ReservationPage, error) {
	q.Listing = q.normal()
	statuses := strings.Join(normalStatuses(q.Statuses), ",")
	cursor := q.cursor("reservations", q.Store, q.SKU, statuses, q.Owner, q.Reference)
	after, err := cursor.place(q.Cursor)
	if err != nil {
		return ReservationPage{}, err
	}
	page := ReservationPage{Position: l.Position()}
	list := q.list(l)
	found, end, err := list.page(ctx, after)
	if err != nil {
		return ReservationPage{}, err
	}
	for _, f := range found {
		page.Reservations = append(page.Reservations, *f.entry)
	}
	page.NextCursor = cursor.next(end)
	return page, nil
}

// list is the question, asked now.
func (q *ListReservations) list(l *ledger.Ledger) listOf[reservation.Reservation] {
	now := l.Now()
	return listOf[reservation.Reservation]{
		Listing: q.Listing, budget: pageBudget, memoryTurns: memoryTurns, indexTurns: indexTurns, log: l.Position(),
		from: l.Inventory().Reservations(), now: now,
		statuses: normalStatuses(q.Statuses), terms: q.terms(), open: string(reservation.HeldStatus),
		at: func(r *reservation.Reservation, now time.Time) *reservation.Reservation {
			expired := r.At(now)
			return &expired
		},
		overdue: func(r *reservation.Reservation, now time.Time) bool { return r.Overdue(now) },
		view: func(r *reservation.Reservation) view {
			return view{r.ID, string(r.Status()), r.CreatedAt, r.UpdatedAt}
		},
		matches: q.matches,
		find:    l.FindReservation,
		settle:  func(ctx context.Context, ids []string) error { return l.SettleReservations(ctx, ids, now) },
	}
}

// terms returns by what the index finds the reservations.
func (q *ListReservations) terms() []ports.SearchTerm {
	all := []ports.SearchTerm{
		{Field: ports.OwnerTerm, Value: q.Owner}, {Field: ports.ReferenceTerm, Value: q.Reference},
	}
	if q.Store != "" && q.SKU != "" {
		item := closed.ItemValue(stock.Key{Store: q.Store, SKU: q.SKU})
		return terms(append(all, ports.SearchTerm{Field: ports.ItemTerm, Value: item})...)
	}
	return terms(append(all,
		ports.SearchTerm{Field: ports.StoreTerm, Value: q.Store}, ports.SearchTerm{Field: ports.SKUTerm, Value: q.SKU})...)
}

func (q *ListReservations) matches(r *reservation.Reservation) bool {
	return (q.Owner == "" || r.Owner == q.Owner) && (q.Reference == "" || r.Reference == q.Reference) &&
		slices.ContainsFunc(r.Lines, func(l reservation.Line) bool {
			return (q.Store == "" || l.Store == q.Store) && (q.SKU == "" || l.SKU == q.SKU)
		})
}
