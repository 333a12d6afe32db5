package subscription

import (
	"errors"
	"sync"
	"time"

	"github.com/onhand/onhand/ports"
)

// keptAttempts is the number of latest attempts that are kept.
const keptAttempts = 20

// Attempt is one attempt to deliver an event or a batch, and its outcome.
type Attempt struct {
	At        time.Time
	Event     ports.EventID // the first one
	Events    int           // of the delivery
	Delivered bool
	Status    int           // of the answer that refused the events, 0 if there was no answer
	Error     string        // empty if the events were delivered
	Duration  time.Duration // without an answer in whole seconds, rounded up
}

// Outcomes are the outcomes of a subscription's deliveries.
type Outcomes struct {
	LastSuccess time.Time // zero if there was none
	LastFailure time.Time // zero if there was none
	Failures    int       // since the last success
	Attempts    []Attempt // the latest ones, the newest first
}

// statusGone is the status of an answer that ends a subscription.
const statusGone = 410

func newAttempt(at time.Time, events []ports.StreamEvent, took time.Duration, err error) Attempt {
	a := Attempt{At: at, Event: events[0].ID(), Events: len(events), Delivered: err == nil, Duration: took}
	switch refusal, refused := errors.AsType[*ports.DeliveryError](err); {
	case err == nil:
	case refused:
		a.Status, a.Error = refusal.Status, refusal.Reason
	case errors.Is(err, ports.ErrGone):
		a.Status, a.Error = statusGone, ports.ErrGone.Error()
	default:
		a.Error = "it was broken off"
	}
	if a.unanswered() {
		a.Duration = roundUp(took)
	}
	return a
}

// unanswered reports whether there was no answer.
func (a *Attempt) unanswered() bool { return !a.Delivered && a.Status == 0 }

// roundUp returns the next whole second. How long a failure took within a second tells which names
// and addresses exist inside the operator's network.
func roundUp(took time.Duration) time.Duration { return took.Truncate(time.Second) + time.Second }

// causeOf returns why there was no answer, for the service's own log; empty if there was one.
func causeOf(err error) string {
	if refusal, ok := errors.AsType[*ports.DeliveryError](err); ok {
		return refusal.Cause
	}
	return ""
}

// outcomeLog records outcomes.
type outcomeLog struct {
	mu       sync.Mutex
	now      Outcomes // with Attempts the oldest first
	restored bool
}

func (l *outcomeLog) add(a Attempt) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.now.Attempts) == keptAttempts {
		copy(l.now.Attempts, l.now.Attempts[1:])
		l.now.Attempts = l.now.Attempts[:keptAttempts-1]
	}
	l.now.Attempts = append(l.now.Attempts, a)
	if a.Delivered {
		l.now.LastSuccess, l.now.Failures = a.At, 0
		return
	}
	l.now.LastFailure = a.At
	l.now.Failures++
}

func (l *outcomeLog) all() Outcomes {
	l.mu.Lock()
	defer l.mu.Unlock()
	o := l.now
	o.Attempts = make([]Attempt, len(l.now.Attempts))
	for i, a := range l.now.Attempts {
		o.Attempts[len(o.Attempts)-1-i] = a
	}
	return o
}
