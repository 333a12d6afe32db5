package transfer

import (
	"time"

	"github.com/onhand/onhand/domain/event"
)

// Names of a transfer's events on disk, fixed for ever.
const (
	ShippedV1   event.Type = "transfer.shipped.v1"
	ReceivedV1  event.Type = "transfer.received.v1"
	CancelledV1 event.Type = "transfer.cancelled.v1"

	// ReceivedV2 is the name of brief events.
	ReceivedV2 event.Type = "transfer.received.v2"
)

// Event is a fact about one transfer: what changed, when, and all of it
// afterwards, unless the event is a brief one.
type Event struct {
	At     time.Time
	Change Change
	After  State
	// Brief events say only what arrived, and have no After. The state after them follows from the last
	// whole event before and the brief ones between.
	Brief bool
}

// Type is the name on disk.
func (e Event) Type() event.Type {
	if e.Brief {
		return ReceivedV2
	}
	return e.Change.Type()
}

// Change is the part of an event that differs from kind to kind. The kinds are
// the ones of this package.
type Change interface {
	// Type is the name on disk of an event that is whole.
	Type() event.Type
	// appendMembers appends the change's JSON members, each followed by a comma.
	appendMembers(dst []byte) []byte
}

// Unit is a number of units of one SKU.
type Unit struct {
	SKU      string `json:"sku"`
	Quantity int64  `json:"quantity"`
}

// Arrival is what became of units of one SKU.
type Arrival struct {
	SKU     string `json:"sku"`
	Good    int64  `json:"good"`
	Damaged int64  `json:"damaged"`
	Lost    int64  `json:"lost"`
}

// Units is the sum of an arrival.
func (a Arrival) Units() int64 { return a.Good + a.Damaged + a.Lost }

// Shipped tells that units are on their way. On disk it is not written beside
// the state after it, which it can be read from.
type Shipped struct {
	From      string `json:"-"`
	To        string `json:"-"`
	Lines     []Unit `json:"-"` // one per SKU
	Reference string `json:"-"`
}

// Received tells what became of units that were on their way.
type Received struct {
	Lines []Arrival `json:"lines"`
}

// Cancelled tells that units that were on their way are back at the source.
type Cancelled struct {
	Lines []Unit `json:"lines"`
}

// Type is the name on disk.
func (Shipped) Type() event.Type { return ShippedV1 }

// Type is the name on disk, of a whole event.
func (Received) Type() event.Type { return ReceivedV1 }

// Type is the name on disk.
func (Cancelled) Type() event.Type { return CancelledV1 }
