package projection

import (
	"errors"
	"time"

	"github.com/onhand/onhand/domain/event"
	"github.com/onhand/onhand/ports"
)

// applier owns the target. It hands events to it, and decides what follows from an error.
type applier struct {
	caller  caller
	retry   Retry
	limit   int // of streams that may wait for another attempt
	now     func() time.Time
	life    *lifetime
	reports *reporter
	letters *deadLetters

	state   *state
	backoff backoff
	// target is nil while it must be built again from the checkpoint: at the start,
	// and after it broke.
	target Target
	// oneByOne is the position up to which events are handed over one by one, to find
	// the one that broke the target.
	oneByOne event.Position
}

// broken reports whether the target must be built again.
func (a *applier) broken() bool { return a.target == nil }

// waiting reports whether the whole projection waits for something that could not be
// handled.
func (a *applier) waiting() bool {
	retrying, _ := a.state.blocked.count()
	return retrying >= a.limit || a.backoff.active(a.now())
}

// reachedOrWaits reports whether a position is reached, or will not be reached soon.
func (a *applier) reachedOrWaits(position event.Position) bool {
	return a.state.position >= position || a.state.paused || a.waiting()
}

// status describes the progress.
func (a *applier) status() Status {
	retrying, parked := a.state.blocked.count()
	s := Status{Position: a.state.position, State: Running, Retrying: retrying, DeadLetters: parked}
	switch {
	case a.state.paused:
		s.State = Paused
	case a.waiting():
		s.State = Blocked
		if s.Detail = a.backoff.reason(a.now()); s.Detail == "" {
			s.Detail = a.state.blocked.latestCause()
		}
	}
	return s
}

// retryNow makes everything due that would be tried again later.
func (a *applier) retryNow() {
	a.state.blocked.retryNow()
	a.backoff.retryNow()
}

// nextAttempt returns the time at which something is tried again; false if there is none.
func (a *applier) nextAttempt() (time.Time, bool) {
	if a.backoff.gone {
		return time.Time{}, false
	}
	next, ok := a.state.blocked.nextRetry()
	if until := a.backoff.until; !until.IsZero() && (!ok || until.Before(next)) {
		next, ok = until, true
	}
	return next, ok
}

// handle hands events to the target and returns the number of those that it has handled.
func (a *applier) handle(events []ports.StreamEvent, upto event.Position) (int, error) {
	return a.caller.handle(a.life.calls, a.target, events, upto)
}

// refused acts on an error of the target that is not about one event. It reports whether
// the error is about the first of the events.
func (a *applier) refused(events []ports.StreamEvent, err error) bool {
	broken, isBroken := errors.AsType[*brokenTargetError](err)
	open, isOpen := errors.AsType[*ports.OpenError](err)
	switch {
	case a.life.brokenOff():
		if isBroken {
			a.target = nil
		}
	case isOpen:
		a.postpone(open)
	case isBroken:
		a.abandon(events, broken)
	case errors.Is(err, ports.ErrGone):
		a.reports.gone(err)
		a.backoff.gone, a.state.changed = true, true
	default:
		return true
	}
	return false
}

// restart drops the target for a rebuild.
func (a *applier) restart() {
	a.target, a.oneByOne = nil, 0
	a.backoff.succeeded()
}

// block blocks the stream of an event that could not be handled until the next attempt; after
// the last attempt the event is parked.
func (a *applier) block(e *ports.StreamEvent, cause error) {
	now := a.now().UTC()
	at := a.state.failed(e, clip(cause), now)
	delay, more := a.retry(at.Attempts)
	if at.Parked || !more {
		a.letters.park(a.life.calls, e, at)
		return
	}
	if refusal, ok := errors.AsType[*ports.DeliveryError](cause); ok {
		delay = max(delay, refusal.RetryAfter)
	}
	at.Next = now.Add(delay)
}

// postpone makes everything wait while a breaker refuses to call the target. That is no
// attempt of any event.
func (a *applier) postpone(open *ports.OpenError) {
	until := a.now().Add(max(open.RetryAfter, time.Millisecond))
	a.backoff.wait(until, open)
	a.state.blocked.retryNotBefore(until)
}

// unreadable makes everything wait because the log cannot be read.
func (a *applier) unreadable(err error) {
	if a.life.brokenOff() {
		return
	}
	a.reports.fault(cannotRead, err)
	a.backoff.wait(a.now().Add(logPause), err)
}

// holdBackAll makes everything wait because an event could not be handled.
func (a *applier) holdBackAll(cause error) {
	a.backoff.failed(cause, a.retry, a.now())
	a.reports.fault(allWait, cause)
}

// abandon drops a target whose state is unknown. A single event is blamed and blocked; of
// several events the next target gets one at a time.
func (a *applier) abandon(events []ports.StreamEvent, why *brokenTargetError) {
	a.reports.incident(abandoned, why)
	switch len(events) {
	case 0:
	case 1:
		a.block(&events[0], why)
	default:
		a.oneByOne = max(a.oneByOne, events[len(events)-1].Position)
	}
	a.target = nil
}
