package command

import (
	"cmp"
	"context"

	validation "github.com/go-ozzo/ozzo-validation/v4"

	"github.com/onhand/onhand/application/ledger"
)

// ExtendReservation gives a live reservation a deadline TTLSeconds from now.
type ExtendReservation struct {
	ID         string `json:"-"`
	TTLSeconds *int64 `json:"ttlSeconds"`
}

// Validate checks what can be checked without the reservation.
func (c *ExtendReservation) Validate(rules Rules) error {
	err := validation.ValidateStruct(c,
		validation.Field(&c.ID, idRule),
		validation.Field(&c.TTLSeconds, append([]validation.Rule{validation.NotNil.Error("is required")}, ttlRules...)...),
	)
	return cmp.Or(err, rules.checkTTL(c.TTLSeconds))
}

// Handle carries the command out. Refusals are reservation.ErrNotFound, those of
// reservation.Reservation's Extend, and *PreconditionError; other errors those of
// ledger.Ledger's Execute.
func (c *ExtendReservation) Handle(
	ctx context.Context, l *ledger.Ledger, call Call,
) (Outcome[ReservationResult], error) {
	return handle[ReservationResult](ctx, l, call, c)
}

func (c *ExtendReservation) name() string      { return "extend_reservation" }
func (c *ExtendReservation) subject() any      { return c.ID }
func (c *ExtendReservation) keys() ledger.Keys { return reservationKeys(c.ID) }

func (c *ExtendReservation) decide(tx *ledger.Tx, when Preconditions) (ledger.Result, error) {
	r, err := existing(tx, c.ID, when)
	if err != nil {
		return nil, err
	}
	until := deadline(c.TTLSeconds, tx.Now())
	events, err := r.Extend(until, tx.Now())
	if err != nil {
		return nil, err
	}
	tx.Until(r.ExpiresAt)
	if err := tx.RecordExtension(r.ID, events, until); err != nil {
		return nil, err
	}
	return ReservationResult{Reservation: tx.Reservation(r.ID)}, nil
}
