package queryindex

import (
	"context"
	"fmt"
	"sync/atomic"

	"github.com/onhand/onhand/adapters/internal/orderedkv"
	"github.com/onhand/onhand/ports"
)

// Index is a ports.QueryIndex. New makes one.
type Index struct {
	store orderedkv.Store
	state atomic.Pointer[state] // as of the last write
	turn  chan struct{}         // held by the write that is under way
}

// New opens the index in a store, which it owns from now on. It empties a store of another format.
func New(store orderedkv.Store) (*Index, error) {
	x := &Index{store: store, turn: make(chan struct{}, 1)}
	s, err := readState(store)
	if err != nil {
		return nil, unavailable(err)
	}
	if s != nil {
		x.state.Store(s)
		return x, nil
	}
	if err := x.Reset(context.Background()); err != nil {
		return nil, err
	}
	return x, nil
}

// Find implements ports.QueryIndex.
func (x *Index) Find(_ context.Context, kind ports.EntryKind, id string) (ports.ClosedEntry, bool, error) {
	e, found, err := find(x.store, kind, id)
	return e, found, unavailable(err)
}

// List implements ports.QueryIndex.
func (x *Index) List(ctx context.Context, q ports.ClosedQuery) (ports.ClosedPage, error) {
	s := newSearch(x.store, q, x.state.Load().statuses[q.Kind])
	defer s.stop()
	page, err := s.page(ctx)
	if err != nil && ctx.Err() == nil {
		err = unavailable(err)
	}
	return page, err
}

// Mark implements ports.QueryIndex.
func (x *Index) Mark() ports.IndexMark { return x.state.Load().mark() }

// Status implements ports.QueryIndex.
func (x *Index) Status() ports.IndexStatus {
	s := x.store.Status()
	status := ports.IndexStatus{Entries: x.state.Load().Entries, Bytes: s.Bytes}
	switch {
	case s.Damaged != nil:
		status.Detail = orderedkv.ErrDamaged.Error() + ": " + s.Damaged.Error()
	case s.Stalled != nil:
		status.Detail = orderedkv.ErrStalled.Error() + ": " + s.Stalled.Error()
	case s.Waiting:
		status.Detail = "the disk of the index is full: a write waits for space"
	}
	return status
}

// Close implements io.Closer. It closes the store.
func (x *Index) Close() error { return x.store.Close() }

// find returns the entry of an id.
func find(store orderedkv.Store, kind ports.EntryKind, id string) (ports.ClosedEntry, bool, error) {
	record, found, err := store.Get(recordName(kind, id))
	if err != nil || !found {
		return ports.ClosedEntry{}, false, err
	}
	e, err := decode(kind, id, record)
	return e, err == nil, err
}

// unavailable turns an error of the store into one of the port.
func unavailable(err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%w: %w", ports.ErrUnavailable, err)
}
