package projection

import (
	"context"
	"errors"
	"fmt"

	"github.com/onhand/onhand/application/ledger"
	"github.com/onhand/onhand/domain/deadletter"
	"github.com/onhand/onhand/domain/event"
	"github.com/onhand/onhand/ports"
)

// Sync tries at once what waits for another attempt. It returns when the runner has reached
// the present head of the log and has saved a checkpoint, when it cannot reach the head because
// it is paused or blocked, or when ctx ends. In the last case the runner continues.
func (r *Runner) Sync(ctx context.Context) error {
	s := syncRequest{upto: r.deps.Head(), result: make(chan error, 1)}
	err := r.controls.submit(ctx, request{result: s.result, handle: func() error {
		r.applier.retryNow()
		r.syncs = append(r.syncs, s)
		return errLater
	}})
	if ctx.Err() != nil && errors.Is(err, ctx.Err()) {
		return nil
	}
	return err
}

// Touch notes that Options.Kept has changed although no event was handled. A checkpoint is due.
func (r *Runner) Touch() {
	r.checkpoints.touched.Store(true)
	r.controls.alert()
}

// Pause makes the runner rest until Resume, also after a restart.
func (r *Runner) Pause(ctx context.Context) error { return r.setPaused(ctx, true) }

// Resume lets the runner continue from its position.
func (r *Runner) Resume(ctx context.Context) error { return r.setPaused(ctx, false) }

func (r *Runner) setPaused(ctx context.Context, paused bool) error {
	return r.controls.do(ctx, func() error {
		before := r.state.paused
		r.state.paused = paused
		r.state.changed = r.state.changed || before != paused
		if err := r.saveNow(); err != nil {
			r.state.paused = before // a refused request changes nothing
			return err
		}
		if !paused {
			r.applier.retryNow()
		}
		r.publish()
		return nil
	})
}

// Rebuild makes the runner begin with the first event that it ever wanted, and forget its
// dead letters: it will reach their events again. Readers keep the present target until the
// new one has reached its position.
func (r *Runner) Rebuild(ctx context.Context) error {
	return r.controls.do(ctx, func() error {
		r.checkpoints.wait()
		if err := Forget(r.life.calls, r.deps, r.opts.Name); err != nil {
			return err
		}
		paused := r.state.paused
		r.published.keepUntil(r.state.position)
		r.state.blocked.forget()
		r.applier.restart()
		r.load()
		r.state.paused, r.state.changed = paused, paused
		r.publish()
		return r.saveNow()
	})
}

// Redrive tries the event of a dead letter again, and the later events of its stream. When it
// returns nil the event was handled, durably. *RedriveError means that the target refused the
// event again, ErrNotFound that there is no such dead letter.
func (r *Runner) Redrive(ctx context.Context, id ports.EventID) error {
	return r.controls.do(ctx, func() error {
		for handled := false; !handled; {
			stream, at, err := r.parked(id)
			if err != nil {
				return err
			}
			refusal := r.retrier.retryStream(stream, at)
			broken := r.loadIfBroken()
			if refusal != nil {
				return r.redriveError(id, refusal)
			}
			handled = !broken // a later event may have broken the target, and all that it had handled is lost
		}
		r.publish()
		if err := r.saveNow(); err != nil {
			return err
		}
		r.letters.remove(r.life.calls, id)
		return nil
	})
}

// redriveError returns the error of a redrive.
func (r *Runner) redriveError(id ports.EventID, refusal error) error {
	_, isOpen := errors.AsType[*ports.OpenError](refusal)
	switch {
	case r.life.brokenOff():
		return ErrStopped
	case isOpen, errors.Is(refusal, errUnread):
		return refusal // the event was not tried
	}
	letter, kept, err := r.letters.get(r.life.calls, id)
	if err != nil || !kept {
		return errors.Join(fmt.Errorf("redrive: %w", refusal), err)
	}
	letter.Cause = clip(refusal)
	return &RedriveError{Letter: letter}
}

// parked returns the stream that a dead letter blocks.
func (r *Runner) parked(id ports.EventID) (event.StreamID, *blockedStream, error) {
	if r.state.blocked.expects(id) {
		return "", nil, ErrNotReached
	}
	stream, at := r.state.blocked.find(id)
	if at == nil || !at.Parked || at.discarding {
		return "", nil, ErrNotFound
	}
	return stream, at, nil
}

// By names the client that discards a dead letter.
type By struct {
	Actor     string
	RequestID string
}

// Discard appends to the log the decision that the event of a dead letter is not to be
// handled. The stream continues when the runner reaches that decision.
func (r *Runner) Discard(ctx context.Context, id ports.EventID, by By) error {
	return r.controls.do(ctx, func() error {
		stream, at, err := r.parked(id)
		if err != nil {
			return err
		}
		//nolint:contextcheck // the work does not end with the request
		e, err := readEvent(r.life.calls, r.deps.Log, stream, at.Version)
		if err != nil {
			return err
		}
		fact := deadletter.Deleted{
			Projection: r.opts.Name, Position: e.Position, Index: e.Index, Stream: stream, Version: e.Version, Kind: e.Type,
			Cause: at.Cause, Attempts: at.Attempts, FirstAt: at.FirstAt, LastAt: at.LastAt,
		}
		err = r.deps.Note(ctx, ledger.Note{Actor: by.Actor, RequestID: by.RequestID, Event: ports.Event{
			Stream: deadletter.Stream(r.letters.id(id)), Version: 1, Type: deadletter.DeletedV1, Data: fact.AppendJSON(nil),
		}})
		if _, twice := errors.AsType[*ports.ConflictError](err); twice {
			err = nil // the decision was appended before a crash, and is not reached yet
		}
		if err != nil {
			return fmt.Errorf("discard dead letter: %w", err)
		}
		at.discarding = true
		r.letters.remove(r.life.calls, id) //nolint:contextcheck // as above
		return nil
	})
}
