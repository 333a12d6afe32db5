package jsonsnapshots

import (
	"context"
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

// List implements ports.SnapshotStore.
func (s *Store) List(ctx context.Context) ([]ports.SnapshotInfo, error) {
	sizes, err := s.shelf.Sizes(ctx)
	if err != nil {
		return nil, err
	}
	list := make([]ports.SnapshotInfo, len(sizes))
	for i, one := range sizes {
		list[i] = ports.SnapshotInfo{At: one.At, Bytes: one.Bytes, Name: s.shelf.File(one.At)}
	}
	return list, nil
}

// Records implements ports.SnapshotStore.
func (s *Store) Records(ctx context.Context, at event.Position) iter.Seq2[[]byte, error] {
	return s.shelf.Records(ctx, at)
}

// Sweep removes what an interrupted Save left, unless the store is shared: then it may be
// the work of another process, and the next Save removes it.
func (s *Store) Sweep() { _ = s.shelf.Sweep() } // what is left over only takes space
