package ports

import (
	"context"
	"strconv"
)

// Bulkhead bounds how much is at work at a time on one thing, so that it cannot
// take what others need: a number of places, and a waiting room before them.
type Bulkhead interface {
	// Enter takes a place, and waits for one in the order of arrival if it must. Three
	// things may happen: nil, and the caller must call Leave once what it does has
	// really ended, also if its own caller has left; *FullError, at once, where so
	// many wait already; or the context's error, where it ended before there was a
	// place. With an error the caller has no place. A share of the waiting room is
	// kept for the urgent.
	Enter(ctx context.Context, urgent bool) error

	// Leave gives a place back.
	Leave()

	// Status tells how the bulkhead stands.
	Status() BulkheadStatus
}

// BulkheadStatus is how a bulkhead stands.
type BulkheadStatus struct {
	Name         string
	InUse        int
	Limit        int   // of places
	Waiting      int   //
	WaitingLimit int   // for the urgent; for others it is less by the kept share
	Shed         int64 // turned away with *FullError, since the start
}

// FullError means that a bulkhead's places and its waiting room are taken;
// nothing was done.
type FullError struct {
	Name  string // the bulkhead's
	Limit int    // of places
}

// Error is said with each request that is shed, so it is put together without fmt.
func (e *FullError) Error() string {
	return "all " + strconv.Itoa(e.Limit) + " places of " + strconv.Quote(e.Name) + " are taken and as many wait as may"
}
