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
	all map[string]saved
}

var _ ports.CheckpointStore = (*CheckpointStore)(nil)

// Save implements ports.CheckpointStore.
func (s *CheckpointStore) Save(ctx context.Context, name string, records iter.Seq2[[]byte, error], _ ports.Pace) (int64, error) {
	var one saved
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
		s.all = map[string]saved{}
	}
	s.all[name] = one
	return one.bytes, nil
}

// Load implements ports.CheckpointStore.
func (s *CheckpointStore) Load(ctx context.Context, name string, begin func() ports.SnapshotReader, refused func(error)) (bool, error) {
	if err := ctx.Err(); err != nil {
		return false, err
	}
	s.mu.Lock()
	one, found := s.all[name]
	s.mu.Unlock()
	if !found {
		return false, nil
	}
	if err := one.read(begin()); err != nil {
		refused(err)
		return false, nil
	}
	return true, nil
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
