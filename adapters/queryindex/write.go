package queryindex

import (
	"context"
	"fmt"

	"github.com/onhand/onhand/adapters/internal/orderedkv"
	"github.com/onhand/onhand/ports"
)

// Put implements ports.QueryIndex.
func (x *Index) Put(ctx context.Context, entries []ports.ClosedEntry, mark ports.IndexMark) error {
	for i := range entries {
		if err := check(&entries[i]); err != nil {
			return fmt.Errorf("put %s %q into the index: %w", entries[i].Kind, entries[i].ID, err)
		}
	}
	return x.write(ctx, func(b *orderedkv.Batch) (*state, error) {
		next := x.state.Load().moved(mark)
		w := writer{Index: x, batch: b, next: next, put: make(map[name]*ports.ClosedEntry, len(entries))}
		for i := range entries {
			if err := ctx.Err(); err != nil {
				return nil, err
			}
			if err := w.add(&entries[i]); err != nil {
				return nil, unavailable(err)
			}
		}
		return next, nil
	})
}

// Reset implements ports.QueryIndex.
func (x *Index) Reset(ctx context.Context) error {
	return x.write(ctx, func(b *orderedkv.Batch) (*state, error) {
		b.DeleteRange([]byte{keyBound}, []byte{keyEnd})
		return emptyState(), nil
	})
}

// write makes the changes durable that a function prepares together with the state after them.
// Writes take turns. A write that waits for the disk ends its turn even if its caller has left.
func (x *Index) write(ctx context.Context, prepare func(*orderedkv.Batch) (*state, error)) error {
	select {
	case x.turn <- struct{}{}:
	case <-ctx.Done():
		return ctx.Err()
	}
	batch := &orderedkv.Batch{}
	next, err := prepare(batch)
	if err == nil {
		err = next.put(batch)
	}
	if err != nil {
		<-x.turn
		return err
	}
	written := make(chan error, 1)
	go func() {
		err := x.store.Write(batch)
		if err == nil {
			x.state.Store(next)
		}
		<-x.turn
		written <- unavailable(err)
	}()
	select {
	case err := <-written:
		return err
	case <-ctx.Done():
		return ctx.Err()
	}
}

// writer prepares the batch of one Put.
type writer struct {
	*Index
	batch *orderedkv.Batch
	next  *state
	put   map[name]*ports.ClosedEntry // what the batch has
}

type name struct {
	kind ports.EntryKind
	id   string
}

// add adds an entry to the batch unless the index, or the batch, has its version or a higher one.
func (w *writer) add(e *ports.ClosedEntry) error {
	old, found := w.put[name{e.Kind, e.ID}]
	if !found {
		stored, inStore, err := find(w.store, e.Kind, e.ID)
		if err != nil {
			return err
		}
		old, found = &stored, inStore
	}
	if found && old.Version >= e.Version {
		return nil
	}
	if found {
		orderPairs(old, func(key, _ []byte) { w.batch.Delete(key) })
	} else {
		w.next.Entries++
	}
	w.batch.Put(recordName(e.Kind, e.ID), encode(e))
	orderPairs(e, w.batch.Put)
	w.next.know(w.batch, e.Kind, e.Status)
	w.put[name{e.Kind, e.ID}] = e
	return nil
}
