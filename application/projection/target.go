package projection

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"math/rand/v2"
	"time"

	"github.com/onhand/onhand/domain/event"
	"github.com/onhand/onhand/ports"
)

// Target is what a runner brings events to.
type Target interface {
	// Handle handles events in their order and returns how many of the first it has
	// handled. With all of them it stands at upto. Otherwise err says why the next
	// one was not, and that one has changed nothing; ports.ErrGone means that
	// nothing more is wanted, *ports.OpenError that a breaker let nothing be tried:
	// to be tried again when that says. It keeps to the context.
	Handle(ctx context.Context, events []ports.StreamEvent, upto event.Position) (int, error)

	// Snapshot gives what has been built, as records, each a JSON object that is
	// not empty.
	// Later events do not change them, and Handle need not wait until they are
	// read.
	Snapshot() iter.Seq[[]byte]

	// Restore takes what Snapshot gave into a target that is new. It returns the error
	// among the records, or says what is wrong with them. Each record stays valid.
	Restore(records iter.Seq2[[]byte, error]) error
}

// Retry says how long an event that could not be handled waits after so many
// attempts, one or more; false after the last, when it is a dead letter.
type Retry func(attempts int) (time.Duration, bool)

// After makes a Retry of the delays in turn, each made up to half as long again by
// random.
func After(delays ...time.Duration) Retry {
	return func(attempts int) (time.Duration, bool) {
		if attempts > len(delays) {
			return 0, false
		}
		d := delays[attempts-1]
		return d + rand.N(d/2+1), true //nolint:gosec // spreads load, hides nothing
	}
}

// What may come of an order to a runner.
var (
	// ErrNotFound means that there is no such dead letter, or no longer.
	ErrNotFound = errors.New("no such dead letter")
	// ErrUnknownProjection means that no projection has the name.
	ErrUnknownProjection = errors.New("no such projection")
	// ErrNotReached means that the projection, begun anew, has not come to the event again.
	ErrNotReached = errors.New("the projection has not come to that event again yet")
	// ErrUnderWay means that nobody waited long enough to hear what came of it; it is
	// done all the same.
	ErrUnderWay = errors.New("the projection is still about it")
	// ErrStopped means that the runner has ended.
	ErrStopped = errors.New("the projection has stopped")
)

// RedriveError means that an event could not be handled this time either. Its dead
// letter stays.
type RedriveError struct {
	Letter ports.DeadLetter
}

func (e *RedriveError) Error() string {
	return fmt.Sprintf("tried %d times, last: %s", e.Letter.Attempts, e.Letter.Cause)
}

// Publish makes a target of a publisher: it builds nothing here.
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
