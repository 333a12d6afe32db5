package feed

import (
	"errors"
	"time"

	"github.com/onhand/onhand/domain/answer"
	"github.com/onhand/onhand/domain/deadletter"
	"github.com/onhand/onhand/domain/event"
	"github.com/onhand/onhand/domain/reservation"
	"github.com/onhand/onhand/domain/stock"
	"github.com/onhand/onhand/domain/transfer"
)

// Filter says which events a follower wants; an empty member does not narrow it.
// Events that are about no item, such as those of reservations, have neither store
// nor SKU.
type Filter struct {
	Store string
	SKU   string
	Type  event.Type
}

// All lets every event through.
var All = Filter{}

// lets reports whether an event of a type about an item passes.
func (f Filter) lets(item stock.Key, kind event.Type) bool {
	return (f.Store == "" || f.Store == item.Store) && (f.SKU == "" || f.SKU == item.SKU) &&
		(f.Type == "" || f.Type == kind)
}

// shape is which of a filter's three members are set, as bits.
type shape uint8

const (
	byStore shape = 1 << iota
	bySKU
	byType
	shapes
)

func (f Filter) shape() (s shape) {
	if f.Store != "" {
		s |= byStore
	}
	if f.SKU != "" {
		s |= bySKU
	}
	if f.Type != "" {
		s |= byType
	}
	return s
}

// filter is the filter of a shape that an event of a type about an item passes;
// false if there is none, for the event is about no item.
func (s shape) filter(item stock.Key, kind event.Type) (Filter, bool) {
	var f Filter
	if s&byStore != 0 {
		f.Store = item.Store
	}
	if s&bySKU != 0 {
		f.SKU = item.SKU
	}
	if s&byType != 0 {
		f.Type = kind
	}
	return f, f.shape() == s
}

// Knows reports whether there are events of a type.
func Knows(t event.Type) bool {
	decoders := []func() error{
		func() error { _, err := stock.Decode(t, time.Time{}, nil); return err },
		func() error { _, err := reservation.Decode(t, time.Time{}, nil); return err },
		func() error { _, err := transfer.Decode(t, time.Time{}, nil); return err },
	}
	for _, decode := range decoders {
		if _, unknown := errors.AsType[*event.UnknownTypeError](decode()); !unknown {
			return true
		}
	}
	return t == deadletter.DeletedV1 || t == answer.KeptV1
}
