package memory

import (
	"context"
	"maps"
	"slices"
	"sync"

	"github.com/onhand/onhand/ports"
)

// DeadLetterStore is a ports.DeadLetterStore in memory.
type DeadLetterStore struct {
	Limit int // of letters, 0 for none

	mu  sync.Mutex
	all map[string]ports.DeadLetter
}

var _ ports.DeadLetterStore = (*DeadLetterStore)(nil)

// Put implements ports.DeadLetterStore.
func (s *DeadLetterStore) Put(ctx context.Context, letter ports.DeadLetter) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, known := s.all[letter.ID]; !known && s.Limit > 0 && len(s.all) >= s.Limit {
		return &ports.LimitError{Table: ports.DeadLettersTable, Limit: s.Limit}
	}
	if s.all == nil {
		s.all = map[string]ports.DeadLetter{}
	}
	s.all[letter.ID] = letter.Clone()
	return nil
}

// Remove implements ports.DeadLetterStore.
func (s *DeadLetterStore) Remove(ctx context.Context, id string) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.all, id)
	return nil
}

// Get implements ports.DeadLetterStore.
func (s *DeadLetterStore) Get(_ context.Context, id string) (ports.DeadLetter, bool, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	letter, found := s.all[id]
	return letter.Clone(), found, nil
}

// List implements ports.DeadLetterStore.
func (s *DeadLetterStore) List(_ context.Context, projection, after string, n int) ([]ports.DeadLetter, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var list []ports.DeadLetter
	for _, id := range slices.Sorted(maps.Keys(s.all)) {
		if len(list) >= n {
			break
		}
		if letter := s.all[id]; id > after && (projection == "" || letter.Projection == projection) {
			list = append(list, letter.Clone())
		}
	}
	return list, nil
}

// Count implements ports.DeadLetterStore.
func (s *DeadLetterStore) Count(_ context.Context, projection string) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := 0
	for _, letter := range s.all {
		if projection == "" || letter.Projection == projection {
			n++
		}
	}
	return n, nil
}
