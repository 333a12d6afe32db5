package jsondeadletters

import (
	"context"

	"github.com/onhand/onhand/adapters/internal/documents"
	"github.com/onhand/onhand/adapters/internal/durablefile"
	"github.com/onhand/onhand/ports"
)

// DefaultLimit is how many letters there may be where nothing else is said.
const DefaultLimit = 10_000

// Store keeps dead letters in a directory. It is a ports.DeadLetterStore.
type Store struct {
	letters *documents.Drawer[ports.DeadLetter]
}

var _ ports.DeadLetterStore = (*Store)(nil)

// Open opens the letters in a directory, which need not exist, and takes up to limit
// of them (0 is DefaultLimit). A damaged letter is a *ports.CorruptError. The disk is
// the machine's file system if it is nil.
func Open(dir string, limit int, disk durablefile.Disk) (*Store, error) {
	if disk == nil {
		disk = durablefile.OS{}
	}
	if limit == 0 {
		limit = DefaultLimit
	}
	letters, err := documents.Open(dir, disk, documents.Kind[ports.DeadLetter]{
		Table: ports.DeadLettersTable, Limit: limit,
		ID:     func(l ports.DeadLetter) string { return l.ID },
		Clone:  ports.DeadLetter.Clone,
		Encode: encode, Decode: decode,
	})
	if err != nil {
		return nil, err
	}
	return &Store{letters: letters}, nil
}

// Put implements ports.DeadLetterStore.
func (s *Store) Put(ctx context.Context, letter ports.DeadLetter) error {
	return s.letters.Put(ctx, letter)
}

// Remove implements ports.DeadLetterStore.
func (s *Store) Remove(ctx context.Context, id string) error { return s.letters.Remove(ctx, id) }

// Get implements ports.DeadLetterStore.
func (s *Store) Get(_ context.Context, id string) (ports.DeadLetter, bool, error) {
	letter, found := s.letters.Get(id)
	return letter, found, nil
}

// List implements ports.DeadLetterStore.
func (s *Store) List(_ context.Context, projection, after string, n int) ([]ports.DeadLetter, error) {
	return s.letters.Behind(after, n, of(projection)), nil
}

// Count implements ports.DeadLetterStore.
func (s *Store) Count(_ context.Context, projection string) (int, error) {
	return s.letters.Count(of(projection)), nil
}

// of wants the letters of a projection; nil, which is all, where it is empty.
func of(projection string) func(ports.DeadLetter) bool {
	if projection == "" {
		return nil
	}
	return func(l ports.DeadLetter) bool { return l.Projection == projection }
}
