package ports

import "github.com/onhand/onhand/domain/event"

// Unwritten holds, while a store goes through the commits of one Append, what the refused ones
// would have written. A later commit may build on that, and the version that it expects may be
// there all the same, because another writer has written it meanwhile. So versions alone do not
// tell; stores ask here, too. The zero value is ready to use.
type Unwritten struct {
	from map[event.StreamID]event.Version
}

// Refused notes a commit that is not written.
func (u *Unwritten) Refused(c *Commit) {
	if u.from == nil {
		u.from = map[event.StreamID]event.Version{}
	}
	for i := range c.Events {
		e := &c.Events[i]
		if lowest, noted := u.from[e.Stream]; !noted || e.Version < lowest {
			u.from[e.Stream] = e.Version
		}
	}
}

// Conflict returns *ConflictError if a commit builds on a refused one. Its Actual is then the
// version below that.
func (u *Unwritten) Conflict(c *Commit) error {
	if u.from == nil {
		return nil
	}
	begun := make(map[event.StreamID]bool, len(c.Events)) // the first event of a stream says what the commit builds on
	for i := range c.Events {
		e := &c.Events[i]
		lowest, noted := u.from[e.Stream]
		if !begun[e.Stream] && noted && e.Version > lowest {
			return &ConflictError{Stream: e.Stream, Expected: e.Version - 1, Actual: lowest - 1}
		}
		begun[e.Stream] = true
	}
	return nil
}
