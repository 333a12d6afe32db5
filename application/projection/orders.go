package projection

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/onhand/onhand/application/ledger"
	"github.com/onhand/onhand/domain/deadletter"
	"github.com/onhand/onhand/domain/event"
	"github.com/onhand/onhand/ports"
)

// order is something that a runner is asked to do between two batches.
type order struct {
	do   func() error
	done chan error // of capacity 1
}

// syncing is somebody who waits until a runner has come to a position.
type syncing struct {
	upto event.Position
	done chan error
}

// ask has something done in the runner's goroutine and returns what came of it.
func (r *Runner) ask(ctx context.Context, do func() error) error {
	done := make(chan error, 1)
	return r.await(ctx, order{do: do, done: done})
}

func (r *Runner) await(ctx context.Context, o order) error {
	r.mu.Lock()
	r.orders = append(r.orders, o)
	r.mu.Unlock()
	select {
	case r.wake <- struct{}{}:
	default:
	}
	select {
	case err := <-o.done:
		return err
	case <-ctx.Done():
		if r.withdraw(o) {
			return fmt.Errorf("wait for projection %s: %w", r.opts.Name, ctx.Err())
		}
		return fmt.Errorf("%w: %s: %w", ErrUnderWay, r.opts.Name, ctx.Err())
	case <-r.done:
	}
	select {
	case err := <-o.done:
		return err
	default:
		return ErrStopped
	}
}

// withdraw takes back an order that was not begun.
func (r *Runner) withdraw(o order) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	before := len(r.orders)
	r.orders = slices.DeleteFunc(r.orders, func(other order) bool { return other.done == o.done })
	return len(r.orders) < before
}

// obey does what was asked for.
func (r *Runner) obey() {
	select {
	case <-r.wake:
	default:
	}
	for _, o := range r.takeOrders() {
		if err := o.do(); !errors.Is(err, errLater) {
			o.done <- err
		}
	}
}

func (r *Runner) takeOrders() []order {
	r.mu.Lock()
	defer r.mu.Unlock()
	orders := r.orders
	r.orders = nil
	return orders
}

func (r *Runner) refuseOrders() {
	for _, o := range r.takeOrders() {
		o.done <- ErrStopped
	}
	for _, s := range r.syncs {
		s.done <- ErrStopped
	}
}

// errLater says that an order is answered later.
var errLater = errors.New("later")

// Sync lets everything be tried again now that waits to be, and returns when the runner
// has come to where the log ends now and its checkpoint is saved, or when it cannot
// come there because it is paused or waits, or when ctx ends; it then goes on.
func (r *Runner) Sync(ctx context.Context) error {
	upto := r.world.Head()
	o := order{done: make(chan error, 1)}
	o.do = func() error {
		r.hurry()
		r.syncs = append(r.syncs, syncing{upto: upto, done: o.done})
		return errLater
	}
	err := r.await(ctx, o)
	if ctx.Err() != nil && errors.Is(err, ctx.Err()) {
		return nil
	}
	return err
}

// answerSyncs answers who waits for what has been reached, or cannot be.
func (r *Runner) answerSyncs() {
	var left []syncing
	for _, s := range r.syncs {
		if r.Position < s.upto && !r.Paused && !r.waits() {
			left = append(left, s)
			continue
		}
		s.done <- r.saveNow()
	}
	r.syncs = left
}

// Pause lets the runner rest, also after a restart, until Resume.
func (r *Runner) Pause(ctx context.Context) error { return r.setPaused(ctx, true) }

// Resume lets the runner go on where it was.
func (r *Runner) Resume(ctx context.Context) error { return r.setPaused(ctx, false) }

func (r *Runner) setPaused(ctx context.Context, paused bool) error {
	return r.ask(ctx, func() error {
		before := r.Paused
		r.save.changed = r.save.changed || before != paused
		r.Paused = paused
		if err := r.saveNow(); err != nil {
			r.Paused = before // what is refused changes nothing
			return err
		}
		if !paused {
			r.hurry()
		}
		r.show()
		return nil
	})
}

// Rebuild lets the runner begin anew with the first event that it ever wanted, and
// forget its dead letters: it comes to their events again. Readers keep what was
// built before until the new one has come as far.
func (r *Runner) Rebuild(ctx context.Context) error {
	return r.ask(ctx, func() error {
		r.endSave()
		if err := Forget(r.hard, r.world, r.opts.Name); err != nil {
			return err
		}
		paused := r.Paused
		clear(r.known)
		r.single, r.stall = 0, stall{}
		r.mu.Lock()
		r.seen.floor = max(r.seen.floor, r.Position)
		r.mu.Unlock()
		r.untilLoaded()
		r.Paused, r.save.changed = paused, paused
		r.show()
		return r.saveNow()
	})
}

