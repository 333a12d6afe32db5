package subscription

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/onhand/onhand/domain/event"
	"github.com/onhand/onhand/ports"
)

// testedV1 is the type of the event that a test sends. No log holds it.
const testedV1 event.Type = "webhook.tested.v1"

// spare is what a test leaves of the time for its request, to answer it.
const spare = 500 * time.Millisecond

// Test sends an event now, once, also to a subscription that is disabled, and says what
// became of it. It does not disable one whose receiver is gone.
func (m *Manager) Test(ctx context.Context, id string) (Attempt, error) {
	r, err := m.find(id)
	if err != nil {
		return Attempt{}, err
	}
	began := m.opts.Now().UTC()
	// There is no commit with position 0, so the ID is no other event's; the time
	// tells tests apart.
	tested := ports.StreamEvent{Index: int(began.UnixMilli()), Event: ports.Event{
		Stream: event.StreamID("webhooks/" + id), Version: 1, Type: testedV1, Time: began, Data: fmt.Appendf(nil, `{"webhook":%q}`, id),
	}}
	within, cancel := ctx, func() {}
	if until, limited := ctx.Deadline(); limited {
		within, cancel = context.WithDeadline(ctx, until.Add(-spare))
	}
	defer cancel()
	_, err = r.to.Publish(within, []ports.StreamEvent{tested})
	if ctx.Err() != nil {
		return Attempt{}, ctx.Err()
	}
	if errors.Is(err, context.DeadlineExceeded) {
		err = &ports.DeliveryError{Reason: "no answer in the time that a request may take"}
	}
	a := attempt(began, tested.ID(), m.opts.Now().Sub(began), err)
	r.journal.add(a)
	return a, nil
}
