package subscription

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/onhand/onhand/domain/event"
	"github.com/onhand/onhand/ports"
)

// testedV1 is the type of a test's event, which is in no log.
const testedV1 event.Type = "webhook.tested.v1"

// spare is the part of a request's time that a test leaves for the answer.
const spare = 500 * time.Millisecond

// test sends an event now, once, and records the outcome. Without an answer it takes whole seconds,
// so that its time tells little more than the outcome does.
func (r *receiver) test(ctx context.Context) (Attempt, error) {
	id := r.current().ID
	began := r.now().UTC()
	// No commit has position 0, so no other event has the ID. The time makes tests differ.
	tested := ports.StreamEvent{Index: int(began.UnixMilli()), Event: ports.Event{
		Stream: event.StreamID("webhooks/" + id), Version: 1, Type: testedV1, Time: began,
		Data: fmt.Appendf(nil, `{"webhook":%q}`, id),
	}}
	within, cancel := ctx, func() {}
	if until, limited := ctx.Deadline(); limited {
		within, cancel = context.WithDeadline(ctx, until.Add(-spare))
	}
	defer cancel()
	_, err := r.publisher.Publish(within, []ports.StreamEvent{tested})
	if ctx.Err() != nil {
		return Attempt{}, ctx.Err()
	}
	if errors.Is(err, context.DeadlineExceeded) {
		err = &ports.DeliveryError{Reason: ports.NoAnswer, Cause: "no answer in the time that a request may take"}
	}
	took := r.now().Sub(began)
	a := newAttempt(began, []ports.StreamEvent{tested}, took, err)
	if cause := causeOf(err); cause != "" {
		r.reportCause("a test of a webhook had no answer", cause)
	}
	if a.unanswered() {
		wait(within, a.Duration-took)
	}
	if ctx.Err() != nil {
		return Attempt{}, ctx.Err()
	}
	r.outcomes.add(a)
	return a, nil
}

// wait waits for a time, or until ctx ends.
func wait(ctx context.Context, during time.Duration) {
	timer := time.NewTimer(during)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}
