package inventory

import (
	"cmp"
	"context"
	"fmt"
	"iter"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/onhand/onhand/domain/event"
	"github.com/onhand/onhand/domain/reservation"
	"github.com/onhand/onhand/domain/transfer"
	"github.com/onhand/onhand/ports"
)

// Registry is all reservations, or all transfers: the open ones as a whole, of the
// closed ones only id and version. The newest event in the log says everything about
// a closed one.
type Registry[A any] struct {
	facts  func(*A) facts
	decode func(id string, e *ports.Event) (A, error) // the state after an event
	stream func(id string) event.StreamID

	mu      sync.RWMutex
	open    map[string]*A
	openIDs sorted[string]
	closed  sorted[closedEntry]
	overdue sorted[deadline]    // of the open ones that have a deadline
	before  map[string]Entry[A] // entries as they were at the cut of a snapshot; nil while there is none
}

// closedEntry is all that is kept of a closed entry. The version rejects events that
// are older than its end.
type closedEntry struct {
	id      string
	version event.Version
}

// facts are what a registry needs to know of an entry.
type facts struct {
	id        string
	version   event.Version
	open      bool
	expiresAt time.Time
}

// deadline is when an entry expires.
type deadline struct {
	at int64 // in microseconds since 1970
	id string
}

func newRegistry[A any](
	facts func(*A) facts, decode func(string, *ports.Event) (A, error), stream func(string) event.StreamID,
) *Registry[A] {
	return &Registry[A]{
		facts:   facts,
		decode:  decode,
		stream:  stream,
		open:    map[string]*A{},
		openIDs: sorted[string]{compare: strings.Compare},
		closed:  sorted[closedEntry]{compare: func(a, b closedEntry) int { return strings.Compare(a.id, b.id) }},
		overdue: sorted[deadline]{compare: func(a, b deadline) int {
			return cmp.Or(cmp.Compare(a.at, b.at), strings.Compare(a.id, b.id))
		}},
	}
}

func newReservations() *Registry[reservation.Reservation] {
	return newRegistry(func(r *reservation.Reservation) facts {
		return facts{id: r.ID, version: r.Version, open: r.Open(), expiresAt: r.ExpiresAt}
	}, func(id string, e *ports.Event) (reservation.Reservation, error) {
		fact, err := reservation.Decode(e.Type, e.Time, e.Data)
		return reservation.Reservation{ID: id, State: fact.After, UpdatedAt: fact.At}, err
	}, reservation.Stream)
}

func newTransfers() *Registry[transfer.Transfer] {
	return newRegistry(func(t *transfer.Transfer) facts {
		return facts{id: t.ID, version: t.Version, open: t.Open()}
	}, func(id string, e *ports.Event) (transfer.Transfer, error) {
		fact, err := transfer.Decode(e.Type, e.Time, e.Data)
		return transfer.Transfer{ID: id, State: fact.After, UpdatedAt: fact.At}, err
	}, transfer.Stream)
}

// Find returns the entry as its written history left it, nil if there is none. A
// closed one is read from the log.
func (r *Registry[A]) Find(ctx context.Context, log ports.EventStore, id string) (*A, error) {
	r.mu.RLock()
	entry := r.open[id]
	known := r.version(id) > 0
	r.mu.RUnlock()
	if entry != nil || !known {
		return entry, nil
	}
	for e, err := range log.Stream(ctx, r.stream(id), 0, ports.Newest) {
		if err != nil {
			return nil, fmt.Errorf("read closed entry: %w", err)
		}
		closed, err := r.decode(id, &e.Event)
		return &closed, err
	}
	return nil, nil //nolint:nilnil // nil is "there is none"
}

// Stream returns the stream of an entry.
func (r *Registry[A]) Stream(id string) event.StreamID { return r.stream(id) }

// Open returns an open entry, nil if there is none.
func (r *Registry[A]) Open(id string) *A {
	r.mu.RLock()
	defer r.mu.RUnlock()
	return r.open[id]
}

// Count returns how many entries are open.
func (r *Registry[A]) Count() int {
	r.mu.RLock()
	defer r.mu.RUnlock()
	return len(r.open)
}

// WouldOpen reports whether one more entry would be open if this one were published.
func (r *Registry[A]) WouldOpen(entry *A) bool {
	f := r.facts(entry)
	if !f.open {
		return false
	}
	r.mu.RLock()
	defer r.mu.RUnlock()
	_, open := r.open[f.id]
	return !open
}

// Due returns up to n open entries with a deadline that has come, the earliest first.
func (r *Registry[A]) Due(now time.Time, n int) []*A {
	r.mu.RLock()
	defer r.mu.RUnlock()
	var list []*A
	for _, d := range r.overdue.from(nil, func(deadline) bool { return true }, n) {
		if d.at > now.UnixMicro() {
			break
		}
		list = append(list, r.open[d.id])
	}
	return list
}

// Scope says which entries a walk visits.
type Scope struct {
	Open   bool
	Closed bool
}

// IDs visits the ids after one, in their order. Entries that are published meanwhile
// are visited if their ids lie ahead.
func (r *Registry[A]) IDs(after string, scope Scope) iter.Seq[string] {
	return func(yield func(string) bool) {
		for step := make([]string, 0, walkStep); ; {
			step = r.names(step[:0], after, scope, walkStep)
			for _, id := range step {
				if after = id; !yield(id) {
					return
				}
			}
			if len(step) < walkStep {
				return
			}
		}
	}
}

// names appends up to n ids after one, in their order.
func (r *Registry[A]) names(into []string, after string, scope Scope, n int) []string {
	begun := func(id string) bool { return id > after }
	r.mu.RLock()
	defer r.mu.RUnlock()
	if scope.Open {
		into = r.openIDs.from(into, begun, n)
	}
	if !scope.Closed {
		return into
	}
	for _, entry := range r.closed.from(nil, func(c closedEntry) bool { return c.id > after }, n) {
		into = append(into, entry.id)
	}
	slices.Sort(into)
	return into[:min(n, len(into))]
}

// version returns the published version of an entry, 0 for none. The lock is held.
func (r *Registry[A]) version(id string) event.Version {
	if entry := r.open[id]; entry != nil {
		return r.facts(entry).version
	}
	closed, _ := r.closed.find(closedEntry{id: id})
	return closed.version
}
