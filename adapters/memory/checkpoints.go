package memory

import (
	"bytes"
	"context"
	"iter"
	"slices"
	"sync"

	"github.com/onhand/onhand/ports"
)

// keptGenerations is how many generations of a checkpoint there are at most.
const keptGenerations = 3

// CheckpointStore is a ports.CheckpointStore in memory. The zero value is a new, empty store.
type CheckpointStore struct {
	mu  sync.Mutex
	all map[string][]checkpoint // the newest first
}

type checkpoint struct {
	generation int64
	saved
}

var _ ports.CheckpointStore = (*CheckpointStore)(nil)

// Save implements ports.CheckpointStore.
func (s *CheckpointStore) Save(
	ctx context.Context, name string, records iter.Seq2[[]byte, error], _ ports.Pace,
) (int64, error) {
	one := checkpoint{generation: 1}
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
		s.all = map[string][]checkpoint{}
	}
	list := s.all[name]
	if len(list) > 0 {
		one.generation = list[0].generation + 1
	}
	list = append([]checkpoint{one}, list...)
	s.all[name] = list[:min(keptGenerations, len(list))]
	return one.bytes, nil
}

// List implements ports.CheckpointStore.
func (s *CheckpointStore) List(ctx context.Context, name string) ([]ports.CheckpointInfo, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var list []ports.CheckpointInfo
	for _, one := range s.all[name] {
		list = append(list, ports.CheckpointInfo{Generation: one.generation, Bytes: one.bytes})
	}
	return list, ctx.Err()
}

// Records implements ports.CheckpointStore.
func (s *CheckpointStore) Records(ctx context.Context, name string, generation int64) iter.Seq2[[]byte, error] {
	return func(yield func([]byte, error) bool) {
		s.mu.Lock()
		list := s.all[name]
		s.mu.Unlock()
		i := slices.IndexFunc(list, func(one checkpoint) bool { return one.generation == generation })
		if i < 0 {
			yield(nil, ports.ErrNotStored)
			return
		}
		list[i].yield(ctx, yield)
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
