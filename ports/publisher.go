package ports

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// Publisher hands events over to one receiver outside.
type Publisher interface {
	// Publish hands over events in their order and returns how many of the first
	// the receiver has certainly taken: all of them without an error. Otherwise
	// err says why the next one was not, or may not have been: ErrGone (the
	// receiver wants no more, ever), *DeliveryError, or the context's. The receiver
	// gets an event twice only where the sender cannot know whether it has it, and
	// then under the same name. A publisher to a receiver that wants batches hands
	// over all events together, or none. It does not keep the events. Publish may be
	// called at the same time for events of different streams.
	Publish(ctx context.Context, events []StreamEvent) (taken int, err error)
}

// ErrGone means that a receiver has said that it wants nothing more.
var ErrGone = errors.New("the receiver wants no more events")

// NoAnswer is the reason of each delivery without an answer. A client chooses the address of a
// receiver, and must not learn from the reason which names and addresses inside the operator's
// network exist, or what listens there.
const NoAnswer = "no answer: the receiver is not allowed, was not reached, or did not answer in time"

// DeliveryError means that a receiver did not take an event. It can be tried again.
type DeliveryError struct {
	Status     int           // of the answer, 0 if there was none or the receiver has none
	RetryAfter time.Duration // for how long the receiver wants to be left alone, 0 if it did not say
	Reason     string        // in words, without secrets and of bounded length
	TimedOut   bool          // the receiver did not answer within the whole time of an attempt
	Cause      string        // of NoAnswer, in fixed words for the service's own log; Error does not tell it
}

func (e *DeliveryError) Error() string {
	if e.Status > 0 {
		return fmt.Sprintf("not taken: status %d: %s", e.Status, e.Reason)
	}
	return "not taken: " + e.Reason
}