// Forget forgets what is kept of a projection that nobody runs: its checkpoint and dead
// letters.
func Forget(ctx context.Context, world Dependencies, name string) error {
	if err := world.Checkpoints.Delete(ctx, name); err != nil {
		return fmt.Errorf("forget checkpoint: %w", err)
	}
	for {
		page, err := world.DeadLetters.List(ctx, name, "", 500)
		if err != nil {
			return fmt.Errorf("list dead letters: %w", err)
		}
		if len(page) == 0 {
			return nil
		}
		for _, letter := range page {
			if err := world.DeadLetters.Remove(ctx, letter.ID); err != nil {
				return fmt.Errorf("forget dead letter: %w", err)
			}
		}
	}
}

// Redrive tries a dead letter's event again, and those of its stream behind it. When it
// returns nil, that it has been handled is durable. *RedriveError says that it could
// not be handled this time either, ErrNotFound that there is no such letter.
func (r *Runner) Redrive(ctx context.Context, id ports.EventID) error {
	return r.ask(ctx, func() error { //nolint:contextcheck // what is begun does not end with who asked for it
		for before := -1; before != r.loads; { // a target that was let go takes with it what it had done
			before = r.loads
			stream, at, err := r.letter(id)
			if err != nil {
				return err
			}
			if cause := r.retry(stream, at); cause != nil {
				return r.refusal(id, cause)
			}
		}
		r.show()
		if err := r.saveNow(); err != nil {
			return err
		}
		r.removeLetter(id)
		return nil
	})
}

// refusal is why a redrive failed.
func (r *Runner) refusal(id ports.EventID, cause error) error {
	switch {
	case r.hard.Err() != nil:
		return ErrStopped
	case errors.Is(cause, errUnread):
		return cause // the event was not tried
	}
	if _, untried := errors.AsType[*ports.OpenError](cause); untried {
		return cause
	}
	letter, kept, err := r.world.DeadLetters.Get(r.hard, ports.DeadLetterID(r.opts.Name, id))
	if err != nil || !kept {
		return errors.Join(fmt.Errorf("redrive: %w", cause), err)
	}
	letter.Cause = clip(cause)
	return &RedriveError{Letter: letter}
}

// letter finds the stream that stands still because of a dead letter.
func (r *Runner) letter(id ports.EventID) (event.StreamID, *still, error) {
	for _, at := range r.known {
		if at.id() == id {
			return "", nil, ErrNotReached
		}
	}
	stream, at := r.find(id)
	if at == nil || !at.Parked || at.givenUp {
		return "", nil, ErrNotFound
	}
	return stream, at, nil
}

// By is who gives up a dead letter.
type By struct {
	Actor     string
	RequestID string
}

// Discard writes to the log that a dead letter's event is not to be handled. The
// stream goes on behind it when the runner comes to that.
func (r *Runner) Discard(ctx context.Context, id ports.EventID, by By) error {
	return r.ask(ctx, func() error {
		stream, at, err := r.letter(id)
		if err != nil {
			return err
		}
		e, err := r.readEvent(r.hard, stream, at.Version) //nolint:contextcheck // the runner's own time, not the asker's
		if err != nil {
			return err
		}
		name := ports.DeadLetterID(r.opts.Name, id)
		fact := deadletter.Deleted{
			Projection: r.opts.Name, Position: e.Position, Index: e.Index, Stream: stream, Version: e.Version, Kind: e.Type,
			Cause: at.Cause, Attempts: at.Attempts, FirstAt: at.FirstAt, LastAt: at.LastAt,
		}
		err = r.world.Note(ctx, ledger.Note{Actor: by.Actor, RequestID: by.RequestID, Event: ports.Event{
			Stream: deadletter.Stream(name), Version: 1, Type: deadletter.DeletedV1, Data: fact.AppendJSON(nil),
		}})
		if _, twice := errors.AsType[*ports.ConflictError](err); twice {
			err = nil // it was given up before a crash, and is not come to yet
		}
		if err != nil {
			return fmt.Errorf("give up dead letter: %w", err)
		}
		at.givenUp = true
		r.removeLetter(id)
		return nil
	})
}
