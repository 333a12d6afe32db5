package ports

import (
	"context"
	"fmt"
	"time"
)

// Breaker guards the calls to one dependency: while too large a share of them
// faults, further ones are refused at once instead of waiting for the same end
// (the circuit breaker of Nygard's Release It!).
type Breaker interface {
	// Do runs call in the caller's goroutine with the caller's context, and returns
	// its error as it is. Three things may happen. Closed, call is run. Open, it is not:
	// *OpenError, and nothing was done. Half-open, which an open breaker becomes
	// when its cooldown has passed, one call at a time is run as a probe, and all
	// others are refused: if the probe succeeds the breaker closes, if it faults it
	// is open for another cooldown.
	//
	// Only faults of the dependency count as such: errors that the breaker was told
	// to count, calls that took longer than it was told, and panics, which go on to
	// the caller. Refusals, conflicts, bad input and a caller who left do not; a
	// probe whose caller left proves nothing either way. Where ctx has ended
	// before, call is not run and nothing counts: the context's error. Do may be
	// called from anywhere at any time, also within another breaker's call.
	Do(ctx context.Context, call func(context.Context) error) error

	// Status tells how the breaker stands.
	Status() BreakerStatus
}

// BreakerState is what a breaker does with calls.
type BreakerState string

// The states of a breaker.
const (
	BreakerClosed   BreakerState = "closed"    // runs all calls
	BreakerOpen     BreakerState = "open"      // refuses all calls
	BreakerHalfOpen BreakerState = "half-open" // runs one at a time as a probe
)

// BreakerStatus is how a breaker stands.
type BreakerStatus struct {
	Name    string
	State   BreakerState
	Since   time.Time // when it came to this state
	Forced  bool      // open because an operator wants it so; there are no probes
	Refused int64     // calls that were not run, since the start
	Faults  int64     // calls that faulted, since the start
	Dropped int64     // outcomes that could not be recorded in time, since the start
}

// OpenError means that a breaker refused a call; nothing was done.
type OpenError struct {
	Name       string        // the breaker's
	RetryAfter time.Duration // until it may probe, above 0
}

func (e *OpenError) Error() string {
	return fmt.Sprintf("the circuit %q is open, to be tried again in %v", e.Name, e.RetryAfter.Round(time.Millisecond))
}
