package inventory

import (
	"context"
	"fmt"

	"github.com/onhand/onhand/application/closed"
	"github.com/onhand/onhand/domain/event"
	"github.com/onhand/onhand/domain/reservation"
	"github.com/onhand/onhand/domain/transfer"
	"github.com/onhand/onhand/ports"
)

// kind is what reservations and transfers differ in.
type kind[A any] struct {
	name      ports.EntryKind
	facts     func(*A) facts
	key       func(*A) entryKey
	deadline  func(*A) moment                            // of a key
	decode    func(id string, e *ports.Event) (A, error) // the state after an event
	stream    func(id string) event.StreamID
	fromIndex func(ports.ClosedEntry) (*A, error)
}

func newReservations(s *shared) *Registry[reservation.Reservation] {
	return newRegistry(kind[reservation.Reservation]{
		name: ports.ReservationEntry,
		facts: func(r *reservation.Reservation) facts {
			return facts{id: r.ID, version: r.Version, open: r.Open()}
		},
		key: func(r *reservation.Reservation) entryKey {
			return entryKey{
				id: r.ID, created: momentOf(r.ID, r.CreatedAt), updated: momentOf(r.ID, r.UpdatedAt), deadline: deadlineOf(r),
			}
		},
		deadline: deadlineOf,
		decode: func(id string, e *ports.Event) (reservation.Reservation, error) {
			fact, err := reservation.Decode(e.Type, e.Time, e.Data)
			return reservation.Reservation{ID: id, State: fact.After, UpdatedAt: fact.At}, err
		},
		stream:    reservation.Stream,
		fromIndex: closed.ToReservation,
	}, s)
}

func deadlineOf(r *reservation.Reservation) moment {
	if r.ExpiresAt.IsZero() || !r.Open() {
		return moment{}
	}
	return momentOf(r.ID, r.ExpiresAt)
}

func newTransfers(s *shared) *Registry[transfer.Transfer] {
	return newRegistry(kind[transfer.Transfer]{
		name:  ports.TransferEntry,
		facts: func(t *transfer.Transfer) facts { return facts{id: t.ID, version: t.Version, open: t.Open()} },
		key: func(t *transfer.Transfer) entryKey {
			return entryKey{id: t.ID, created: momentOf(t.ID, t.CreatedAt), updated: momentOf(t.ID, t.UpdatedAt)}
		},
		deadline: func(*transfer.Transfer) moment { return moment{} },
		decode: func(id string, e *ports.Event) (transfer.Transfer, error) {
			fact, err := transfer.Decode(e.Type, e.Time, e.Data)
			return transfer.Transfer{ID: id, State: fact.After, UpdatedAt: fact.At}, err
		},
		stream:    transfer.Stream,
		fromIndex: closed.ToTransfer,
	}, s)
}

// Stream returns the stream of an entry.
func (k kind[A]) Stream(id string) event.StreamID { return k.stream(id) }

// readLog reads an entry from its newest event, which says everything about it; nil if there is none.
func (k kind[A]) readLog(ctx context.Context, log ports.EventStore, id string) (*A, error) {
	for e, err := range log.Stream(ctx, k.stream(id), 0, ports.Newest) {
		if err != nil {
			return nil, fmt.Errorf("read %s: %w", k.name, err)
		}
		entry, err := k.decode(id, &e.Event)
		return &entry, err
	}
	return nil, nil //nolint:nilnil // nil is "there is none"
}
