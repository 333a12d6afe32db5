package memory

import (
	"context"

	"github.com/onhand/onhand/ports"
)

// DeadLetterStore is a ports.DeadLetterStore in memory. The zero value is a new, empty store.
type DeadLetterStore struct {
	Limit int // of letters, 0 for none

	documents[ports.DeadLetter]
}

var _ ports.DeadLetterStore = (*DeadLetterStore)(nil)

// Another returns one more instance on the same store.
func (s *DeadLetterStore) Another() *DeadLetterStore {
	return &DeadLetterStore{Limit: s.Limit, documents: documents[ports.DeadLetter]{kept: s.table()}}
}

// Put implements ports.DeadLetterStore.
func (s *DeadLetterStore) Put(ctx context.Context, letter ports.DeadLetter) error {
	return s.put(ctx, letter.ID, letter, &ports.LimitError{Table: ports.DeadLettersTable, Limit: s.Limit})
}

// Get implements ports.DeadLetterStore.
func (s *DeadLetterStore) Get(ctx context.Context, id string) (letter ports.DeadLetter, found bool, err error) {
	err = s.use(ctx, func(all map[string]ports.DeadLetter) {
		letter, found = all[id]
		letter = letter.Clone()
	})
	return letter, found, err
}

// List implements ports.DeadLetterStore.
func (s *DeadLetterStore) List(ctx context.Context, projection, after string, n int) ([]ports.DeadLetter, error) {
	return s.list(ctx, n, func(id string, l ports.DeadLetter) bool {
		return id > after && (projection == "" || l.Projection == projection)
	})
}

// Count implements ports.DeadLetterStore.
func (s *DeadLetterStore) Count(ctx context.Context, projection string) (n int, err error) {
	err = s.use(ctx, func(all map[string]ports.DeadLetter) {
		for _, letter := range all {
			if projection == "" || letter.Projection == projection {
				n++
			}
		}
	})
	return n, err
}
