package memory

import (
	"fmt"

	"github.com/onhand/onhand/ports"
)

// LostOutcome is a fault of one Append: the store does not know what became of it, like a
// client of a database that loses its connection while it commits.
type LostOutcome struct {
	// Written is how many of the commits are written all the same, from the first.
	Written int
	// Failures is how often CatchUp fails before the outcome is known.
	Failures int
}

// outcomes loses the outcome of appends, as a test wants it. The store's mutex protects it.
type outcomes struct {
	next     *LostOutcome // the fault of the next append, nil for none
	unknown  bool         // the last append's, so that no commit is taken
	failures int          // of CatchUp, to come
}

// lose begins an append, and returns how many of its commits may be written, and the error
// that it ends with.
func (o *outcomes) lose(commits int) (written int, err error) {
	switch {
	case o.unknown:
		return 0, fmt.Errorf("%w: the outcome of an append is not known yet", ports.ErrUnavailable)
	case o.next == nil:
		return commits, nil
	}
	written, o.failures, o.unknown, o.next = min(o.next.Written, commits), o.next.Failures, true, nil
	return written, fmt.Errorf("%w: the connection is lost", ports.ErrOutcomeUnknown)
}

// find finds out, unless it fails.
func (o *outcomes) find() error {
	if o.failures > 0 {
		o.failures--
		return fmt.Errorf("%w: there is no connection", ports.ErrUnavailable)
	}
	o.unknown = false
	return nil
}
