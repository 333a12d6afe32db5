package reservation

import (
	"slices"
	"strings"
	"time"

	"github.com/onhand/onhand/domain/event"
	"github.com/onhand/onhand/domain/stock"
)

// MaxLines is how many items one reservation may hold.
const MaxLines = 100

// streamPrefix begins the stream id of every reservation.
const streamPrefix = "reservation/"

// Reservation is a hold as its history left it. The zero Reservation with an ID
// does not exist yet: version 0.
type Reservation struct {
	ID string `json:"id"`
	State
	UpdatedAt time.Time `json:"updatedAt"` // when the last event happened
}

// State is everything about a reservation but its name. Every event carries the
// state after it, but for the brief ones, so that the newest event alone tells all of a reservation
// that has ended.
type State struct {
	Lines     []Line        `json:"lines"`              // never changed in place; one per item
	ExpiresAt time.Time     `json:"expiresAt,omitzero"` // zero: no deadline
	Owner     string        `json:"owner,omitempty"`
	Reference string        `json:"reference,omitempty"`
	Version   event.Version `json:"version"` // number of events so far
	CreatedAt time.Time     `json:"createdAt"`
}

// Line is a reservation's part of one item, in units. Units that were neither
// committed nor released and does not remain came to the deadline.
type Line struct {
	stock.Key
	Quantity  int64 `json:"quantity"`  // as asked for
	Remaining int64 `json:"remaining"` // held now
	Committed int64 `json:"committed"` // left the store
	Released  int64 `json:"released"`  // given back before the deadline
	Returned  int64 `json:"returned"`  // of the committed ones, came back
}

// Status is how far a reservation got.
type Status string

// The states of a reservation.
const (
	HeldStatus      Status = "held"
	CommittedStatus Status = "committed"
	ReleasedStatus  Status = "released"
	ExpiredStatus   Status = "expired"
)

// Status follows from the lines.
func (s State) Status() Status {
	switch {
	case s.Open():
		return HeldStatus
	case s.committed():
		return CommittedStatus
	case s.lapsed():
		return ExpiredStatus
	default:
		return ReleasedStatus
	}
}

// Exists reports whether the reservation has a history.
func (s State) Exists() bool { return s.Version > 0 }

// Open reports whether units are held, as far as the history says.
func (s State) Open() bool {
	return slices.ContainsFunc(s.Lines, func(l Line) bool { return l.Remaining > 0 })
}

// Overdue reports whether the deadline has come without an event that says so.
func (s State) Overdue(now time.Time) bool {
	return !s.ExpiresAt.IsZero() && !now.Before(s.ExpiresAt) && s.Open()
}

// committed reports whether anything ever left for the reservation.
func (s State) committed() bool {
	return slices.ContainsFunc(s.Lines, func(l Line) bool { return l.Committed > 0 })
}

// lapsed reports whether units came to the deadline.
func (s State) lapsed() bool {
	return slices.ContainsFunc(s.Lines, func(l Line) bool { return l.Committed+l.Released+l.Remaining < l.Quantity })
}

// Equal compares all that an event carries.
func (s State) Equal(other State) bool {
	return slices.Equal(s.Lines, other.Lines) && s.ExpiresAt.Equal(other.ExpiresAt) && s.Owner == other.Owner &&
		s.Reference == other.Reference && s.Version == other.Version && s.CreatedAt.Equal(other.CreatedAt)
}

// Check tells which invariant the lines break, or nil. Decisions never lead to
// lines that it refuses.
func (s State) Check() error {
	for _, l := range s.Lines {
		switch {
		case l.Quantity < 1 || l.Quantity > stock.MaxQuantity:
			return &stock.InvariantError{Quantity: "quantity", Value: l.Quantity}
		case min(l.Remaining, l.Committed, l.Released, l.Returned) < 0:
			return &stock.InvariantError{
				Quantity: "a part of a line", Value: min(l.Remaining, l.Committed, l.Released, l.Returned),
			}
		case l.Remaining+l.Committed+l.Released > l.Quantity:
			return &stock.InvariantError{
				Quantity: "what is left of a line", Value: l.Quantity - l.Remaining - l.Committed - l.Released,
			}
		case l.Returned > l.Committed:
			return &stock.InvariantError{Quantity: "committed less returned", Value: l.Committed - l.Returned}
		}
	}
	return nil
}

// Line is the line of an item, if the reservation has one.
func (s State) Line(key stock.Key) (Line, bool) {
	i := slices.IndexFunc(s.Lines, func(l Line) bool { return l.Key == key })
	if i < 0 {
		return Line{}, false
	}
	return s.Lines[i], true
}

// At is the reservation at now: expired if its deadline has come, with the
// version and time that the event which will say so brings.
func (r Reservation) At(now time.Time) Reservation {
	for _, e := range r.Expire(now) {
		r.Apply(e)
	}
	return r
}

// Stream is the id of the reservation's history.
func Stream(id string) event.StreamID { return event.StreamID(streamPrefix + id) }

// IDOf reads a reservation's id back from its stream id; false if that is not a
// reservation's.
func IDOf(stream event.StreamID) (string, bool) {
	id, ok := strings.CutPrefix(string(stream), streamPrefix)
	return id, ok && id != ""
}
