package projection

import (
	"context"
	"errors"
	"iter"

	"github.com/onhand/onhand/domain/event"
	"github.com/onhand/onhand/ports"
)

// Target receives the events that a runner reads from the log.
type Target interface {
	// Handle handles events in their order and returns the number of leading events
	// that it has handled. After all of them the target is at position upto.
	// Otherwise err is the reason why the next event was not handled, and that event
	// has changed nothing. ports.ErrGone means that the receiver wants no more
	// events; *ports.OpenError that a breaker refused the call, and when to try
	// again. Handle honours ctx.
	Handle(ctx context.Context, events []ports.StreamEvent, upto event.Position) (int, error)

	// Snapshot returns the state that the target has built, as records. Each is a JSON
	// object with at least one member. Later events do not change the records, and
	// Handle need not wait until they are read.
	Snapshot() iter.Seq[[]byte]

	// Restore reads the records of Snapshot into a new target. Each record stays
	// valid. Restore returns the error among the records, or its own if something is
	// wrong or missing.
	Restore(records iter.Seq2[[]byte, error]) error
}

// Publish returns a constructor of targets that hand events to a publisher. Such a
// target builds no state.
func Publish(to ports.Publisher) func() Target {
	return func() Target { return publishing{to} }
}

type publishing struct{ to ports.Publisher }

func (p publishing) Handle(ctx context.Context, events []ports.StreamEvent, _ event.Position) (int, error) {
	if len(events) == 0 {
		return 0, nil
	}
	return p.to.Publish(ctx, events)
}

func (publishing) Snapshot() iter.Seq[[]byte] { return func(func([]byte) bool) {} }

func (publishing) Restore(records iter.Seq2[[]byte, error]) error {
	for _, err := range records {
		if err != nil {
			return err
		}
		return errors.New("a publisher builds nothing")
	}
	return nil
}
