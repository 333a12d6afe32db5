package inventory

import (
	"iter"
	"slices"
	"strings"
)

// asAtCut are entries as they were at the cut of a snapshot, those that have changed since or
// have left memory; nil is one that was not in memory then.
type asAtCut[A any] struct {
	entries map[string]*A
	ids     sorted[string]
}

// putAside keeps what an entry was, unless that has been done.
func (b *asAtCut[A]) putAside(id string, entry *A) {
	if _, already := b.entries[id]; !already {
		b.entries[id] = entry
		b.ids.insert(id)
	}
}

// forget removes an entry that a commit before the cut changes.
func (b *asAtCut[A]) forget(id string) {
	delete(b.entries, id)
	b.ids.remove(id)
}

// cut begins to keep the entries as they are now.
func (r *Registry[A]) cut() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.before = &asAtCut[A]{entries: map[string]*A{}, ids: sorted[string]{compare: strings.Compare}}
}

// forget ends what cut began.
func (r *Registry[A]) forget() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.before = nil
}

// atCut visits the entries that were in memory at the cut, as they were then, ordered by id.
func (r *Registry[A]) atCut() iter.Seq[*A] {
	return func(yield func(*A) bool) {
		var ids []string
		var entries []*A
		for after := ""; ; after = ids[len(ids)-1] {
			ids, entries = r.stepAtCut(ids[:0], entries[:0], after)
			for _, entry := range entries {
				if entry != nil && !yield(entry) {
					return
				}
			}
			if len(ids) < walkStep {
				return
			}
		}
	}
}

// stepAtCut appends the next ids after one, with their entries as they were at the cut.
func (r *Registry[A]) stepAtCut(ids []string, entries []*A, after string) ([]string, []*A) {
	begun := func(id string) bool { return id > after }
	r.mu.RLock()
	defer r.mu.RUnlock()
	ids = r.inOrder.byID.from(ids, begun, walkStep)
	ids = r.before.ids.from(ids, begun, walkStep)
	slices.Sort(ids)
	ids = slices.Compact(ids)
	ids = ids[:min(walkStep, len(ids))]
	for _, id := range ids {
		entry, aside := r.before.entries[id]
		if !aside {
			entry = r.held(id)
		}
		entries = append(entries, entry)
	}
	return ids, entries
}
