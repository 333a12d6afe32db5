package subscription

import (
	"errors"
	"sync"
	"time"

	"github.com/onhand/onhand/ports"
)

// keptAttempts is how many of the latest attempts are remembered.
const keptAttempts = 20

// Attempt is one attempt to hand over an event, and what became of it.
type Attempt struct {
	At        time.Time
	Event     ports.EventID
	Delivered bool
	Status    int    // of the answer that refused it, 0 if there was none
	Error     string // empty if it was delivered
	Duration  time.Duration
}

// Outcomes are what became of what was sent to a subscription since the service
// started.
type Outcomes struct {
	LastSuccess time.Time // zero if there was none
	LastFailure time.Time // zero if there was none
	Failures    int       // since the last success
	Attempts    []Attempt // the latest, the newest first
}

// statusGone is that of an answer that ends a subscription.
const statusGone = 410

// attempt says what became of one.
func attempt(at time.Time, id ports.EventID, took time.Duration, err error) Attempt {
	a := Attempt{At: at, Event: id, Delivered: err == nil, Duration: took}
	switch refusal, refused := errors.AsType[*ports.DeliveryError](err); {
	case err == nil:
	case refused:
		a.Status, a.Error = refusal.Status, refusal.Reason
	case errors.Is(err, ports.ErrGone):
		a.Status, a.Error = statusGone, ports.ErrGone.Error()
	default:
		a.Error = "it was broken off"
	}
	return a
}

// journal remembers outcomes.
type journal struct {
	mu  sync.Mutex
	now Outcomes // its Attempts the oldest first
}

func (j *journal) add(a Attempt) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if len(j.now.Attempts) == keptAttempts {
		copy(j.now.Attempts, j.now.Attempts[1:])
		j.now.Attempts = j.now.Attempts[:keptAttempts-1]
	}
	j.now.Attempts = append(j.now.Attempts, a)
	if a.Delivered {
		j.now.LastSuccess, j.now.Failures = a.At, 0
		return
	}
	j.now.LastFailure = a.At
	j.now.Failures++
}

func (j *journal) outcomes() Outcomes {
	j.mu.Lock()
	defer j.mu.Unlock()
	o := j.now
	o.Attempts = make([]Attempt, len(j.now.Attempts))
	for i, a := range j.now.Attempts {
		o.Attempts[len(o.Attempts)-1-i] = a
	}
	return o
}
