package reservation

import (
	"time"

	"github.com/onhand/onhand/domain/event"
	"github.com/onhand/onhand/domain/stock"
)

// Names of a reservation's events on disk, fixed for ever.
const (
	CreatedV1   event.Type = "reservation.created.v1"
	ReplacedV1  event.Type = "reservation.replaced.v1"
	ExtendedV1  event.Type = "reservation.extended.v1"
	CommittedV1 event.Type = "reservation.committed.v1"
	ReleasedV1  event.Type = "reservation.released.v1"
	ReturnedV1  event.Type = "reservation.returned.v1"
	ExpiredV1   event.Type = "reservation.expired.v1"

	// An event of these says what changed, and only now and then all of the reservation.
	ExtendedV2  event.Type = "reservation.extended.v2"
	CommittedV2 event.Type = "reservation.committed.v2"
	ReleasedV2  event.Type = "reservation.released.v2"
	ReturnedV2  event.Type = "reservation.returned.v2"
)

// Event is a fact about one reservation: what changed, when, and all of it
// afterwards, unless the event is a brief one.
type Event struct {
	At     time.Time
	Change Change
	After  State
	// Brief events say only what changed, and have no After. The state after them follows from the
	// last whole event before and the brief ones between.
	Brief bool
}

// Type is the name on disk.
func (e Event) Type() event.Type {
	if e.Brief {
		switch e.Change.(type) {
		case Committed:
			return CommittedV2
		case Released:
			return ReleasedV2
		case Returned:
			return ReturnedV2
		}
	}
	return e.Change.Type()
}

// Change is the part of an event that differs from kind to kind. The kinds are
// the ones of this package.
type Change interface {
	// Type is the name on disk of an event that is whole, if it may be either.
	Type() event.Type
	// appendMembers appends the change's JSON members, each followed by a comma.
	appendMembers(dst []byte) []byte
}

// Terms are what a caller asks for. On disk they are not written beside the
// state after the event, which they can be read from.
type Terms struct {
	Lines     []stock.Part // one per item
	ExpiresAt time.Time    // zero: no deadline
	Owner     string
	Reference string
}

// Created tells that units are held from now on, under an id that is new or was
// free again.
type Created struct{ Terms }

// Replaced tells that other units are held instead.
type Replaced struct{ Terms }

// Extended tells that the deadline is ExpiresAt now, and so is that of each hold of the reservation
// on an item. The items have no event of that, unless ItemsTell: so it was until the events
// that are named v1.
type Extended struct {
	ExpiresAt time.Time `json:"expiresAt"`
	ItemsTell bool      `json:"-"`
}

// Committed tells that units left the store as promised.
type Committed struct {
	Lines []stock.Part `json:"lines"`
}

// Released tells that units are held no longer.
type Released struct {
	Lines []stock.Part `json:"lines"`
}

// Returned tells that committed units came back.
type Returned struct {
	Lines []stock.Part `json:"lines"`
}

// Expired tells that the deadline came; it is the time of the event.
// Nothing remains.
type Expired struct{}

// Type is the name on disk.
func (Created) Type() event.Type { return CreatedV1 }

// Type is the name on disk.
func (Replaced) Type() event.Type { return ReplacedV1 }

// Type is the name on disk.
func (c Extended) Type() event.Type {
	if c.ItemsTell {
		return ExtendedV1
	}
	return ExtendedV2
}

// Type is the name on disk, of a whole event.
func (Committed) Type() event.Type { return CommittedV1 }

// Type is the name on disk, of a whole event.
func (Released) Type() event.Type { return ReleasedV1 }

// Type is the name on disk, of a whole event.
func (Returned) Type() event.Type { return ReturnedV1 }

// Type is the name on disk.
func (Expired) Type() event.Type { return ExpiredV1 }
