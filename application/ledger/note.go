package ledger

import (
	"context"
	"fmt"

	"github.com/onhand/onhand/ports"
)

// Note is a fact for the log that changes no item, reservation or transfer: the
// only event of a stream of its own.
type Note struct {
	Actor     string
	RequestID string
	Event     ports.Event // its time is the ledger's
}

// Note writes a note to the log, durably on return. *ports.ConflictError means
// that its stream has an event already; other errors are those of Execute. If ctx ends
// after it has begun, the error is ports.ErrOutcomeUnknown.
func (l *Ledger) Note(ctx context.Context, note Note) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if err := l.admission.begin(); err != nil {
		return err
	}
	written := make(chan error, 1)
	go func() { //nolint:contextcheck // once begun it does not end with ctx
		defer l.admission.end()
		written <- l.write(note)
	}()
	select {
	case err := <-written:
		return err
	case <-ctx.Done():
		return fmt.Errorf("%w: %w", ports.ErrOutcomeUnknown, ctx.Err())
	}
}

func (l *Ledger) write(note Note) error {
	if err := l.writer.usable(); err != nil {
		return err
	}
	now := l.clock.Now()
	note.Event.Time = now
	commits := []ports.Commit{{
		ID: l.newID(), Time: now, Actor: note.Actor, RequestID: note.RequestID, Events: []ports.Event{note.Event},
	}}
	fates, err := l.writer.append(nil, commits)
	if err != nil {
		return err
	}
	if fates[0].Err != nil {
		return fmt.Errorf("append commit: %w", fates[0].Err)
	}
	l.publish(nil, &commits[0], fates[0], "")
	return nil
}
