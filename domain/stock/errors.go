package stock

import (
	"fmt"
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
	return fmt.Sprintf("%s would bring a quantity below 0 or above %d: send a smaller number", e.Field, e.Limit)
}

// WouldBreakReservationsError refuses to lower stock below the reserved units. Sellable is the
// number of units that would remain.
type WouldBreakReservationsError struct {
	Key           Key
	Sellable      int64
	Reserved      int64
	OversellLimit int64
}

func (e *WouldBreakReservationsError) Error() string {
	return fmt.Sprintf("%s of %q in %s reserved, but only %d would be sellable (oversell limit %d): "+
		"release reservations first, raise the limit, or record a count",
		Units(e.Reserved), e.Key.SKU, e.Key.Store, e.Sellable, e.OversellLimit)
}

// CountBelowStatesError refuses a count that is smaller than the units known
// to be damaged or in quality control.
type CountBelowStatesError struct {
	Counted        int64
	Damaged        int64
	QualityControl int64
}

func (e *CountBelowStatesError) Error() string {
	return fmt.Sprintf("%s counted, but %d are damaged and %d are in quality control: move those first, or count again",
		Units(e.Counted), e.Damaged, e.QualityControl)
}

// InvariantError is a history that leads to a quantity that cannot be, in units.
type InvariantError struct {
	Quantity string
	Value    int64
}

func (e *InvariantError) Error() string {
	return fmt.Sprintf("%s is %d, outside of 0 to %d", e.Quantity, e.Value, MaxQuantity)
}
