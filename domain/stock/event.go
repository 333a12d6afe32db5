package stock

import (
	"time"

	"github.com/onhand/onhand/domain/event"
)

// Names of an item's events on disk, fixed for ever.
const (
	AdjustedV1  event.Type = "stock.adjusted.v1"
	CountedV1   event.Type = "stock.counted.v1"
	MovedV1     event.Type = "stock.moved.v1"
	PolicySetV1 event.Type = "stock.policy-set.v1"
	ReservedV1  event.Type = "stock.reserved.v1"
	ExtendedV1  event.Type = "stock.extended.v1"
	CommittedV1 event.Type = "stock.committed.v1"
	ReleasedV1  event.Type = "stock.released.v1"
	ExpiredV1   event.Type = "stock.expired.v1"
	ReturnedV1  event.Type = "stock.returned.v1"
	ShippedV1   event.Type = "stock.shipped.v1"
	IncomingV1  event.Type = "stock.incoming.v1"
	ReceivedV1  event.Type = "stock.received.v1"
	LostV1      event.Type = "stock.lost.v1"
	LowV1       event.Type = "stock.low.v1"
	RestockedV1 event.Type = "stock.restocked.v1"
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

// Note is the reason of a change, in the caller's words; both members may be empty.
type Note struct {
	Reason    string `json:"reason,omitempty"`
	Reference string `json:"reference,omitempty"`
}

// Adjusted tells that stock rose or fell by Delta units.
type Adjusted struct {
	Delta int64 `json:"delta"`
	Note
}

// Counted says that a count found OnHand units where Previous were on
// record. AtRisk is how many promised units the count leaves without stock.
type Counted struct {
	OnHand   int64 `json:"onHand"`
	Previous int64 `json:"previous"`
	AtRisk   int64 `json:"reservationsAtRisk,omitempty"`
	Note
}

// Moved tells that units went from one state into another.
type Moved struct {
	From     State `json:"from"`
	To       State `json:"to"`
	Quantity int64 `json:"quantity"`
	Note
}

// PolicySet tells what the merchant wants from now on, all of it.
type PolicySet struct {
	Policy
}

// WentLow tells that Available fell to Threshold units or below. It follows the
// event that made it so, once.
type WentLow struct {
	Available int64 `json:"available"`
	Threshold int64 `json:"threshold"`
}

// Restocked tells that Available rose above Threshold units again, or that the
// threshold, last Threshold, was lowered below it or taken away.
type Restocked struct {
	Available int64 `json:"available"`
	Threshold int64 `json:"threshold"`
}
