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
	// Lines says that the items of those reservations and transfers belong too,
	// whichever they are when the command is decided.
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

// item returns the index of an item, or -1.
func (s *keySet) item(key stock.Key) int {
	if i, found := slices.BinarySearchFunc(s.items, key, stock.Key.Compare); found {
		return i
	}
	return -1
}

// reservation returns the index of a reservation, or -1.
func (s *keySet) reservation(id string) int { return indexOf(s.reservations, id) }

// transfer returns the index of a transfer, or -1.
func (s *keySet) transfer(id string) int { return indexOf(s.transfers, id) }

func indexOf(ids []string, id string) int {
	if i, found := slices.BinarySearch(ids, id); found {
		return i
	}
	return -1
}

// reservationStream returns the stream of the reservation at an index.
func (s *keySet) reservationStream(i int) event.StreamID { return s.streams[len(s.items)+i] }

// transferStream returns the stream of the transfer at an index.
func (s *keySet) transferStream(i int) event.StreamID {
	return s.streams[len(s.items)+len(s.reservations)+i]
}

// has reports whether all these items are in the set.
func (s *keySet) has(items []stock.Key) bool {
	return !slices.ContainsFunc(items, func(key stock.Key) bool { return s.item(key) < 0 })
}
