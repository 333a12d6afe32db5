package stock

import "time"

// Count decides that counted units, 0 to MaxQuantity, are on hand. A count is
// the truth, so it is taken even where it leaves promises without stock; the
// event then says how many units. It is refused with *CountBelowStatesError
// where it is smaller than the units damaged or in quality control, and with
// *QuantityError out of bounds. It creates an item that does not exist.
func (i Item) Count(counted int64, note Note, now time.Time) ([]Event, error) {
	if counted < 0 || counted > MaxQuantity {
		return nil, &QuantityError{Field: "onHand", Limit: MaxQuantity}
	}
	after := i.Levels
	after.OnHand = counted
	if after.Sellable() < 0 {
		return nil, &CountBelowStatesError{Counted: counted, Damaged: i.Damaged, QualityControl: i.QualityControl}
	}
	return i.facts(now, Counted{
		OnHand:   counted,
		Previous: i.OnHand,
		AtRisk:   after.AtRisk(),
		Note:     note,
	}), nil
}
