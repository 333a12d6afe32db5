package ledger

import (
	"context"
	"fmt"
	"slices"

	"github.com/onhand/onhand/ports"
)

// Execute runs one command. Without an error the outcome is durable. A refusal
// is whatever the request's Decide returned; it changed nothing and stands on
// durable state. Other errors are those of this package, of ports.EventStore's Append and
// CatchUp and of ports.Leases' Acquire. If ctx ends before the command is decided, ctx's
// error is returned and the command is not run; if it ends later, the error is
// ports.ErrOutcomeUnknown. Where the store has lost an outcome, Execute waits until it is
// known, and decides the command again if it was not written.
func (l *Ledger) Execute(ctx context.Context, request Request) (Outcome, error) {
	if err := ctx.Err(); err != nil {
		return Outcome{}, err
	}
	set, err := l.keySet(ctx, request.Keys)
	if err != nil {
		return Outcome{}, err
	}
	p := newPending(request, set, l.admission)
	if err := l.admission.begin(); err != nil {
		return Outcome{}, err
	}
	if err := l.queues.enqueue(p); err != nil {
		p.drop()
		return Outcome{}, err
	}
	select {
	case <-p.done:
		return p.outcome, p.err
	case <-ctx.Done():
	}
	if p.withdraw() {
		return Outcome{}, ctx.Err()
	}
	select {
	case <-p.done: // both were ready
		return p.outcome, p.err
	default:
		return Outcome{}, fmt.Errorf("%w: %w", ports.ErrOutcomeUnknown, ctx.Err())
	}
}

// keySet makes the key set of a request, as things are now. One that is larger than any
// commit can be is refused before it is queued.
func (l *Ledger) keySet(ctx context.Context, k Keys) (keySet, error) {
	if k.Lines {
		var err error
		if k, err = l.withLines(ctx, k); err != nil {
			return keySet{}, err
		}
	}
	set := newKeySet(k)
	if n := len(set.streams); n > l.limits.Events {
		return keySet{}, &ports.TooLargeError{What: "streams", Size: n, Limit: l.limits.Events}
	}
	return set, nil
}

// withLines adds the items of the lines of a request's reservations and transfers.
func (l *Ledger) withLines(ctx context.Context, k Keys) (Keys, error) {
	k.Items = slices.Clone(k.Items) // the request keeps its own
	for _, id := range k.Reservations {
		r, err := l.state.Reservations().Find(ctx, l.store, id)
		if err != nil {
			return k, err
		}
		if r != nil {
			k.Items = reservedItems(k.Items, r)
		}
	}
	for _, id := range k.Transfers {
		t, err := l.state.Transfers().Find(ctx, l.store, id)
		if err != nil {
			return k, err
		}
		if t != nil {
			k.Items = movedItems(k.Items, t)
		}
	}
	return k, nil
}
