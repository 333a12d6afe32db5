package audit

import (
	"context"

	"github.com/onhand/onhand/application/closed"
	"github.com/onhand/onhand/domain/reservation"
	"github.com/onhand/onhand/domain/transfer"
	"github.com/onhand/onhand/ports"
)

// entries are the reservations, or the transfers, that the log has shown. Closed ones move to the
// index, if there is one.
type entries[A any] struct {
	kind  ports.EntryKind
	index ports.QueryIndex // nil: all stay in memory

	inMemory map[string]*A
	closed   map[string]bool // of those in memory
	count    int             // all that the log has shown

	toIndex   func(*A) ports.ClosedEntry
	fromIndex func(ports.ClosedEntry) (*A, error)
}

func newReservations(index ports.QueryIndex) *entries[reservation.Reservation] {
	return &entries[reservation.Reservation]{
		kind: ports.ReservationEntry, index: index,
		inMemory: map[string]*reservation.Reservation{}, closed: map[string]bool{},
		toIndex: closed.FromReservation, fromIndex: closed.ToReservation,
	}
}

func newTransfers(index ports.QueryIndex) *entries[transfer.Transfer] {
	return &entries[transfer.Transfer]{
		kind: ports.TransferEntry, index: index,
		inMemory: map[string]*transfer.Transfer{}, closed: map[string]bool{},
		toIndex: closed.FromTransfer, fromIndex: closed.ToTransfer,
	}
}

// get returns an entry, which it brings to memory; blank is what an unknown id gets.
func (s *entries[A]) get(id string, blank A) (*A, error) {
	if entry := s.inMemory[id]; entry != nil {
		return entry, nil
	}
	entry, err := s.lookUp(id)
	if err != nil {
		return nil, err
	}
	if entry == nil {
		s.count++
		entry = &blank
	}
	s.inMemory[id] = entry
	return entry, nil
}

func (s *entries[A]) lookUp(id string) (*A, error) {
	if s.index == nil {
		return nil, nil //nolint:nilnil // there is none
	}
	e, found, err := s.index.Find(context.Background(), s.kind, id)
	if err != nil || !found {
		return nil, err
	}
	return s.fromIndex(e)
}

// set notes whether an entry in memory is open.
func (s *entries[A]) set(id string, open bool) {
	if open {
		delete(s.closed, id)
	} else {
		s.closed[id] = true
	}
}

// take returns the closed entries in memory.
func (s *entries[A]) take(into []ports.ClosedEntry) []ports.ClosedEntry {
	for id := range s.closed {
		into = append(into, s.toIndex(s.inMemory[id]))
	}
	return into
}

// drop removes the closed entries from memory.
func (s *entries[A]) drop() {
	for id := range s.closed {
		delete(s.inMemory, id)
	}
	clear(s.closed)
}
