package stock

import "time"

// Adjust decides to raise or lower the units on hand by delta, not 0.
//
// Lowering is refused with *InsufficientError where it would leave less than
// nothing to sell, and with *WouldBreakReservationsError where more would be
// promised than the oversell limit allows. Passing MaxQuantity gives a
// *QuantityError. An item that does not exist is created by a positive delta
// and has nothing to take from otherwise.
func (i Item) Adjust(delta int64, note Note, now time.Time) ([]Event, error) {
	onHand, err := sum("delta", i.OnHand, delta)
	if err != nil {
		return nil, err
	}
	if delta < 0 {
		after := i.Levels
		after.OnHand = onHand
		if err := i.guardLowering(after, -delta); err != nil {
			return nil, err
		}
	}
	return i.facts(now, Adjusted{Delta: delta, Note: note}), nil
}

// guardLowering holds what every removal of units from sellable must keep:
// nothing below zero, and no promise broken that the policy does not allow.
func (i Item) guardLowering(after Levels, units int64) error {
	if after.Sellable() < 0 {
		return &InsufficientError{Lines: []Shortage{{
			Key:       i.Key,
			Requested: units,
			Available: i.Sellable(),
			Shortfall: units - i.Sellable(),
		}}}
	}
	if after.Reserved > after.Sellable()+after.Policy.OversellLimit {
		return &WouldBreakReservationsError{
			Key:           i.Key,
			Sellable:      after.Sellable(),
			Reserved:      after.Reserved,
			OversellLimit: after.Policy.OversellLimit,
		}
	}
	return nil
}
