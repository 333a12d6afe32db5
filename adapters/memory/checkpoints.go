package memory

import (
	"bytes"
	"context"
	"iter"
	"sync"

	"github.com/onhand/onhand/ports"
)

// CheckpointStore is a ports.CheckpointStore in memory. It keeps no spares.
type CheckpointStore struct {
	mu  sync.Mutex
	all map[string]checkpoint
}

type checkpoint struct {
	generation int64
	saved
}

var _ ports.CheckpointStore = (*CheckpointStore)(nil)

// Save implements ports.CheckpointStore.
func (s *CheckpointStore) Save(ctx context.Context, name string, records iter.Seq2[[]byte, error], _ ports.Pace) (int64, error) {
	var one checkpoint
	for record, err := range records {
		if err == nil {
			err = ctx.Err()
		}
		if err != nil {
			return 0, err
		}
		one.records = append(one.records, bytes.Clone(record))
		one.bytes += int64(len(record))
	}
	if err := ctx.Err(); err != nil {
		return 0, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.all == nil {
		s.all = map[string]checkpoint{}
	}
	one.generation = s.all[name].generation + 1
	s.all[name] = one
	return one.bytes, nil
}

// List implements ports.CheckpointStore.
func (s *CheckpointStore) List(ctx context.Context, name string) ([]ports.CheckpointInfo, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	one, found := s.all[name]
	if !found {
		return nil, ctx.Err()
	}
	return []ports.CheckpointInfo{{Generation: one.generation, Bytes: one.bytes}}, ctx.Err()
}

// Records implements ports.CheckpointStore.
func (s *CheckpointStore) Records(ctx context.Context, name string, generation int64) iter.Seq2[[]byte, error] {
	return func(yield func([]byte, error) bool) {
		s.mu.Lock()
		one, found := s.all[name]
		s.mu.Unlock()
		if !found || one.generation != generation {
			yield(nil, ports.ErrNotStored)
			return
		}
		one.yield(ctx, yield)
	}
}

// Delete implements ports.CheckpointStore.
func (s *CheckpointStore) Delete(ctx context.Context, name string) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.all, name)
	return nil
}
