package ledger

import (
	"slices"
	"strings"

	"github.com/onhand/onhand/domain/event"
	"github.com/onhand/onhand/domain/reservation"
	"github.com/onhand/onhand/domain/stock"
	"github.com/onhand/onhand/domain/transfer"
)

// Keys name all that a command may read or change.
type Keys struct {
	Items        []stock.Key
	Reservations []string
	Transfers    []string
	// Lines tells that the items of those reservations and transfers belong too,
	// whichever they are when the command's turn has come.
	Lines bool
}

// keySet is keys in order, each once, with their streams.
type keySet struct {
	items        []stock.Key
	reservations []string
	transfers    []string
	streams      []event.StreamID // of the items, then the reservations, then the transfers
}

func newKeySet(k Keys) keySet {
	s := keySet{
		items:        sortedOnce(k.Items, stock.Key.Compare),
		reservations: sortedOnce(k.Reservations, strings.Compare),
		transfers:    sortedOnce(k.Transfers, strings.Compare),
	}
	s.streams = make([]event.StreamID, 0, len(s.items)+len(s.reservations)+len(s.transfers))
	for _, key := range s.items {
		s.streams = append(s.streams, key.Stream())
	}
	for _, id := range s.reservations {
		s.streams = append(s.streams, reservation.Stream(id))
	}
	for _, id := range s.transfers {
		s.streams = append(s.streams, transfer.Stream(id))
	}
	return s
}

func sortedOnce[T comparable](list []T, compare func(T, T) int) []T {
	if len(list) < 2 {
		return list
	}
	list = slices.Clone(list)
	slices.SortFunc(list, compare)
	return slices.Compact(list)
}

// item is the index of an item's stream, or -1.
func (s *keySet) item(key stock.Key) int {
	if i, found := slices.BinarySearchFunc(s.items, key, stock.Key.Compare); found {
		return i
	}
	return -1
}

// reservation is the index of a reservation's stream, or -1.
func (s *keySet) reservation(id string) int {
	if i, found := slices.BinarySearch(s.reservations, id); found {
		return len(s.items) + i
	}
	return -1
}

// transfer is the index of a transfer's stream, or -1.
func (s *keySet) transfer(id string) int {
	if i, found := slices.BinarySearch(s.transfers, id); found {
		return len(s.items) + len(s.reservations) + i
	}
	return -1
}

// has tells whether all these items are in the set.
func (s *keySet) has(items []stock.Key) bool {
	return !slices.ContainsFunc(items, func(key stock.Key) bool { return s.item(key) < 0 })
}
