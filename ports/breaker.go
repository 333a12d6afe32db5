package ports

import (
	"context"
	"fmt"
	"time"
)

// Breaker guards the calls to one dependency. While too large a share of them fails, it refuses
// further ones at once instead of letting them wait for the same end (the circuit breaker of
// Nygard's Release It!).
type Breaker interface {
	// Do runs call in the caller's goroutine with the caller's context, and returns its error
	// as it is. Three things may happen. A closed breaker runs call. An open one does not:
	// *OpenError, and nothing was done. An open breaker becomes half-open when its cooldown
	// has passed: it runs one call at a time as a probe and refuses all others. If the probe
	// succeeds the breaker closes; if it is a fault the breaker is open for another cooldown.
	//
	// Only these are faults: errors that the breaker was told to count, calls that took longer
	// than it was told, and panics, which reach the caller. Refusals, conflicts, bad input and
	// callers that left are none; a probe whose caller left proves nothing either way. If ctx
	// has ended before, Do returns its error, runs nothing and counts nothing. Do may be called
	// from anywhere at any time, also within another breaker's call.
	Do(ctx context.Context, call func(context.Context) error) error

	// Status returns the breaker's condition.
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

// BreakerStatus is the condition of a breaker.
type BreakerStatus struct {
	Name    string
	State   BreakerState
	Since   time.Time // the beginning of this state
	Forced  bool      // open because an operator wants it so; there are no probes
	Refused int64     // refused calls, since the start
	Faults  int64     // since the start
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
