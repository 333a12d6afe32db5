package bulkhead

import (
	"context"
	"errors"

	"github.com/onhand/onhand/ports"
)

// Publisher puts a share before a receiver: each delivery needs a permit, which the service holds
// until the receiver's publisher has returned. So a receiver that answers slowly takes part in the
// queue for common permits again after each delivery.
func Publisher(to ports.Publisher, share *Share) ports.Publisher {
	return &publisher{to: to, share: share}
}

type publisher struct {
	to    ports.Publisher
	share *Share
}

// Publish implements ports.Publisher.
func (p *publisher) Publish(ctx context.Context, events []ports.StreamEvent) (int, error) {
	if len(events) == 0 {
		return 0, nil
	}
	if err := p.share.Acquire(ctx); err != nil {
		return 0, err
	}
	defer p.share.Release()
	n, err := p.to.Publish(ctx, events)
	refusal, refused := errors.AsType[*ports.DeliveryError](err)
	if err == nil || refused {
		p.share.ended(!refused || !refusal.TimedOut)
	}
	return n, err
}
