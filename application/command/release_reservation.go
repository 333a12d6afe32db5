package command

import (
	"context"

	"github.com/onhand/onhand/application/ledger"
	"github.com/onhand/onhand/domain/stock"
)

// ReleaseReservation gives units of a reservation back before its deadline: all
// that remain, or Lines.
type ReleaseReservation struct {
	ID    string       `json:"-"`
	Lines []stock.Part `json:"lines,omitempty"` // empty: all that remain
}

// Validate checks what can be checked without the reservation.
func (c *ReleaseReservation) Validate(rules Rules) error {
	return rules.validateParts(c, &c.ID, &c.Lines)
}

// Handle carries the command out. Refusals are reservation.ErrNotFound, those of
// reservation.Reservation's Release, and *PreconditionError; other errors those
// of ledger.Ledger's Execute.
func (c *ReleaseReservation) Handle(
	ctx context.Context, l *ledger.Ledger, call Call,
) (Outcome[ReservationResult], error) {
	return handle[ReservationResult](ctx, l, call, c)
}

func (c *ReleaseReservation) lineCount() int    { return len(c.Lines) }
func (c *ReleaseReservation) name() string      { return "release_reservation" }
func (c *ReleaseReservation) subject() any      { return c.ID }
func (c *ReleaseReservation) keys() ledger.Keys { return reservationKeys(c.ID) }

func (c *ReleaseReservation) decide(tx *ledger.Tx, when Preconditions) (ledger.Result, error) {
	r, err := existing(tx, c.ID, when)
	if err != nil {
		return nil, err
	}
	events, err := r.Release(c.Lines, tx.Now())
	if err != nil {
		return nil, err
	}
	var p plan
	if err := p.release(tx, r, releasedBy(events)); err != nil {
		return nil, err
	}
	return change(tx, r, events, &p)
}
