package stock

import "github.com/onhand/onhand/domain/event"

// Levels are an item's numbers, in units, and the version that they belong to.
// Every event carries the levels after it, so that a reader of the log needs no
// state of its own. AppendJSON writes what the tags read.
type Levels struct {
	OnHand         int64         `json:"onHand"`         // physically there
	Reserved       int64         `json:"reserved"`       // promised by live holds
	Damaged        int64         `json:"damaged"`        // there, not sellable
	QualityControl int64         `json:"qualityControl"` // there, not sellable yet
	Incoming       int64         `json:"incoming"`       // shipped to the store, not received
	Policy         Policy        `json:"policy"`         // what the merchant decided
	Version        event.Version `json:"version"`        // number of events so far
}

// Exists reports whether the item has a history.
func (l Levels) Exists() bool { return l.Version > 0 }

// Sellable returns the units in good state; never below 0.
func (l Levels) Sellable() int64 { return l.OnHand - l.Damaged - l.QualityControl }

// Available is what can be promised now, in units. It is negative where more
// is promised or kept back than there is.
func (l Levels) Available() int64 { return l.Sellable() - l.Reserved - l.Policy.SafetyStock }

// AtRisk returns how many promised units no sellable stock covers.
func (l Levels) AtRisk() int64 { return max(0, l.Reserved-l.Sellable()) }

// Equal compares all numbers.
func (l Levels) Equal(other Levels) bool {
	samePolicy := l.Policy.Equal(other.Policy)
	l.Policy, other.Policy = Policy{}, Policy{}
	return l == other && samePolicy
}

// Check returns an error if the numbers break an invariant. Decisions never lead to
// numbers that it refuses.
func (l Levels) Check() error {
	for _, q := range []struct {
		name     string
		quantity int64
	}{
		{"on hand", l.OnHand},
		{"reserved", l.Reserved},
		{"damaged", l.Damaged},
		{"quality control", l.QualityControl},
		{"incoming", l.Incoming},
		{"safety stock", l.Policy.SafetyStock},
		{"oversell limit", l.Policy.OversellLimit},
		{"sellable", l.Sellable()},
	} {
		if q.quantity < 0 || q.quantity > MaxQuantity {
			return &InvariantError{Quantity: q.name, Value: q.quantity}
		}
	}
	return nil
}

// IsLow reports whether as little is available as the low-stock threshold says.
func (l Levels) IsLow() bool {
	t := l.Policy.LowStockThreshold
	return t != nil && l.Available() <= *t
}

// units returns how many units are in a state; 0 for an unknown state.
func (l Levels) units(s State) int64 {
	switch s {
	case SellableState:
		return l.Sellable()
	case DamagedState:
		return l.Damaged
	case QualityControlState:
		return l.QualityControl
	default:
		return 0
	}
}

// move puts units from one state into another. The sellable units follow from
// the rest, so it needs no field of its own.
func (l *Levels) move(from, to State, units int64) {
	switch from {
	case DamagedState:
		l.Damaged -= units
	case QualityControlState:
		l.QualityControl -= units
	}
	switch to {
	case DamagedState:
		l.Damaged += units
	case QualityControlState:
		l.QualityControl += units
	}
}
