package stock

import "time"

// Reserve decides to promise the hold's units to its reservation, and in place
// of its earlier hold on this item, if replaces says one. It is refused with
// *InsufficientError where more units would be newly promised than are available
// and the oversell limit allows; what the reservation held already is never in
// its own way: it counts as available in the refusal. Out of bounds it gives a *QuantityError.
func (i Item) Reserve(hold Hold, replaces *Hold, now time.Time) ([]Event, error) {
	if hold.Quantity < 1 || hold.Quantity > MaxQuantity {
		return nil, &QuantityError{Field: "quantity", Limit: MaxQuantity}
	}
	var before int64
	var replaced *Replaced
	if replaces != nil {
		before = replaces.Quantity
		replaced = &Replaced{Quantity: replaces.Quantity, ExpiresAt: replaces.ExpiresAt}
	}
	room := i.Available() + i.Policy.OversellLimit
	if added := hold.Quantity - before; added > 0 && added > room {
		return nil, i.short(hold.Quantity, before, added-room)
	}
	if _, err := sum("quantity", i.Reserved, hold.Quantity-before); err != nil {
		return nil, err
	}
	return i.facts(now, Reserved{
		ReservationID: hold.ReservationID,
		Quantity:      hold.Quantity,
		ExpiresAt:     hold.ExpiresAt,
		Replaces:      replaced,
	}), nil
}

// Commit decides that units of a hold leave the store, as promised. It is
// refused with *InsufficientError where fewer are sellable; the hold stays then.
func (i Item) Commit(hold Hold, units int64, now time.Time) ([]Event, error) {
	if there := i.Sellable(); units > there {
		return nil, &InsufficientError{Lines: []Shortage{{
			Key: i.Key, Requested: units, Available: there, Shortfall: units - there,
		}}}
	}
	return i.facts(now, Committed{ReservationID: hold.ReservationID, Quantity: units, ExpiresAt: hold.ExpiresAt}), nil
}

// Release decides that units of a hold are promised no longer.
func (i Item) Release(hold Hold, units int64, now time.Time) []Event {
	return i.facts(now, Released{ReservationID: hold.ReservationID, Quantity: units, ExpiresAt: hold.ExpiresAt})
}

// Return decides that units that left for a reservation are back, in good
// state. It is refused with *QuantityError where more would be on hand than
// MaxQuantity.
func (i Item) Return(source Source, units int64, now time.Time) ([]Event, error) {
	if _, err := sum("quantity", i.OnHand, units); err != nil {
		return nil, err
	}
	return i.facts(now, Returned{Source: source, Quantity: units}), nil
}
