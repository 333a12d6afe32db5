package stock

import (
	"time"

	"github.com/onhand/onhand/domain/event"
)

// Item is one SKU in one store as its history left it. The zero Item with a
// Key is an item that does not exist yet: nothing is there, version 0.
type Item struct {
	Key
	Levels
	UpdatedAt time.Time `json:"updatedAt"` // when the last event happened
	// holds are the promises behind Reserved: its units are their sum. Only what
	// is folded from the item's first event knows them; an item that is read
	// from one event or from JSON has its numbers alone.
	holds *holds
}

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

// Policy is what a merchant decides about an item, in units.
type Policy struct {
	SafetyStock       int64  `json:"safetyStock"`                 // kept back from sale
	OversellLimit     int64  `json:"oversellLimit"`               // how far promises may exceed stock
	LowStockThreshold *int64 `json:"lowStockThreshold,omitempty"` // nil: nobody asked to be told
}

// Exists tells whether the item has a history.
func (l Levels) Exists() bool { return l.Version > 0 }

// Sellable is what is there in good state, in units; never below 0.
func (l Levels) Sellable() int64 { return l.OnHand - l.Damaged - l.QualityControl }

// Available is what can be promised now, in units. It is negative where more
// is promised or kept back than there is.
func (l Levels) Available() int64 { return l.Sellable() - l.Reserved - l.Policy.SafetyStock }

// AtRisk is how many promised units no sellable stock stands behind.
func (l Levels) AtRisk() int64 { return max(0, l.Reserved-l.Sellable()) }

// Equal compares all numbers.
func (l Levels) Equal(other Levels) bool {
	a, b := l.Policy.LowStockThreshold, other.Policy.LowStockThreshold
	sameThreshold := (a == nil) == (b == nil) && (a == nil || *a == *b)
	l.Policy.LowStockThreshold, other.Policy.LowStockThreshold = nil, nil
	return l == other && sameThreshold
}

// Check tells which invariant the numbers break, or nil. Decisions never lead
// to numbers that it refuses.
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
