package stock

import (
	"fmt"

	"github.com/onhand/onhand/domain/event"
)

// NameError refuses a store's or SKU's name.
type NameError struct {
	Field   string // "store" or "sku"
	Problem string // what a name must be, in words
}

func (e *NameError) Error() string { return e.Field + " " + e.Problem }

// QuantityError refuses an input, Field, that would take a quantity past Limit
// units or below zero.
type QuantityError struct {
	Field string
	Limit int64
}

func (e *QuantityError) Error() string {
	return fmt.Sprintf("%s would take a quantity out of 0 to %d", e.Field, e.Limit)
}

// Shortage is a demand on one item that its stock does not cover, in units: so
// much more is missing than the oversell limit allows.
type Shortage struct {
	Key
	Requested int64 `json:"requested"`
	Available int64 `json:"available"`
	Shortfall int64 `json:"shortfall"`
}

// InsufficientError refuses a command because stock is short; it lists every
// short line.
type InsufficientError struct {
	Lines []Shortage
}

func (e *InsufficientError) Error() string {
	if len(e.Lines) == 1 {
		l := e.Lines[0]
		return fmt.Sprintf("%d requested of %q in %s, %d there", l.Requested, l.SKU, l.Store, l.Available)
	}
	return fmt.Sprintf("stock is short on %d lines", len(e.Lines))
}

// WouldBreakReservationsError refuses to lower stock below what is promised.
// Sellable is what would be left, in units.
type WouldBreakReservationsError struct {
	Key           Key
	Sellable      int64
	Reserved      int64
	OversellLimit int64
}

func (e *WouldBreakReservationsError) Error() string {
	return fmt.Sprintf("%d units are reserved, %d would be left to sell (oversell limit %d)",
		e.Reserved, e.Sellable, e.OversellLimit)
}

// CountBelowStatesError refuses a count that is smaller than the units known
// to be damaged or in quality control.
type CountBelowStatesError struct {
	Counted        int64
	Damaged        int64
	QualityControl int64
}

func (e *CountBelowStatesError) Error() string {
	return fmt.Sprintf("counted %d, but %d are damaged and %d in quality control",
		e.Counted, e.Damaged, e.QualityControl)
}

// UnknownEventError is a fact in an item's history that this program does not
// know: it was written by a newer one.
type UnknownEventError struct {
	Type event.Type
}

func (e *UnknownEventError) Error() string { return fmt.Sprintf("unknown event %q", string(e.Type)) }

// InvariantError is a history that leads to a quantity that cannot be, in units.
type InvariantError struct {
	Quantity string
	Value    int64
}

func (e *InvariantError) Error() string {
	return fmt.Sprintf("%s is %d, outside of 0 to %d", e.Quantity, e.Value, MaxQuantity)
}
