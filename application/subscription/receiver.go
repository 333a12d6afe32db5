package subscription

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/onhand/onhand/ports"
)

// receiverGone is why a subscription is disabled whose receiver said so itself.
const receiverGone = "the receiver answered that it is gone (410)"

// receiver is a subscription at work: a ports.Publisher that writes down what becomes
// of each attempt, and takes nothing more once its receiver is gone.
type receiver struct {
	manager *Manager
	to      ports.Publisher
	journal journal

	mu     sync.RWMutex
	now    ports.Subscription // as it is kept
	goneAt time.Time          // when its receiver said that it is gone; zero if it did not
}

var _ ports.Publisher = (*receiver)(nil)

// current is the subscription as it is now. Its slices are shared and never change.
func (r *receiver) current() ports.Subscription {
	r.mu.RLock()
	defer r.mu.RUnlock()
	s := r.now
	if s.Disabled == "" && !r.goneAt.IsZero() {
		s.Disabled, s.DisabledAt = receiverGone, r.goneAt
	}
	return s
}

// gone notes that the receiver wants no more; false if that was known.
func (r *receiver) gone(at time.Time) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	news := r.goneAt.IsZero()
	if news {
		r.goneAt = at
	}
	return news
}

// revive gives a receiver that is gone another chance.
func (r *receiver) revive() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.goneAt = time.Time{}
}

func (r *receiver) change(to ports.Subscription) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.now = to
}

// Publish implements ports.Publisher.
func (r *receiver) Publish(ctx context.Context, events []ports.StreamEvent) (int, error) {
	for i := range events {
		if r.current().Disabled != "" {
			return i, ports.ErrGone
		}
		err := r.hand(ctx, events[i:i+1])
		if errors.Is(err, ports.ErrGone) && r.gone(r.manager.opts.Now().UTC()) {
			r.manager.disableGone(context.WithoutCancel(ctx), r)
		}
		if err != nil {
			return i, err
		}
	}
	return len(events), ctx.Err()
}

// hand makes one attempt to hand over one event.
func (r *receiver) hand(ctx context.Context, one []ports.StreamEvent) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	began := r.manager.opts.Now()
	_, err := r.to.Publish(ctx, one)
	r.journal.add(attempt(began, one[0].ID(), r.manager.opts.Now().Sub(began), err))
	return err
}
