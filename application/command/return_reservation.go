package command

import (
	"context"

	"github.com/onhand/onhand/application/ledger"
	"github.com/onhand/onhand/domain/reservation"
	"github.com/onhand/onhand/domain/stock"
)

// ReturnReservation takes committed units of a reservation back: all that are
// not back yet, or Lines.
type ReturnReservation struct {
	ID    string       `json:"-"`
	Lines []stock.Part `json:"lines,omitempty"` // empty: all that are not back yet
}

// Validate checks what can be checked without the reservation.
func (c *ReturnReservation) Validate(rules Rules) error {
	return rules.validateParts(c, &c.ID, &c.Lines)
}

// Handle carries the command out. Refusals are reservation.ErrNotFound, those of
// reservation.Reservation's Return, *stock.QuantityError, and
// *PreconditionError; other errors those of ledger.Ledger's Execute.
func (c *ReturnReservation) Handle(
	ctx context.Context, l *ledger.Ledger, call Call,
) (Outcome[ReservationResult], error) {
	return handle[ReservationResult](ctx, l, call, c)
}

func (c *ReturnReservation) lineCount() int    { return len(c.Lines) }
func (c *ReturnReservation) name() string      { return "return_reservation" }
func (c *ReturnReservation) subject() any      { return c.ID }
func (c *ReturnReservation) keys() ledger.Keys { return reservationKeys(c.ID) }

func (c *ReturnReservation) decide(tx *ledger.Tx, when Preconditions) (ledger.Result, error) {
	r, err := existing(tx, c.ID, when)
	if err != nil {
		return nil, err
	}
	events, err := r.Return(c.Lines, tx.Now())
	if err != nil {
		return nil, err
	}
	var p plan
	for _, part := range events[len(events)-1].Change.(reservation.Returned).Lines {
		back, err := tx.Item(part.Key).Return(stock.Source{ReservationID: r.ID}, part.Quantity, tx.Now())
		if err := p.add(part.Key, back, err); err != nil {
			return nil, err
		}
	}
	return change(tx, r, events, &p)
}
