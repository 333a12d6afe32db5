package inventory

import (
	"context"
	"errors"
	"fmt"
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

	mu        sync.RWMutex
	open      map[string]opened[A]
	ending    ending[A]
	inOrder   orders      // all entries
	ended     orders      // those in ending
	before    *asAtCut[A] // entries as they were at the cut of a snapshot; nil while there is none
	evictions uint64
}

// opened is an open entry, and the account of the client that opened it.
type opened[A any] struct {
	entry *A
	by    *account
}

// shared is what a registry shares with the state that it is part of.
type shared struct {
	index   ports.QueryIndex // of the closed entries that are not in memory; nil: all are
	visible *visiblePosition
	closed  chan struct{} // holds one if an entry was closed
	clients accounts
}

// facts are what a registry needs to know of an entry.
type facts struct {
	id      string
	version event.Version
	open    bool
}

func newRegistry[A any](k kind[A], s *shared) *Registry[A] {
	return &Registry[A]{
		kind:    k,
		shared:  s,
		open:    map[string]opened[A]{},
		ending:  ending[A]{},
		inOrder: newOrders(),
		ended:   newOrders(),
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
		return r.AtVersion(ctx, log, id, 0)
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
	if entry := r.open[id].entry; entry != nil {
		return entry
	}
	return r.ending[id].Entry
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
	return r.open[id].entry
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
	return len(r.ending)
}

// Due returns up to n open entries with a deadline that has come, the earliest first.
func (r *Registry[A]) Due(now time.Time, n int) []*A {
	r.mu.RLock()
	defer r.mu.RUnlock()
	var list []*A
	for _, d := range r.inOrder.deadlines.from(nil, func(moment) bool { return true }, n) {
		if d.at > now.UnixMicro() {
			break
		}
		list = append(list, r.open[d.id].entry)
	}
	return list
}

// Step visits the next entries of a walk through the entries in memory, about n, which is at
// least 1. It sees them all at the same time.
func (r *Registry[A]) Step(w *Walk, n int) Step[*A] {
	r.mu.RLock()
	defer r.mu.RUnlock()
	walked := &r.inOrder
	if w.Ended {
		walked = &r.ended
	}
	return r.entries(walked.step(w, n, &r.inOrder.deadlines, func(id string) moment { return r.deadline(r.held(id)) }))
}

// Overdue visits the next open entries whose deadlines have come, in the order of their deadlines.
func (r *Registry[A]) Overdue(after ports.EntryPlace, now time.Time, n int) Step[*A] {
	r.mu.RLock()
	defer r.mu.RUnlock()
	w := Walk{Sort: ports.ByUpdated, After: after, Now: now}
	return r.entries(idsOf(stepByDeadline(&r.inOrder.deadlines, &w, n)))
}

// entries returns a step with the entries of its ids. The lock is held.
func (r *Registry[A]) entries(step Step[string]) Step[*A] {
	entries := make([]*A, len(step.Entries))
	for i, id := range step.Entries {
		entries[i] = r.held(id)
	}
	return Step[*A]{Entries: entries, End: step.End, More: step.More, Examined: step.Examined}
}

// Evictions returns how many entries have left memory for the index.
func (r *Registry[A]) Evictions() uint64 {
	r.mu.RLock()
	defer r.mu.RUnlock()
	return r.evictions
}

// Closed returns a page of the entries of the index, which may be older than those in memory.
func (r *Registry[A]) Closed(ctx context.Context, q ports.ClosedQuery) ([]*A, ports.ClosedPage, error) {
	if r.shared.index == nil {
		return nil, ports.ClosedPage{}, nil
	}
	q.Kind = r.name
	page, err := r.shared.index.List(ctx, q)
	if err != nil {
		return nil, page, fmt.Errorf("list closed %ss: %w", r.name, err)
	}
	entries := make([]*A, len(page.Entries))
	for i := range page.Entries {
		if entries[i], err = r.fromIndex(page.Entries[i]); err != nil {
			return nil, page, err
		}
	}
	return entries, page, nil
}
