package inventory

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/onhand/onhand/domain/event"
	"github.com/onhand/onhand/ports"
)

// Registry is all reservations, or all transfers. The open ones are in memory, and so are the
// closed ones until the query index has them durably. An entry that leaves memory is in the index
// before, so a look-up in memory first and then in the index misses none.
type Registry[A any] struct {
	kind[A]
	shared *shared

	mu      sync.RWMutex
	open    map[string]*A
	openIDs sorted[string]
	ending  ending[A]
	overdue sorted[deadline] // of the open ones that have a deadline
	before  *asAtCut[A]      // entries as they were at the cut of a snapshot; nil while there is none
}

// shared is what a registry shares with the state that it is part of.
type shared struct {
	index   ports.QueryIndex // of the closed entries that are not in memory; nil: all are
	visible *visiblePosition
	closed  chan struct{} // holds one if an entry was closed
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

func newRegistry[A any](k kind[A], s *shared) *Registry[A] {
	return &Registry[A]{
		kind:    k,
		shared:  s,
		open:    map[string]*A{},
		openIDs: sorted[string]{compare: strings.Compare},
		ending:  newEnding[A](),
		overdue: sorted[deadline]{compare: func(a, b deadline) int {
			return cmp.Or(cmp.Compare(a.at, b.at), strings.Compare(a.id, b.id))
		}},
	}
}

// Find returns the entry as its written history left it, nil if there is none. While the index
// cannot be read, an entry that is not in memory is read from the log.
func (r *Registry[A]) Find(ctx context.Context, log ports.EventStore, id string) (*A, error) {
	if entry := r.InMemory(id); entry != nil || r.shared.index == nil {
		return entry, nil
	}
	indexed, found, err := r.shared.index.Find(ctx, r.name, id)
	switch {
	case errors.Is(err, ports.ErrUnavailable):
		return r.readLog(ctx, log, id)
	case err != nil:
		return nil, fmt.Errorf("look up closed %s: %w", r.name, err)
	case !found:
		return nil, nil //nolint:nilnil // nil is "there is none"
	}
	return r.fromIndex(indexed)
}

// InMemory returns an entry that is open or that the index does not have durably yet, else nil.
func (r *Registry[A]) InMemory(id string) *A {
	r.mu.RLock()
	defer r.mu.RUnlock()
	return r.held(id)
}

// held is InMemory. The lock is held.
func (r *Registry[A]) held(id string) *A {
	if entry := r.open[id]; entry != nil {
		return entry
	}
	return r.ending.entries[id].Entry
}

// version returns the version of an entry in memory, 0 for none. The lock is held.
func (r *Registry[A]) version(id string) event.Version {
	if entry := r.held(id); entry != nil {
		return r.facts(entry).version
	}
	return 0
}

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

// Ending returns how many closed entries are in memory.
func (r *Registry[A]) Ending() int {
	r.mu.RLock()
	defer r.mu.RUnlock()
	return len(r.ending.entries)
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
	Closed bool // those that the index does not have durably yet
}

// Walk visits the entries in memory with ids after one, in the order of their ids, each as it is
// when its turn comes. Entries that are published meanwhile are visited if their ids lie ahead.
func (r *Registry[A]) Walk(after string, scope Scope) iter.Seq2[string, *A] {
	return func(yield func(string, *A) bool) {
		var ids []string
		var entries []*A
		for {
			ids, entries = r.step(ids[:0], entries[:0], after, scope)
			for i, id := range ids {
				if after = id; entries[i] != nil && !yield(id, entries[i]) {
					return
				}
			}
			if len(ids) < walkStep {
				return
			}
		}
	}
}

// step appends the next ids after one, in their order, with their entries.
func (r *Registry[A]) step(ids []string, entries []*A, after string, scope Scope) ([]string, []*A) {
	begun := func(id string) bool { return id > after }
	r.mu.RLock()
	defer r.mu.RUnlock()
	if scope.Open {
		ids = r.openIDs.from(ids, begun, walkStep)
	}
	if scope.Closed {
		ids = r.ending.ids.from(ids, begun, walkStep)
	}
	slices.Sort(ids)
	ids = ids[:min(walkStep, len(ids))]
	for _, id := range ids {
		entries = append(entries, r.held(id))
	}
	return ids, entries
}
