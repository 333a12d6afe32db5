package jsondocuments

import (
	"cmp"
	"context"

	"github.com/onhand/onhand/adapters/internal/durablefile"
	"github.com/onhand/onhand/ports"
)

// DefaultDeadLetterLimit is how many dead letters there may be where no other limit is set.
const DefaultDeadLetterLimit = 10_000

// DeadLetters is an exclusive ports.DeadLetterStore in a directory.
type DeadLetters struct {
	*documents[ports.DeadLetter]
}

var _ ports.DeadLetterStore = DeadLetters{}

// OpenDeadLetters opens the letters in a directory, which need not exist, and takes up to limit
// of them (0 is DefaultDeadLetterLimit). Another instance that has
// it open is a ports.ErrInUse, a damaged letter a *ports.CorruptError. A nil disk is the
// machine's file system.
func OpenDeadLetters(dir string, limit int, disk durablefile.Disk) (DeadLetters, error) {
	letters, err := openDocuments(dir, orOS(disk), kind[ports.DeadLetter]{
		table: ports.DeadLettersTable, limit: cmp.Or(limit, DefaultDeadLetterLimit),
		id:     func(l ports.DeadLetter) string { return l.ID },
		clone:  ports.DeadLetter.Clone,
		encode: encodeDeadLetter, decode: decodeDeadLetter,
	})
	return DeadLetters{letters}, err
}

// Get implements ports.DeadLetterStore.
func (s DeadLetters) Get(ctx context.Context, id string) (ports.DeadLetter, bool, error) {
	return s.get(ctx, id)
}

// List implements ports.DeadLetterStore.
func (s DeadLetters) List(ctx context.Context, projection, after string, n int) ([]ports.DeadLetter, error) {
	return s.after(ctx, after, n, of(projection))
}

// Count implements ports.DeadLetterStore.
func (s DeadLetters) Count(ctx context.Context, projection string) (int, error) {
	return s.count(ctx, of(projection))
}

// of wants the letters of a projection; nil, which wants all, for the empty name.
func of(projection string) func(ports.DeadLetter) bool {
	if projection == "" {
		return nil
	}
	return func(l ports.DeadLetter) bool { return l.Projection == projection }
}
