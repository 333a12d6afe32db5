package guarded

import (
	"cmp"
	"context"
	"errors"
	"iter"

	"github.com/onhand/onhand/adapters/internal/durablefile"
	"github.com/onhand/onhand/ports"
)

// StoreFault tells whether an error of a store of files is a fault of its disk. A full
// disk is none: each write finds out at once, and what makes room may be a write.
func StoreFault(err error) bool {
	if durablefile.IsFull(err) {
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
func (c *checkpoints) Save(ctx context.Context, name string, records iter.Seq2[[]byte, error], pace ports.Pace) (size int64, err error) {
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

// Load implements ports.CheckpointStore.
func (c *checkpoints) Load(ctx context.Context, name string, begin func() ports.SnapshotReader, refused func(why error)) (found bool, err error) {
	err = c.breaker.Do(ctx, func(ctx context.Context) error {
		found, err = c.store.Load(ctx, name, begin, refused)
		return err
	})
	return found, err
}

// Delete implements ports.CheckpointStore.
func (c *checkpoints) Delete(ctx context.Context, name string) error {
	return c.breaker.Do(ctx, func(ctx context.Context) error { return c.store.Delete(ctx, name) })
}
