package segment

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/onhand/onhand/ports"
)

// Guard guards the reading of segments while the store runs. One call covers several reads in
// sequence, from the admission until the last read has really ended: a guard around each read
// would cost as much as the read.
type Guard struct {
	Breaker ports.Breaker  // nil for none
	Permits ports.Bulkhead // nil for none
	Patient bool           // a call that is turned away tries again
}

// Refused reports whether a breaker or a bulkhead turned a call away.
func Refused(err error) bool {
	_, open := errors.AsType[*ports.OpenError](err)
	_, full := errors.AsType[*ports.FullError](err)
	return open || full
}

// tryAgain is how long a patient caller waits if the queue for a permit is full.
const tryAgain = time.Second

// Do runs a call. It gives ErrUnavailable if the call was turned away.
func (g *Guard) Do(ctx context.Context, call func() error) error {
	for {
		err := g.once(ctx, call)
		if !Refused(err) {
			return err
		}
		if !g.Patient {
			return fmt.Errorf("%w: %w", ports.ErrUnavailable, err)
		}
		wait := tryAgain
		if open, ok := errors.AsType[*ports.OpenError](err); ok {
			wait = open.RetryAfter
		}
		if err := Pause(ctx, wait); err != nil {
			return err
		}
	}
}

func (g *Guard) once(ctx context.Context, call func() error) error {
	if g.Permits != nil {
		if err := g.Permits.Acquire(ctx, false); err != nil {
			return err
		}
		defer g.Permits.Release()
	}
	if g.Breaker == nil {
		return call()
	}
	var damage error // damage is no fault of the file system
	err := g.Breaker.Do(ctx, func(context.Context) error {
		err := call()
		if _, damaged := errors.AsType[*ports.CorruptError](err); damaged {
			damage = err
			return nil
		}
		return err
	})
	return cmp.Or(err, damage)
}

// Pause waits for some time, or ends with the context's error.
func Pause(ctx context.Context, length time.Duration) error {
	timer := time.NewTimer(length)
	defer timer.Stop()
	select {
	case <-timer.C:
		return ctx.Err() // both may have come at the same time
	case <-ctx.Done():
		return ctx.Err()
	}
}
