package command

import (
	"cmp"
	"context"

	validation "github.com/go-ozzo/ozzo-validation/v4"

	"github.com/onhand/onhand/application/ledger"
	"github.com/onhand/onhand/domain/reservation"
	"github.com/onhand/onhand/domain/stock"
)

// ReserveStock holds units of one or more items: all lines or none. With an ID
// of the caller's own it replaces the live hold of the same owner.
type ReserveStock struct {
	ID         string       `json:"-"` // empty: one is made
	Lines      []stock.Part `json:"lines"`
	TTLSeconds *int64       `json:"ttlSeconds,omitempty"` // nil: the maximum, or no deadline if there is none
	Owner      string       `json:"owner,omitempty"`
	Reference  string       `json:"reference,omitempty"`

	made string // the ID that was made
	ttl  *int64 // in place of TTLSeconds, if that is nil
}

// Validate checks what can be checked without the items, and adds up the lines
// of the same item.
func (c *ReserveStock) Validate(rules Rules) error {
	err := validation.ValidateStruct(c,
		validation.Field(&c.ID, idRule),
		validation.Field(&c.Lines, validation.Required.Error("is required"), lineCount, rules.eachPart()),
		validation.Field(&c.TTLSeconds, ttlRules...),
		validation.Field(&c.Owner, ownerRules...),
		validation.Field(&c.Reference, referenceRules...),
	)
	if err = cmp.Or(err, rules.checkTTL(c.TTLSeconds)); err != nil {
		return err
	}
	if c.TTLSeconds == nil {
		c.ttl = rules.longest()
	}
	c.Lines, err = rules.normalParts(c.Lines)
	return err
}

// Handle carries the command out. Refusals are *stock.InsufficientError with all
// short lines, those of reservation.Reservation's Place,
// *reservation.ExpiredError where If-Match asks for a hold that has expired, and
// *PreconditionError; other errors those of ledger.Ledger's Execute.
func (c *ReserveStock) Handle(ctx context.Context, l *ledger.Ledger, call Call) (Outcome[ReservationResult], error) {
	if c.ID == "" {
		call.Required = false // what gets a new name has no version to build on
	}
	return handle[ReservationResult](ctx, l, call, c)
}

func (c *ReserveStock) lineCount() int { return len(c.Lines) }
func (c *ReserveStock) name() string   { return "reserve_stock" }
func (c *ReserveStock) subject() any   { return c.ID }

func (c *ReserveStock) giveID(newID func() string) {
	if c.made = c.ID; c.made == "" {
		c.made = newID()
	}
}

func (c *ReserveStock) keys() ledger.Keys {
	keys := ledger.Keys{Reservations: []string{c.made}, Lines: c.ID != ""}
	for _, p := range c.Lines {
		keys.Items = append(keys.Items, p.Key)
	}
	return keys
}

func (c *ReserveStock) decide(tx *ledger.Tx, when Preconditions) (ledger.Result, error) {
	now := tx.Now()
	before := tx.Reservation(c.made)
	present := before.At(now)
	if err := when.check(present.Version, nil); err != nil {
		return nil, err
	}
	if when.IfMatch != nil && present.Status() == reservation.ExpiredStatus {
		return nil, &reservation.ExpiredError{ExpiresAt: present.ExpiresAt}
	}
	terms := reservation.Terms{
		Lines: c.Lines, ExpiresAt: deadline(cmp.Or(c.TTLSeconds, c.ttl), now), Owner: c.Owner, Reference: c.Reference,
	}
	events, err := before.Place(terms, now)
	if err != nil {
		return nil, err
	}
	p, err := c.plan(tx, terms, present)
	if err != nil {
		return nil, err
	}
	if present.Open() {
		tx.Until(present.ExpiresAt)
	}
	tx.RecordReservation(c.made, events)
	p.record(tx)
	return ReservationResult{Reservation: tx.Reservation(c.made), Created: !present.Open()}, nil
}

// plan takes the new lines from their items and gives the old ones back, in one
// step where an item has both.
func (c *ReserveStock) plan(tx *ledger.Tx, terms reservation.Terms, present reservation.Reservation) (*plan, error) {
	var p plan
	wanted := make(map[stock.Key]bool, len(terms.Lines))
	for _, line := range terms.Lines {
		wanted[line.Key] = true
		item := tx.Item(line.Key)
		var replaces *stock.Hold
		if old, _ := present.Line(line.Key); old.Remaining > 0 {
			hold, err := holdOf(item, present)
			if err != nil {
				return nil, err
			}
			replaces = &hold
		}
		hold := stock.Hold{ReservationID: c.made, Quantity: line.Quantity, ExpiresAt: terms.ExpiresAt}
		events, err := item.Reserve(hold, replaces, tx.Now())
		if err := p.add(line.Key, events, err); err != nil {
			return nil, err
		}
	}
	for _, old := range present.Lines {
		if old.Remaining == 0 || wanted[old.Key] {
			continue
		}
		item := tx.Item(old.Key)
		hold, err := holdOf(item, present)
		if err != nil {
			return nil, err
		}
		if err := p.add(old.Key, item.Release(hold, hold.Quantity, tx.Now()), nil); err != nil {
			return nil, err
		}
	}
	return &p, p.refusal()
}
