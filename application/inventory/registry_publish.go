package inventory

import (
	"context"

	"github.com/onhand/onhand/domain/event"
	"github.com/onhand/onhand/ports"
)

// publish lets readers see an entry as the commit of a publication left it, unless they see a
// later version. A commit that is visible already is skipped: its entry may have left memory.
// The function, if there is one, is called with the entries before and after.
func (r *Registry[A]) publish(entry *A, p Publication, replaced func(before, after *A)) {
	f := r.facts(entry)
	r.mu.Lock()
	defer r.mu.Unlock()
	old := r.held(f.id)
	if p.at <= r.shared.visible.position() || old != nil && f.version <= r.facts(old).version {
		return
	}
	if r.before != nil && p.aside {
		r.before.putAside(f.id, old)
	} else if r.before != nil {
		r.before.forget(f.id)
	}
	r.put(f, old, entry, p)
	if replaced != nil {
		replaced(old, entry)
	}
}

// load adds an entry of a snapshot to a state that nothing else uses yet. Any commit up to that of
// the snapshot may have closed it.
func (r *Registry[A]) load(entry *A, at event.Position) {
	r.mu.Lock()
	defer r.mu.Unlock()
	f := r.facts(entry)
	r.put(f, nil, entry, Publication{at: at})
	if c, closed := r.ending[f.id]; closed {
		c.Since = 1
		r.ending[f.id] = c
	}
}

// put lets an entry take the place of the old one in memory, nil for none. An entry that this opens
// belongs to the client of the publication. The lock is held.
func (r *Registry[A]) put(f facts, old, entry *A, p Publication) {
	var before, ended entryKey
	var was opened[A]
	if old != nil {
		before = r.key(old)
		if r.facts(old).open {
			was = r.open[f.id]
		} else {
			ended = before
		}
	}
	key := r.key(entry)
	r.inOrder.replace(before, key)
	if f.open {
		r.ended.replace(ended, entryKey{})
		if was.entry == nil {
			was.by = r.shared.clients.opened(p.client)
		}
		r.open[f.id] = opened[A]{entry: entry, by: was.by}
		delete(r.ending, f.id)
		return
	}
	r.ended.replace(ended, key)
	r.ending[f.id] = Closing[A]{Entry: entry, At: p.at, Since: p.at}
	r.shared.clients.closed(was.by)
	delete(r.open, f.id)
	select {
	case r.shared.closed <- struct{}{}:
	default:
	}
}

// fold applies an event of the log.
func (r *Registry[A]) fold(id string, e *ports.Event, p Publication) error {
	r.mu.RLock()
	before, version := r.held(id), r.version(id)
	r.mu.RUnlock()
	if version == 0 && e.Version > 1 {
		version = r.versionInIndex(id, e.Version)
	} else if e.Version <= version {
		return nil
	}
	if e.Version > version+1 {
		return versionGap(version)
	}
	entry, err := r.decode(id, e, before)
	if err != nil {
		return err
	}
	var replaced func(before, after *A)
	if r.prolongs(e.Type) {
		replaced = func(before, after *A) { r.prolong(p, before, after) }
	}
	r.publish(&entry, p, replaced)
	return nil
}

// versionInIndex returns the version of an entry that is not in memory, before an event of a
// version. After a start from a snapshot the index may be ahead of the fold. While it cannot be
// read, the store alone checks that versions follow.
func (r *Registry[A]) versionInIndex(id string, version event.Version) event.Version {
	if r.shared.index == nil {
		return 0
	}
	entry, found, err := r.shared.index.Find(context.Background(), r.name, id)
	switch {
	case err != nil:
		return version - 1
	case !found:
		return 0
	}
	return entry.Version
}

// Closings returns the closed entries in memory of commits up to a position, in any order.
func (r *Registry[A]) Closings(upTo event.Position) []Closing[A] {
	r.mu.RLock()
	defer r.mu.RUnlock()
	return r.ending.upTo(upTo)
}

// Evict removes closed entries from memory that the index has durably, unless they have changed.
// Their commits are visible.
func (r *Registry[A]) Evict(list []Closing[A]) {
	for _, c := range list {
		id := r.facts(c.Entry).id
		r.mu.Lock()
		if r.ending[id].Entry == c.Entry {
			if r.before != nil {
				r.before.putAside(id, c.Entry)
			}
			key := r.key(c.Entry)
			r.inOrder.replace(key, entryKey{})
			r.ended.replace(key, entryKey{})
			delete(r.ending, id)
			r.evictions++
		}
		r.mu.Unlock()
	}
}
