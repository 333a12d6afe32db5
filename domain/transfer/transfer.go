package transfer

import (
	"slices"
	"strings"
	"time"

	"github.com/onhand/onhand/domain/event"
	"github.com/onhand/onhand/domain/stock"
)

// MaxLines is how many SKUs one transfer may carry.
const MaxLines = 100

// streamPrefix begins the stream id of every transfer.
const streamPrefix = "transfer/"

// Transfer is stock on its way as its history left it. The zero Transfer with an
// ID does not exist yet: version 0.
type Transfer struct {
	ID string `json:"id"`
	State
	UpdatedAt time.Time `json:"updatedAt"` // when the last event happened
}

// State is everything about a transfer but its name. Every event carries the
// state after it, but for the brief ones, so that the newest event alone tells all of a transfer that
// has ended.
type State struct {
	From      string        `json:"from"`  // store
	To        string        `json:"to"`    // store
	Lines     []Line        `json:"lines"` // never changed in place; one per SKU
	Reference string        `json:"reference,omitempty"`
	Version   event.Version `json:"version"` // number of events so far
	CreatedAt time.Time     `json:"createdAt"`
}

// Line is what became of the units of one SKU. Quantity is the sum of the rest.
type Line struct {
	SKU       string `json:"sku"`
	Quantity  int64  `json:"quantity"`  // shipped
	Pending   int64  `json:"pending"`   // on their way
	Good      int64  `json:"good"`      // arrived
	Damaged   int64  `json:"damaged"`   // arrived, damaged
	Lost      int64  `json:"lost"`      // will not arrive
	Cancelled int64  `json:"cancelled"` // back at the source
}

// Status is how far a transfer got.
type Status string

// The states of a transfer.
const (
	InTransitStatus Status = "in-transit"
	ReceivedStatus  Status = "received"
	CancelledStatus Status = "cancelled"
)

// Status follows from the lines.
func (s State) Status() Status {
	switch {
	case s.Open():
		return InTransitStatus
	case slices.ContainsFunc(s.Lines, func(l Line) bool { return l.Cancelled > 0 }):
		return CancelledStatus
	default:
		return ReceivedStatus
	}
}

// Exists reports whether the transfer has a history.
func (s State) Exists() bool { return s.Version > 0 }

// Open reports whether units are on their way.
func (s State) Open() bool {
	return slices.ContainsFunc(s.Lines, func(l Line) bool { return l.Pending > 0 })
}

// Equal compares all that an event carries.
func (s State) Equal(other State) bool {
	return s.From == other.From && s.To == other.To && slices.Equal(s.Lines, other.Lines) &&
		s.Reference == other.Reference && s.Version == other.Version && s.CreatedAt.Equal(other.CreatedAt)
}

// Check tells which invariant the lines break, or nil. Decisions never lead to
// lines that it refuses.
func (s State) Check() error {
	for _, l := range s.Lines {
		least := min(l.Quantity-1, l.Pending, l.Good, l.Damaged, l.Lost, l.Cancelled)
		if least < 0 {
			return &stock.InvariantError{Quantity: "a part of a line", Value: least}
		}
		if sum := l.Pending + l.Good + l.Damaged + l.Lost + l.Cancelled; sum != l.Quantity {
			return &stock.InvariantError{Quantity: "the sum of a line's parts", Value: sum}
		}
	}
	return nil
}

// lineIndex is the index of a SKU's line, -1 if there is none.
func (s State) lineIndex(sku string) int {
	return slices.IndexFunc(s.Lines, func(l Line) bool { return l.SKU == sku })
}

// Stream is the id of the transfer's history.
func Stream(id string) event.StreamID { return event.StreamID(streamPrefix + id) }

// IDOf reads a transfer's id back from its stream id; false if that is not a
// transfer's.
func IDOf(stream event.StreamID) (string, bool) {
	id, ok := strings.CutPrefix(string(stream), streamPrefix)
	return id, ok && id != ""
}
