package retrying

import (
	"context"
	"errors"
	"iter"
	"time"

	"github.com/cenkalti/backoff/v5"

	"github.com/onhand/onhand/ports"
)

// longest bounds a pause.
const longest = time.Minute

// Policy says how often to try again, and after which pauses: exponential, with full
// jitter, so that calls that failed together do not come back together. The pause
// before the nth further try is anything from 0 to Base·2ⁿ⁻¹, at most a minute.
// See Brooker, "Exponential Backoff And Jitter", AWS Architecture Blog, 2015.
type Policy struct {
	Base  time.Duration
	Times int // tries after the first
}

// pauses is a random sequence of pauses. The library draws them from an interval
// around its own: from 0 to twice that if the factor is 1.
func (p Policy) pauses() backoff.BackOff {
	return &backoff.ExponentialBackOff{
		InitialInterval: min(p.Base, longest) / 2, RandomizationFactor: 1, Multiplier: 2, MaxInterval: longest / 2,
	}
}

// permanentError is one that another try does not mend, such as one of the caller's.
type permanentError struct{ error }

func (e permanentError) Unwrap() error { return e.error }

// lasting reports whether another try would end as this one did, or must not be made.
func lasting(err error) bool {
	_, permanent := errors.AsType[permanentError](err)
	_, open := errors.AsType[*ports.OpenError](err)
	return permanent || open ||
		errors.Is(err, ports.ErrReadOnly) || // a full disk takes longer than a few tries
		errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded)
}

// do calls save until it succeeds, its error is lasting, the tries are used up, or ctx ends or
// would end in the next pause. The error is the last of save's.
func do[T any](ctx context.Context, p Policy, save func() (T, error)) (T, error) {
	var last error
	within := time.Duration(0) // no limit
	if end, ok := ctx.Deadline(); ok {
		within = max(1, time.Until(end)) //nolint:forbidigo // as the context's own timer
	}
	done, err := backoff.Retry(ctx, func() (T, error) {
		var done T
		if done, last = save(); last != nil && lasting(last) {
			return done, backoff.Permanent(last)
		}
		return done, last
	}, backoff.WithBackOff(p.pauses()), backoff.WithMaxTries(uint(p.Times)+1), backoff.WithMaxElapsedTime(within))
	if err != nil {
		return done, last
	}
	return done, nil
}

// caller marks the errors among records as the caller's own.
func caller(records iter.Seq2[[]byte, error]) iter.Seq2[[]byte, error] {
	return func(yield func([]byte, error) bool) {
		for record, err := range records {
			if err != nil {
				err = permanentError{err}
			}
			if !yield(record, err) {
				return
			}
		}
	}
}
