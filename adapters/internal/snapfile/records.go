package snapfile

import (
	"bytes"
	"errors"
	"fmt"
	"iter"

	"github.com/onhand/onhand/domain/event"
)

// Records reads the records of the snapshot at a position one after the other,
// and *DamageError behind them if the file is not what was written. A record is
// valid until the next.
func (s Shelf) Records(at event.Position) iter.Seq2[[]byte, error] {
	return func(yield func([]byte, error) bool) {
		broken := errors.New("broken off")
		err := Read(s, at, func(record []byte) ([]byte, error) { return bytes.Clone(record), nil }, func(record []byte) error {
			if !yield(record, nil) {
				return broken
			}
			return nil
		})
		if err != nil && !errors.Is(err, broken) {
			yield(nil, err)
		}
	}
}

// Size is the size of the snapshot's file at a position, in bytes.
func (s Shelf) Size(at event.Position) (int64, error) {
	file, err := s.Disk.Open(s.File(at))
	if err != nil {
		return 0, fmt.Errorf("open snapshot: %w", err)
	}
	size, err := file.Size()
	if err = errors.Join(err, file.Close()); err != nil {
		return 0, fmt.Errorf("size of snapshot: %w", err)
	}
	return size, nil
}
