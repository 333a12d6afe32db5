package stock

import "time"

// Ship decides that units leave for another store. It is refused with
// *InsufficientError where fewer are available.
func (i Item) Ship(transferID string, units int64, now time.Time) ([]Event, error) {
	if there := i.Available(); units > there {
		return nil, i.short(units, 0, units-there)
	}
	return i.facts(now, Shipped{TransferID: transferID, Quantity: units}), nil
}

// Expect decides that delta more units are on their way to this store, fewer if
// it is negative. It creates an item that does not exist. It is refused with
// *QuantityError where more than MaxQuantity would be on their way.
func (i Item) Expect(transferID string, delta int64, now time.Time) ([]Event, error) {
	if _, err := sum("quantity", i.Incoming, delta); err != nil {
		return nil, err
	}
	return i.facts(now, Incoming{TransferID: transferID, Delta: delta}), nil
}

// Receive decides that units on their way have arrived: good ones and damaged
// ones, which both are on hand then. It is refused with *QuantityError where
// more would be on hand than MaxQuantity.
func (i Item) Receive(transferID string, good, damaged int64, now time.Time) ([]Event, error) {
	if _, err := sum("good", i.OnHand, good+damaged); err != nil {
		return nil, err
	}
	return i.facts(now, Received{TransferID: transferID, Good: good, Damaged: damaged}), nil
}

// Lose decides that units on their way will not arrive.
func (i Item) Lose(transferID string, units int64, now time.Time) []Event {
	return i.facts(now, Lost{TransferID: transferID, Quantity: units})
}
