package ports

import (
	"context"
	"strconv"
)

// Bulkhead bounds how much works on one thing at a time, so that it cannot take what others
// need: a number of permits, and a bounded queue for them.
type Bulkhead interface {
	// Acquire takes a permit, and waits for one in the order of arrival if it must. Three
	// things may happen: nil, and the caller must call Release once its work has really
	// ended, even if its own caller has left; *FullError, at once, if the queue is full; or
	// the context's error, if it ended before a permit was free. After an error the caller has
	// no permit. A share of the queue is reserved for urgent callers.
	Acquire(ctx context.Context, urgent bool) error

	// Release gives a permit back.
	Release()

	// Status returns the bulkhead's condition.
	Status() BulkheadStatus
}

// BulkheadStatus is the condition of a bulkhead.
type BulkheadStatus struct {
	Name         string
	InUse        int
	Limit        int   // of permits
	Waiting      int   //
	WaitingLimit int   // for urgent callers; for others it is less by the reserved share
	Shed         int64 // turned away with *FullError, since the start
}

// FullError means that a bulkhead's permits are in use and its queue is full; nothing was done.
type FullError struct {
	Name  string // the bulkhead's
	Limit int    // of permits
}

// Error is called for each request that is shed, so it works without fmt.
func (e *FullError) Error() string {
	return "all " + strconv.Itoa(e.Limit) + " places of " + strconv.Quote(e.Name) + " are taken and as many wait as may"
}
