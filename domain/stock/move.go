package stock

import "time"

// Move decides to put units, 1 or more, from one state into another one. It is
// refused with *InsufficientError where the state has fewer units, and out of
// sellable also with *WouldBreakReservationsError, as a negative adjustment is.
func (i Item) Move(from, to State, units int64, note Note, now time.Time) ([]Event, error) {
	if units < 1 || units > MaxQuantity {
		return nil, &QuantityError{Field: "quantity", Limit: MaxQuantity}
	}
	if there := i.units(from); units > there {
		return nil, &InsufficientError{Lines: []Shortage{{
			Key: i.Key, Requested: units, Available: there, Shortfall: units - there,
		}}}
	}
	after := i.Levels
	after.move(from, to, units)
	if from == SellableState {
		if err := i.guardLowering(after, units); err != nil {
			return nil, err
		}
	}
	return i.facts(now, Moved{From: from, To: to, Quantity: units, Note: note}), nil
}
