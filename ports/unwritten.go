package ports

import "github.com/onhand/onhand/domain/event"

// Unwritten are the commits of one Append that were refused. Whatever builds on one of them
// must be refused, too. Its expected version alone does not say so: another writer may have
// written that version meanwhile, and then it stands on something else. The zero value is
// none.
type Unwritten struct {
	begin map[event.StreamID]event.Version // the lowest version that was not written
}

// Add takes note of a refused commit.
func (u *Unwritten) Add(c *Commit) {
	if u.begin == nil {
		u.begin = map[event.StreamID]event.Version{}
	}
	for i := range c.Events {
		e := &c.Events[i]
		if lowest, known := u.begin[e.Stream]; !known || e.Version < lowest {
			u.begin[e.Stream] = e.Version
		}
	}
}

// Conflict is a *ConflictError where a commit builds on one that was refused, else nil.
func (u *Unwritten) Conflict(c *Commit) error {
	if u.begin == nil {
		return nil
	}
	for i := range c.Events {
		e := &c.Events[i]
		if lowest, refused := u.begin[e.Stream]; refused && e.Version > lowest {
			return &ConflictError{Stream: e.Stream, Expected: e.Version - 1, Actual: lowest - 1}
		}
	}
	return nil
}
