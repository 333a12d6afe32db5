package jsonevents

import "time"

// usedTime is the latest time that any decision was made at.
type usedTime struct {
	atOpen time.Time        // as HEAD had it when the store was opened
	latest func() time.Time // in this process
}

// floor returns the earliest time at which a decision may be made, after a commit or a closed
// timestamp.
func (u usedTime) floor(after time.Time) time.Time {
	return later(later(u.atOpen, after), u.latest())
}
