package inventory

import (
	"context"
	"errors"
	"fmt"

	"github.com/onhand/onhand/application/closed"
	"github.com/onhand/onhand/domain/event"
	"github.com/onhand/onhand/domain/reservation"
	"github.com/onhand/onhand/domain/transfer"
	"github.com/onhand/onhand/ports"
)

// kind is what reservations and transfers differ in.
type kind[A any] struct {
	name     ports.EntryKind
	facts    func(*A) facts
	key      func(*A) entryKey
	deadline func(*A) moment // of a key
	// decode returns the state after an event, errBrief if it needs the one before and that is nil.
	decode func(id string, e *ports.Event, before *A) (A, error)
	// prolongs reports whether an event changes deadlines of items, which prolong does.
	prolongs  func(event.Type) bool
	prolong   func(p Publication, before, after *A)
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
		deadline:  deadlineOf,
		decode:    decodeReservation,
		prolongs:  func(t event.Type) bool { return t == reservation.ExtendedV2 },
		prolong:   Publication.prolong,
		stream:    reservation.Stream,
		fromIndex: closed.ToReservation,
	}, s)
}

// errBrief means that an event says only what changed.
var errBrief = errors.New("the event does not say all of its subject, and none is known")

func decodeReservation(id string, e *ports.Event, before *reservation.Reservation) (reservation.Reservation, error) {
	fact, err := reservation.Decode(e.Type, e.Time, e.Data)
	switch {
	case err != nil || !fact.Brief:
		return reservation.Reservation{ID: id, State: fact.After, UpdatedAt: fact.At}, err
	case before == nil:
		return reservation.Reservation{}, errBrief
	}
	r := *before
	r.Apply(fact)
	return r, nil
}

func decodeTransfer(id string, e *ports.Event, before *transfer.Transfer) (transfer.Transfer, error) {
	fact, err := transfer.Decode(e.Type, e.Time, e.Data)
	switch {
	case err != nil || !fact.Brief:
		return transfer.Transfer{ID: id, State: fact.After, UpdatedAt: fact.At}, err
	case before == nil:
		return transfer.Transfer{}, errBrief
	}
	t := *before
	t.Apply(fact)
	return t, nil
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
		deadline:  func(*transfer.Transfer) moment { return moment{} },
		decode:    decodeTransfer,
		prolongs:  func(event.Type) bool { return false },
		stream:    transfer.Stream,
		fromIndex: closed.ToTransfer,
	}, s)
}

// Stream returns the stream of an entry.
func (k kind[A]) Stream(id string) event.StreamID { return k.stream(id) }

// AtVersion reads an entry from the log as an event left it, nil if there is no such event; 0 is
// the newest one. Each event says everything about its entry but for the brief ones, of which few
// follow each other.
func (k kind[A]) AtVersion(
	ctx context.Context, log ports.EventStore, id string, version event.Version,
) (*A, error) {
	var brief []ports.Event
	for e, err := range log.Stream(ctx, k.stream(id), version, ports.Newest) {
		if err != nil {
			return nil, fmt.Errorf("read %s: %w", k.name, err)
		}
		entry, err := k.decode(id, &e.Event, nil)
		if errors.Is(err, errBrief) {
			brief = append(brief, e.Event)
			continue
		}
		for i := len(brief) - 1; i >= 0 && err == nil; i-- {
			entry, err = k.decode(id, &brief[i], &entry)
		}
		return &entry, err
	}
	if len(brief) > 0 {
		return nil, errBrief
	}
	return nil, nil //nolint:nilnil // nil is "there is none"
}

// Follow reads from the log what an entry became up to a version, nil if the log has no such version.
func (k kind[A]) Follow(
	ctx context.Context, log ports.EventStore, entry *A, version event.Version,
) (*A, error) {
	f := k.facts(entry)
	for e, err := range log.Stream(ctx, k.stream(f.id), f.version+1, ports.Oldest) {
		if err != nil {
			return nil, fmt.Errorf("read %s: %w", k.name, err)
		}
		next, err := k.decode(f.id, &e.Event, entry)
		if err != nil || e.Version == version {
			return &next, err
		}
		entry = &next
	}
	return nil, nil //nolint:nilnil // nil is "there is none"
}
