package command

import (
	"context"

	validation "github.com/go-ozzo/ozzo-validation/v4"

	"github.com/onhand/onhand/application/ledger"
	"github.com/onhand/onhand/domain/reservation"
	"github.com/onhand/onhand/domain/stock"
)

// CommitReservation lets units of a reservation leave their stores: all that
// remain, or Lines. The rest is kept or released.
type CommitReservation struct {
	ID        string                `json:"-"`
	Lines     []stock.Part          `json:"lines,omitempty"` // empty: all that remain
	Remainder reservation.Remainder `json:"remainder,omitempty"`
}

// Validate checks what can be checked without the reservation.
func (c *CommitReservation) Validate(rules Rules) error {
	if c.Remainder == "" {
		c.Remainder = reservation.KeepRemainder
	}
	return rules.validateParts(c, &c.ID, &c.Lines,
		validation.Field(&c.Remainder, validation.In(reservation.KeepRemainder, reservation.ReleaseRemainder).
			Error("must be keep or release")))
}

// Handle carries the command out. Refusals are reservation.ErrNotFound, those of
// reservation.Reservation's Commit, *stock.InsufficientError where fewer units
// are sellable, and *PreconditionError; other errors those of ledger.Ledger's
// Execute.
func (c *CommitReservation) Handle(
	ctx context.Context, l *ledger.Ledger, call Call,
) (Outcome[ReservationResult], error) {
	return handle[ReservationResult](ctx, l, call, c)
}

func (c *CommitReservation) lineCount() int    { return len(c.Lines) }
func (c *CommitReservation) name() string      { return "commit_reservation" }
func (c *CommitReservation) subject() any      { return c.ID }
func (c *CommitReservation) keys() ledger.Keys { return reservationKeys(c.ID) }

func (c *CommitReservation) decide(tx *ledger.Tx, when Preconditions) (ledger.Result, error) {
	r, err := existing(tx, c.ID, when)
	if err != nil {
		return nil, err
	}
	events, err := r.Commit(c.Lines, c.Remainder, tx.Now())
	if err != nil {
		return nil, err
	}
	var p plan
	released := releasedBy(events)
	for _, part := range events[0].Change.(reservation.Committed).Lines {
		item := tx.Item(part.Key)
		hold, err := holdOf(item, r)
		if err != nil {
			return nil, err
		}
		taken, err := item.Commit(hold, part.Quantity, tx.Now())
		if rest := released[part.Key]; err == nil && rest > 0 {
			for _, e := range taken {
				item.Apply(e)
			}
			taken = append(taken, item.Release(hold, rest, tx.Now())...)
		}
		delete(released, part.Key)
		if err := p.add(part.Key, taken, err); err != nil {
			return nil, err
		}
	}
	if err := p.release(tx, r, released); err != nil {
		return nil, err
	}
	return change(tx, r, events, &p)
}

// releasedBy is how many units of which item a decision releases.
func releasedBy(events []reservation.Event) map[stock.Key]int64 {
	units := map[stock.Key]int64{}
	for _, e := range events {
		if released, ok := e.Change.(reservation.Released); ok {
			for _, p := range released.Lines {
				units[p.Key] = p.Quantity
			}
		}
	}
	return units
}

// release gives units back to their items, in the order of the reservation.
func (p *plan) release(tx *ledger.Tx, r reservation.Reservation, units map[stock.Key]int64) error {
	for _, line := range r.Lines {
		n := units[line.Key]
		if n == 0 {
			continue
		}
		item := tx.Item(line.Key)
		hold, err := holdOf(item, r)
		if err != nil {
			return err
		}
		p.steps = append(p.steps, step{key: line.Key, events: item.Release(hold, n, tx.Now())})
	}
	return nil
}

// existing is the reservation that a command names, as its history left it.
func existing(tx *ledger.Tx, id string, when Preconditions) (reservation.Reservation, error) {
	r := tx.Reservation(id)
	if !r.Exists() {
		return r, reservation.ErrNotFound
	}
	return r, when.check(r.At(tx.Now()).Version, nil)
}

// change carries out a decision on a reservation and its items that relied on
// the deadline not having come, unless nothing was held.
func change(tx *ledger.Tx, r reservation.Reservation, events []reservation.Event, p *plan) (ledger.Result, error) {
	if err := p.refusal(); err != nil {
		return nil, err
	}
	if r.At(tx.Now()).Open() {
		tx.Until(r.ExpiresAt)
	}
	tx.RecordReservation(r.ID, events)
	p.record(tx)
	return ReservationResult{Reservation: tx.Reservation(r.ID)}, nil
}

func reservationKeys(id string) ledger.Keys {
	return ledger.Keys{Reservations: []string{id}, Lines: true}
}
