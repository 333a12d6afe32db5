package jsonsnapshots

import (
	"context"
	"errors"
	"fmt"
	"iter"

	"github.com/onhand/onhand/adapters/internal/durablefile"
	"github.com/onhand/onhand/adapters/internal/snapfile"
	"github.com/onhand/onhand/domain/event"
	"github.com/onhand/onhand/ports"
)

// kind ends the names of the files.
const kind = "state"

// Store keeps snapshots in a directory. It is a ports.SnapshotStore.
type Store struct{ shelf snapfile.Shelf }

var _ ports.SnapshotStore = (*Store)(nil)

// New makes a store on a directory, which need not exist; the disk is the
// machine's file system if it is nil.
func New(dir string, disk durablefile.Disk) *Store {
	if disk == nil {
		disk = durablefile.OS{}
	}
	return &Store{shelf: snapfile.Shelf{Disk: disk, Dir: dir, Kind: kind}}
}

// Share lets other processes write snapshots, too, but no two at a time.
func (s *Store) Share() *Store {
	s.shelf.Shared = true
	return s
}

// Save implements ports.SnapshotStore.
func (s *Store) Save(ctx context.Context, at event.Position, records iter.Seq2[[]byte, error], pace ports.Pace) (int64, error) {
	size, err := s.shelf.Write(ctx, at, records, pace)
	if durablefile.IsFull(err) {
		err = fmt.Errorf("%w: %w", ports.ErrReadOnly, err)
	}
	return size, err
}

// Load implements ports.SnapshotStore. What an interrupted Save left is removed.
func (s *Store) Load(ctx context.Context, begin func(event.Position) ports.SnapshotReader, refused func(event.Position, error)) (event.Position, error) {
	_ = s.shelf.Sweep() // what is left over is only in the way
	all, err := s.shelf.Positions()
	if err != nil {
		return 0, err
	}
	for _, at := range all {
		if err := ctx.Err(); err != nil {
			return 0, err
		}
		reader := begin(at)
		err := snapfile.Read(s.shelf, at, reader.Decode, reader.Take)
		if err == nil {
			return at, nil
		}
		refused(at, err)
	}
	return 0, nil
}

// List implements ports.SnapshotStore.
func (s *Store) List(context.Context) ([]ports.SnapshotInfo, error) {
	all, err := s.shelf.Positions()
	if err != nil {
		return nil, err
	}
	list := make([]ports.SnapshotInfo, len(all))
	for i, at := range all {
		size, err := s.shelf.Size(at)
		if err != nil {
			return nil, err
		}
		list[i] = ports.SnapshotInfo{At: at, Bytes: size, Name: s.shelf.File(at)}
	}
	return list, nil
}

// Records implements ports.SnapshotStore.
func (s *Store) Records(ctx context.Context, at event.Position) iter.Seq2[[]byte, error] {
	return func(yield func([]byte, error) bool) {
		for record, err := range s.shelf.Records(at) {
			if err == nil {
				err = ctx.Err()
			}
			if damage, ok := errors.AsType[*snapfile.DamageError](err); ok {
				err = &ports.CorruptError{File: damage.File, Problem: fmt.Sprint(damage.Problem)}
			}
			if !yield(record, err) || err != nil {
				return
			}
		}
	}
}
