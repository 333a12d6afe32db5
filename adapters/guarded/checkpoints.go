package guarded

import (
	"cmp"
	"context"
	"errors"
	"iter"

	"github.com/onhand/onhand/adapters/internal/durablefile"
	"github.com/onhand/onhand/ports"
)

// StoreFault reports whether an error of a store of files is a fault of its disk. A full
// disk is none: each write finds out at once, and what makes room may be a write.
func StoreFault(err error) bool {
	if durablefile.IsFull(err) || errors.Is(err, ports.ErrNotStored) {
		return false
	}
	_, limited := errors.AsType[*ports.LimitError](err)
	_, damaged := errors.AsType[*ports.CorruptError](err)
	return !limited && !damaged
}

// Checkpoints puts a breaker before a store of checkpoints.
func Checkpoints(store ports.CheckpointStore, breaker ports.Breaker) ports.CheckpointStore {
	return &checkpoints{store: store, breaker: breaker}
}

type checkpoints struct {
	store   ports.CheckpointStore
	breaker ports.Breaker
}

// Save implements ports.CheckpointStore. An error among the records says nothing of the store.
func (c *checkpoints) Save(
	ctx context.Context, name string, records iter.Seq2[[]byte, error], pace ports.Pace,
) (size int64, err error) {
	var theirs, ours error // what went wrong among the records, and altogether
	watched := func(yield func([]byte, error) bool) {
		for record, err := range records {
			if err != nil {
				theirs = err
			}
			if !yield(record, err) {
				return
			}
		}
	}
	err = c.breaker.Do(ctx, func(ctx context.Context) error {
		size, ours = c.store.Save(ctx, name, watched, pace)
		if theirs == nil {
			return ours
		}
		return nil
	})
	return size, cmp.Or(err, ours)
}

// List implements ports.CheckpointStore.
func (c *checkpoints) List(ctx context.Context, name string) (list []ports.CheckpointInfo, err error) {
	err = c.breaker.Do(ctx, func(ctx context.Context) error {
		list, err = c.store.List(ctx, name)
		return err
	})
	return list, err
}

// Records implements ports.CheckpointStore.
func (c *checkpoints) Records(ctx context.Context, name string, generation int64) iter.Seq2[[]byte, error] {
	return func(yield func([]byte, error) bool) {
		ended := false // the caller wants no more, or has the error
		err := c.breaker.Do(ctx, func(ctx context.Context) error {
			for record, err := range c.store.Records(ctx, name, generation) {
				if ended = !yield(record, err) || err != nil; ended {
					return err
				}
			}
			return nil
		})
		if err != nil && !ended {
			yield(nil, err)
		}
	}
}

// Delete implements ports.CheckpointStore.
func (c *checkpoints) Delete(ctx context.Context, name string) error {
	return c.breaker.Do(ctx, func(ctx context.Context) error { return c.store.Delete(ctx, name) })
}
