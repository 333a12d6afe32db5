package projection

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"time"

	"github.com/onhand/onhand/ports"
)

// deadLetters are the dead letters of one projection. They show what the checkpoint says.
type deadLetters struct {
	projection string
	store      ports.DeadLetterStore
	now        func() time.Time
	reports    *reporter
}

func (d *deadLetters) id(event ports.EventID) string { return ports.DeadLetterID(d.projection, event) }

// parkAgain is the pause before another attempt of an event for which the store has no
// room.
const parkAgain = time.Minute

// park makes a dead letter of an event. Without room for it the event is tried again later.
func (d *deadLetters) park(ctx context.Context, e *ports.StreamEvent, at *blockedStream) {
	letter := ports.DeadLetter{
		ID: d.id(e.ID()), Projection: d.projection, Event: *e,
		Cause: at.Cause, Attempts: at.Attempts, FirstAt: at.FirstAt, LastAt: at.LastAt,
	}
	if err := d.store.Put(ctx, letter); err != nil {
		d.reports.fault(cannotPark, err)
		at.Next = d.now().Add(parkAgain)
		return
	}
	d.reports.over(cannotPark)
	if !at.Parked {
		d.reports.parked(letter.ID, errors.New(at.Cause))
	}
	at.Parked, at.Next = true, time.Time{}
}

// remove removes a dead letter that is no longer needed. If that fails, the next start
// removes it.
func (d *deadLetters) remove(ctx context.Context, event ports.EventID) {
	if err := d.store.Remove(ctx, d.id(event)); err != nil {
		d.reports.fault(cannotRemove, err)
		return
	}
	d.reports.over(cannotRemove)
}

func (d *deadLetters) get(ctx context.Context, event ports.EventID) (ports.DeadLetter, bool, error) {
	return d.store.Get(ctx, d.id(event))
}

// all lists the dead letters. Those listed may be removed meanwhile.
func (d *deadLetters) all(ctx context.Context) iter.Seq2[ports.DeadLetter, error] {
	return func(yield func(ports.DeadLetter, error) bool) {
		for after := ""; ; {
			page, err := d.store.List(ctx, d.projection, after, 500)
			if err != nil {
				yield(ports.DeadLetter{}, fmt.Errorf("list dead letters: %w", err))
				return
			}
			if len(page) == 0 {
				return
			}
			for _, letter := range page {
				if !yield(letter, nil) {
					return
				}
				after = letter.ID
			}
		}
	}
}

// Forget deletes all that is kept of a projection without a runner: its checkpoint and
// dead letters.
func Forget(ctx context.Context, deps Dependencies, name string) error {
	if err := deps.Checkpoints.Delete(ctx, name); err != nil {
		return fmt.Errorf("forget checkpoint: %w", err)
	}
	letters := deadLetters{projection: name, store: deps.DeadLetters}
	for letter, err := range letters.all(ctx) {
		if err != nil {
			return err
		}
		if err := deps.DeadLetters.Remove(ctx, letter.ID); err != nil {
			return fmt.Errorf("forget dead letter: %w", err)
		}
	}
	return nil
}
