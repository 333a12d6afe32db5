package inventory

import (
	"github.com/onhand/onhand/domain/event"
	"github.com/onhand/onhand/ports"
)

// publish lets readers see an entry, unless they see a later version. aside says
// that replaced values must be put aside for a snapshot.
func (r *Registry[A]) publish(entry *A, aside bool) {
	f := r.facts(entry)
	r.mu.Lock()
	defer r.mu.Unlock()
	if f.version <= r.version(f.id) {
		return
	}
	if _, already := r.before[f.id]; aside && !already {
		r.before[f.id] = r.current(f.id)
	}
	if before, was := r.open[f.id]; was {
		if old := r.facts(before); !old.expiresAt.IsZero() {
			r.overdue.remove(deadline{at: old.expiresAt.UnixMicro(), id: f.id})
		}
	}
	r.closed.remove(closedEntry{id: f.id})
	if !f.open {
		delete(r.open, f.id)
		r.openIDs.remove(f.id)
		r.closed.insert(closedEntry{id: f.id, version: f.version})
		return
	}
	r.open[f.id] = entry
	r.openIDs.insert(f.id)
	if !f.expiresAt.IsZero() {
		r.overdue.insert(deadline{at: f.expiresAt.UnixMicro(), id: f.id})
	}
}

// fold applies an event of the log, which says everything about its entry.
func (r *Registry[A]) fold(id string, e *ports.Event, aside bool) error {
	r.mu.RLock()
	version := r.version(id)
	r.mu.RUnlock()
	if e.Version <= version {
		return nil
	}
	if e.Version != version+1 {
		return versionGap(version)
	}
	entry, err := r.decode(id, e)
	if err != nil {
		return err
	}
	r.publish(&entry, aside)
	return nil
}

// addClosed adds a closed entry to a registry that does not know it.
func (r *Registry[A]) addClosed(id string, version event.Version) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.closed.insert(closedEntry{id: id, version: version})
}
