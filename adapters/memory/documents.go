package memory

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/onhand/onhand/ports"
)

// documents is one instance of a document store in memory. The zero value is that of a new,
// empty store.
type documents[T interface{ Clone() T }] struct {
	once   sync.Once
	kept   *table[T] // nil until the first call
	closed atomic.Bool
}

// table is what all instances of a document store share.
type table[T any] struct {
	mu  sync.Mutex
	all map[string]T
}

func (d *documents[T]) table() *table[T] {
	d.once.Do(func() {
		if d.kept == nil {
			d.kept = &table[T]{all: map[string]T{}}
		}
	})
	return d.kept
}

// use calls f with the table, locked.
func (d *documents[T]) use(ctx context.Context, f func(all map[string]T)) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if d.closed.Load() {
		return fmt.Errorf("%w: closed", ports.ErrUnavailable)
	}
	kept := d.table()
	kept.mu.Lock()
	defer kept.mu.Unlock()
	f(kept.all)
	return nil
}

// put stores a document unless full, which is returned, or another document has its ID.
func (d *documents[T]) put(ctx context.Context, id string, one T, full *ports.LimitError) (err error) {
	unusable := d.use(ctx, func(all map[string]T) {
		if _, known := all[id]; !known && full.Limit > 0 && len(all) >= full.Limit {
			err = full
			return
		}
		all[id] = one.Clone()
	})
	if unusable != nil {
		return unusable
	}
	return err
}

// Remove deletes a document.
func (d *documents[T]) Remove(ctx context.Context, id string) error {
	return d.use(ctx, func(all map[string]T) { delete(all, id) })
}

// list returns up to n of the documents that are wanted, in the order of their IDs.
func (d *documents[T]) list(ctx context.Context, n int, want func(id string, one T) bool) (list []T, err error) {
	err = d.use(ctx, func(all map[string]T) {
		for _, id := range slices.Sorted(maps.Keys(all)) {
			if len(list) >= n {
				return
			}
			if one := all[id]; want(id, one) {
				list = append(list, one.Clone())
			}
		}
	})
	return list, err
}

// Close ends this instance. The others and what they share stay.
func (d *documents[T]) Close() error {
	d.closed.Store(true)
	return nil
}
