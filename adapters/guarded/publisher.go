package guarded

import (
	"context"
	"errors"

	"github.com/onhand/onhand/ports"
)

// DeliveryFault reports whether a receiver does not work: it did not answer, or with a
// fault of its own. That it does not want an event, or none any more, is no fault.
func DeliveryFault(err error) bool {
	refusal, ok := errors.AsType[*ports.DeliveryError](err)
	return ok && (refusal.Status == 0 || refusal.Status >= 500)
}

// DeliveryHung reports whether a receiver did not answer in the whole time of an attempt.
func DeliveryHung(err error) bool {
	refusal, ok := errors.AsType[*ports.DeliveryError](err)
	return ok && refusal.TimedOut
}

// Publisher puts a breaker before a receiver.
func Publisher(to ports.Publisher, breaker ports.Breaker) ports.Publisher {
	return &publisher{to: to, breaker: breaker}
}

type publisher struct {
	to      ports.Publisher
	breaker ports.Breaker
}

// Publish implements ports.Publisher. Nothing of nothing is no call.
func (p *publisher) Publish(ctx context.Context, events []ports.StreamEvent) (taken int, err error) {
	if len(events) == 0 {
		return p.to.Publish(ctx, events)
	}
	err = p.breaker.Do(ctx, func(ctx context.Context) error {
		taken, err = p.to.Publish(ctx, events)
		return err
	})
	return taken, err
}
