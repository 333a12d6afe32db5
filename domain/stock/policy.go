package stock

import "time"

// Policy is what a merchant decides about an item, in units.
type Policy struct {
	SafetyStock       int64  `json:"safetyStock"`                 // kept back from sale
	OversellLimit     int64  `json:"oversellLimit"`               // how far promises may exceed stock
	LowStockThreshold *int64 `json:"lowStockThreshold,omitempty"` // nil: no events about low stock
}

// Equal compares all numbers.
func (p Policy) Equal(other Policy) bool {
	a, b := p.LowStockThreshold, other.LowStockThreshold
	sameThreshold := (a == nil) == (b == nil) && (a == nil || *a == *b)
	p.LowStockThreshold, other.LowStockThreshold = nil, nil
	return p == other && sameThreshold
}

// SetPolicy decides what the merchant wants of the item from now on. It is always
// accepted, also where promises that exist already go beyond it; only bounds are
// checked (*QuantityError). It creates an item that does not exist.
func (i Item) SetPolicy(p Policy, now time.Time) ([]Event, error) {
	for _, q := range []struct {
		field string
		units int64
	}{
		{"safetyStock", p.SafetyStock},
		{"oversellLimit", p.OversellLimit},
		{"lowStockThreshold", valueOr(p.LowStockThreshold, 0)},
	} {
		if q.units < 0 || q.units > MaxQuantity {
			return nil, &QuantityError{Field: q.field, Limit: MaxQuantity}
		}
	}
	return i.facts(now, PolicySet{Policy: p}), nil
}

// crossing is the change that tells of a crossing of the low-stock threshold
// between two levels, nil if there is none. Taking the threshold away from a low
// item ends that it is low, so that the two kinds of news always alternate.
func crossing(before, after Levels) Change {
	switch {
	case before.IsLow() == after.IsLow():
		return nil
	case after.IsLow():
		return WentLow{Available: after.Available(), Threshold: *after.Policy.LowStockThreshold}
	default:
		last := *before.Policy.LowStockThreshold
		return Restocked{Available: after.Available(), Threshold: valueOr(after.Policy.LowStockThreshold, last)}
	}
}

func valueOr(p *int64, otherwise int64) int64 {
	if p == nil {
		return otherwise
	}
	return *p
}
