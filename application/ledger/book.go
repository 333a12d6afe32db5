package ledger

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/onhand/onhand/domain/event"
	"github.com/onhand/onhand/domain/reservation"
	"github.com/onhand/onhand/domain/transfer"
	"github.com/onhand/onhand/ports"
)

// book is all reservations, or all transfers: the open ones whole, of the closed
// ones only the names. The newest event in the log tells all about a closed one.
type book[A any] struct {
	facts  func(*A) facts
	read   func(id string, e *ports.Event) (A, error) // the state after an event
	stream func(id string) event.StreamID

	mu      sync.RWMutex
	open    map[string]*A
	openIDs sorted[string]
	closed  sorted[closedName]
	overdue sorted[deadline]    // of the open ones that have a deadline
	kept    map[string]Entry[A] // as they were when the book was frozen; nil while it is not
}

// closedName is all that is kept of a closed entry. The version tells what is
// older than its end.
type closedName struct {
	id      string
	version event.Version
}

// facts are what a book needs to know of an entry.
type facts struct {
	id        string
	version   event.Version
	open      bool
	expiresAt time.Time
}

// deadline is when an entry's time is over.
type deadline struct {
	at int64 // in microseconds since 1970
	id string
}

func newBook[A any](facts func(*A) facts, read func(string, *ports.Event) (A, error), stream func(string) event.StreamID) *book[A] {
	return &book[A]{
		facts:   facts,
		read:    read,
		stream:  stream,
		open:    map[string]*A{},
		openIDs: sorted[string]{compare: compareText},
		closed:  sorted[closedName]{compare: func(a, b closedName) int { return compareText(a.id, b.id) }},
		overdue: sorted[deadline]{compare: func(a, b deadline) int { return cmp.Or(cmp.Compare(a.at, b.at), cmp.Compare(a.id, b.id)) }},
	}
}

func newReservations() *book[reservation.Reservation] {
	return newBook(func(r *reservation.Reservation) facts {
		return facts{id: r.ID, version: r.Version, open: r.Open(), expiresAt: r.ExpiresAt}
	}, func(id string, e *ports.Event) (reservation.Reservation, error) {
		fact, err := reservation.Decode(e.Type, e.Time, e.Data)
		return reservation.Reservation{ID: id, State: fact.After, UpdatedAt: fact.At}, err
	}, reservation.Stream)
}

func newTransfers() *book[transfer.Transfer] {
	return newBook(func(t *transfer.Transfer) facts {
		return facts{id: t.ID, version: t.Version, open: t.Open()}
	}, func(id string, e *ports.Event) (transfer.Transfer, error) {
		fact, err := transfer.Decode(e.Type, e.Time, e.Data)
		return transfer.Transfer{ID: id, State: fact.After, UpdatedAt: fact.At}, err
	}, transfer.Stream)
}

// show makes an entry what readers see, unless they see a later version. keep
// puts aside what it replaces.
func (b *book[A]) show(entry *A, keep bool) {
	f := b.facts(entry)
	b.mu.Lock()
	defer b.mu.Unlock()
	if f.version <= b.version(f.id) {
		return
	}
	if _, already := b.kept[f.id]; keep && !already {
		b.kept[f.id] = b.current(f.id)
	}
	if before, was := b.open[f.id]; was {
		if old := b.facts(before); !old.expiresAt.IsZero() {
			b.overdue.remove(deadline{at: old.expiresAt.UnixMicro(), id: f.id})
		}
	}
	b.closed.remove(closedName{id: f.id})
	if !f.open {
		delete(b.open, f.id)
		b.openIDs.remove(f.id)
		b.closed.insert(closedName{id: f.id, version: f.version})
		return
	}
	b.open[f.id] = entry
	b.openIDs.insert(f.id)
	if !f.expiresAt.IsZero() {
		b.overdue.insert(deadline{at: f.expiresAt.UnixMicro(), id: f.id})
	}
}

// version is the version of an entry that readers see, 0 for none. The lock is
// held.
func (b *book[A]) version(id string) event.Version {
	if entry := b.open[id]; entry != nil {
		return b.facts(entry).version
	}
	closed, _ := b.closed.find(closedName{id: id})
	return closed.version
}

// fold applies an event from the log, which tells all about its entry.
func (b *book[A]) fold(id string, e *ports.Event, keep bool) error {
	b.mu.RLock()
	version := b.version(id)
	b.mu.RUnlock()
	if e.Version <= version {
		return nil
	}
	if e.Version != version+1 {
		return versionGap(version)
	}
	entry, err := b.read(id, e)
	if err != nil {
		return err
	}
	b.show(&entry, keep)
	return nil
}

// addClosed notes an entry that is closed, in a book that did not know it.
func (b *book[A]) addClosed(id string, version event.Version) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.closed.insert(closedName{id: id, version: version})
}

// find is the entry as its written history left it, nil if there is none. A
// closed one is read from the log.
func (b *book[A]) find(ctx context.Context, store ports.EventStore, id string) (*A, error) {
	b.mu.RLock()
	entry := b.open[id]
	known := b.version(id) > 0
	b.mu.RUnlock()
	if entry != nil || !known {
		return entry, nil
	}
	for e, err := range store.Stream(ctx, b.stream(id), 0, ports.Newest) {
		if err != nil {
			return nil, fmt.Errorf("read closed entry: %w", err)
		}
		closed, err := b.read(id, &e.Event)
		return &closed, err
	}
	return nil, nil //nolint:nilnil // nil is "there is none"
}

// names appends up to n ids behind one, in order: those of the open entries, of
// the closed ones, or of all.
func (b *book[A]) names(into []string, behind string, scope Scope, n int) []string {
	begun := func(id string) bool { return id > behind }
	b.mu.RLock()
	defer b.mu.RUnlock()
	if scope.Open {
		into = b.openIDs.from(into, begun, n)
	}
	if !scope.Closed {
		return into
	}
	for _, name := range b.closed.from(nil, func(c closedName) bool { return c.id > behind }, n) {
		into = append(into, name.id)
	}
	slices.Sort(into)
	return into[:min(n, len(into))]
}

// due lists open entries whose deadline has come, the earliest first, up to n.
func (b *book[A]) due(now time.Time, n int) []*A {
	b.mu.RLock()
	defer b.mu.RUnlock()
	var list []*A
	for _, d := range b.overdue.from(nil, func(deadline) bool { return true }, n) {
		if d.at > now.UnixMicro() {
			break
		}
		list = append(list, b.open[d.id])
	}
	return list
}

// opens is 1 if showing an entry would make one more open, else 0.
func (b *book[A]) opens(entry *A) int {
	f := b.facts(entry)
	b.mu.RLock()
	defer b.mu.RUnlock()
	if _, open := b.open[f.id]; open || !f.open {
		return 0
	}
	return 1
}

// size is how many entries are open.
func (b *book[A]) size() int {
	b.mu.RLock()
	defer b.mu.RUnlock()
	return len(b.open)
}
