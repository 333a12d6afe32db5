package jsonevents

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/onhand/onhand/ports"
)

// write does what a group commit needs of the disk, unless the breaker refuses it: then
// nothing was attempted. What waits for the committer is not guarded, so there is one
// call for a group, and one more where a segment is rolled.
func (w *committer) write(call func() error) error {
	breaker := w.store.opts.Writes
	if breaker == nil {
		return call()
	}
	err := breaker.Do(context.Background(), func(context.Context) error { return call() })
	if refused(err) {
		return fmt.Errorf("%w: %w", ports.ErrUnavailable, err)
	}
	return err
}

// refused tells whether a breaker or a bulkhead turned a call away.
func refused(err error) bool {
	_, open := errors.AsType[*ports.OpenError](err)
	_, full := errors.AsType[*ports.FullError](err)
	return open || full
}

// reads guards the reading of segments while the store runs. A call is some reads, one
// after the other, from when there is a place for them until they have really ended:
// each by itself would cost as much for the guard as for the read.
type reads struct {
	breaker ports.Breaker  // nil is none
	places  ports.Bulkhead // nil is none
	patient bool           // whoever is turned away comes again
}

func (s *Store) reads() reads { return reads{breaker: s.opts.Reads, places: s.opts.ReadPlaces} }

// tryAgain is how long the patient wait for a place when as many wait as may.
const tryAgain = time.Second

func (g *reads) do(ctx context.Context, call func() error) error {
	for {
		err := g.once(ctx, call)
		if !refused(err) {
			return err
		}
		if !g.patient {
			return fmt.Errorf("%w: %w", ports.ErrUnavailable, err)
		}
		wait := tryAgain
		if open, ok := errors.AsType[*ports.OpenError](err); ok {
			wait = open.RetryAfter
		}
		if err := pause(ctx, wait); err != nil {
			return err
		}
	}
}

func (g *reads) once(ctx context.Context, call func() error) error {
	if g.places != nil {
		if err := g.places.Enter(ctx, false); err != nil {
			return err
		}
		defer g.places.Leave()
	}
	if g.breaker == nil {
		return call()
	}
	var damage error // is no fault of the file system
	err := g.breaker.Do(ctx, func(context.Context) error {
		err := call()
		if _, damaged := errors.AsType[*ports.CorruptError](err); damaged {
			damage = err
			return nil
		}
		return err
	})
	return cmp.Or(err, damage)
}
