package subscription

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/onhand/onhand/ports"
)

// receiver is a subscription in use. As a ports.Publisher it records each attempt, and sends
// nothing after the receiver has said that it is gone.
type receiver struct {
	publisher ports.Publisher
	now       func() time.Time
	onGone    func(context.Context, *receiver) // is called when the receiver says that it is gone
	report    ports.Reporter
	outcomes  outcomeLog

	mu     sync.RWMutex
	stored ports.Subscription
	goneAt time.Time // zero if the receiver has not said that it is gone
	cause  string    // why the latest attempt had no answer; empty if it had one
}

var _ ports.Publisher = (*receiver)(nil)

// current returns the present subscription. Its slices are shared and never change.
func (r *receiver) current() ports.Subscription {
	r.mu.RLock()
	defer r.mu.RUnlock()
	s := r.stored
	if s.Disabled == "" && !r.goneAt.IsZero() {
		s.Disabled, s.DisabledAt = receiverGone, r.goneAt
	}
	return s
}

func (r *receiver) webhook() Webhook { return newWebhook(r.current(), r.outcomes.all(), r.now()) }

// change replaces the subscription after it was stored.
func (r *receiver) change(to ports.Subscription) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.stored = to
}

// markGone notes that the receiver is gone. It returns false if that was known.
func (r *receiver) markGone(at time.Time) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if !r.goneAt.IsZero() {
		return false
	}
	r.goneAt = at
	return true
}

// revive sends again to a receiver that is gone.
func (r *receiver) revive() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.goneAt = time.Time{}
}

// Publish implements ports.Publisher.
func (r *receiver) Publish(ctx context.Context, events []ports.StreamEvent) (int, error) {
	size := 1 // of a delivery
	if r.current().Batch.MaxEvents > 0 {
		size = max(1, len(events))
	}
	for i := 0; i < len(events); i += size {
		if r.current().Disabled != "" {
			return i, ports.ErrGone
		}
		err := r.attempt(ctx, events[i:i+size])
		if errors.Is(err, ports.ErrGone) && r.markGone(r.now().UTC()) {
			r.onGone(context.WithoutCancel(ctx), r)
		}
		if err != nil {
			return i, err
		}
	}
	return len(events), ctx.Err()
}

// attempt sends events once, all of them in one delivery.
func (r *receiver) attempt(ctx context.Context, events []ports.StreamEvent) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	began := r.now()
	_, err := r.publisher.Publish(ctx, events)
	r.outcomes.add(newAttempt(began, events, r.now().Sub(began), err))
	if cause := causeOf(err); r.becomes(cause) && cause != "" {
		r.reportCause("a receiver gives no answer", cause)
	}
	return err
}

// becomes notes why there is no answer, and reports whether that is news.
func (r *receiver) becomes(cause string) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	news := r.cause != cause
	r.cause = cause
	return news
}

// reportCause tells the service's own log what clients do not learn.
func (r *receiver) reportCause(message, cause string) {
	r.report(ports.Incident{
		Component: component, Message: message, Detail: r.current().ID, Err: errors.New(cause),
	})
}
