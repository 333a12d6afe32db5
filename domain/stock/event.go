package stock

import (
	"time"

	"github.com/onhand/onhand/domain/event"
)

// Names of an item's events on disk, fixed for ever.
const (
	AdjustedV1 event.Type = "stock.adjusted.v1"
	CountedV1  event.Type = "stock.counted.v1"
)

// Event is a fact about one item: what changed, when, and the levels after it.
type Event struct {
	At     time.Time
	Change Change
	After  Levels
}

// Change is the part of an event that differs from kind to kind. The kinds are
// the ones of this package.
type Change interface {
	Type() event.Type
	// appendMembers appends the change's JSON members, each followed by a comma.
	appendMembers(dst []byte) []byte
}

// Note is why somebody made a change, in the caller's words; both may be empty.
type Note struct {
	Reason    string `json:"reason,omitempty"`
	Reference string `json:"reference,omitempty"`
}

// Adjusted tells that stock rose or fell by Delta units.
type Adjusted struct {
	Delta int64 `json:"delta"`
	Note
}

// Counted tells that somebody counted OnHand units where Previous were on
// record. AtRisk is how many promised units the count leaves without stock.
type Counted struct {
	OnHand   int64 `json:"onHand"`
	Previous int64 `json:"previous"`
	AtRisk   int64 `json:"reservationsAtRisk,omitempty"`
	Note
}

// Type is the name on disk.
func (Adjusted) Type() event.Type { return AdjustedV1 }

// Type is the name on disk.
func (Counted) Type() event.Type { return CountedV1 }
