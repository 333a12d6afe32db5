package inventory

import (
	"iter"

	"github.com/onhand/onhand/domain/event"
)

// Entry is an open reservation or transfer, or the name and version of a closed one.
type Entry[A any] struct {
	ID      string
	Version event.Version
	Open    *A // nil if it is closed
}

// cut begins to keep the entries as they are now.
func (r *Registry[A]) cut() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.before = map[string]Entry[A]{}
}

// forget ends what cut began.
func (r *Registry[A]) forget() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.before = nil
}

// atCut visits the entries as they were at the cut, ordered by id.
func (r *Registry[A]) atCut() iter.Seq[Entry[A]] {
	return func(yield func(Entry[A]) bool) {
		for id := range r.IDs("", Scope{Open: true, Closed: true}) {
			if entry := r.entryAtCut(id); entry.Version > 0 && !yield(entry) {
				return
			}
		}
	}
}

// entryAtCut returns an entry as it was at the cut; one that did not exist then has
// version 0.
func (r *Registry[A]) entryAtCut(id string) Entry[A] {
	r.mu.RLock()
	defer r.mu.RUnlock()
	if before, changed := r.before[id]; changed {
		return before
	}
	return r.current(id)
}

// current returns an entry as it is. The lock is held.
func (r *Registry[A]) current(id string) Entry[A] {
	return Entry[A]{ID: id, Version: r.version(id), Open: r.open[id]}
}
