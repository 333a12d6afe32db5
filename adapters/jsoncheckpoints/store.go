package jsoncheckpoints

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"iter"
	"path/filepath"
	"slices"

	"github.com/onhand/onhand/adapters/internal/durablefile"
	"github.com/onhand/onhand/adapters/internal/snapfile"
	"github.com/onhand/onhand/domain/event"
	"github.com/onhand/onhand/ports"
)

// kind ends the names of the files.
const kind = "checkpoint"

// Store keeps checkpoints below a directory. It is a ports.CheckpointStore.
type Store struct {
	disk   durablefile.Disk
	dir    string
	shared bool
}

var _ ports.CheckpointStore = (*Store)(nil)

// New makes a store on a directory, which need not exist; the disk is the
// machine's file system if it is nil.
func New(dir string, disk durablefile.Disk) *Store {
	if disk == nil {
		disk = durablefile.OS{}
	}
	return &Store{disk: disk, dir: dir}
}

// Share lets other processes write checkpoints, too, but no two at a time.
func (s *Store) Share() *Store {
	s.shared = true
	return s
}

func (s *Store) shelf(name string) snapfile.Shelf {
	return snapfile.Shelf{Disk: s.disk, Dir: filepath.Join(s.dir, durablefile.NameFor(name)), Kind: kind, Shared: s.shared}
}

// Save implements ports.CheckpointStore.
func (s *Store) Save(ctx context.Context, name string, records iter.Seq2[[]byte, error], pace ports.Pace) (int64, error) {
	shelf := s.shelf(name)
	newest, err := shelf.Positions()
	if err != nil {
		return 0, err
	}
	next := event.Position(1)
	if len(newest) > 0 {
		next = newest[0] + 1
	}
	size, err := shelf.Write(ctx, next, records, pace)
	if err != nil {
		_ = s.disk.Remove(shelf.File(next)) // best effort: it may be there whole although nobody can vouch for it
		if durablefile.IsFull(err) {
			err = fmt.Errorf("%w: %w", ports.ErrReadOnly, err)
		}
		return 0, err
	}
	return size, nil
}

// List implements ports.CheckpointStore.
func (s *Store) List(ctx context.Context, name string) ([]ports.CheckpointInfo, error) {
	sizes, err := s.shelf(name).Sizes(ctx)
	if err != nil {
		return nil, err
	}
	list := make([]ports.CheckpointInfo, len(sizes))
	for i, one := range sizes {
		list[i] = ports.CheckpointInfo{Generation: int64(one.At), Bytes: one.Bytes}
	}
	return list, nil
}

// Records implements ports.CheckpointStore.
func (s *Store) Records(ctx context.Context, name string, generation int64) iter.Seq2[[]byte, error] {
	return s.shelf(name).Records(ctx, event.Position(generation))
}

// Sweep removes what interrupted Saves left, unless the store is shared: then it may be the
// work of another process, and the next Save removes it. No Save may be under way.
func (s *Store) Sweep() {
	names, _ := s.disk.List(s.dir)
	for _, name := range names {
		shelf := snapfile.Shelf{Disk: s.disk, Dir: filepath.Join(s.dir, name), Kind: kind, Shared: s.shared}
		_ = shelf.Sweep() // what is left over only takes space
	}
}

// Delete implements ports.CheckpointStore.
func (s *Store) Delete(ctx context.Context, name string) error {
	shelf := s.shelf(name)
	all, err := shelf.Positions()
	if err == nil {
		err = ctx.Err()
	}
	if err == nil {
		err = shelf.Sweep()
	}
	if err != nil {
		return err
	}
	slices.Reverse(all) // the newest goes last: a spare must not come back in its place
	for _, at := range all {
		if err := s.disk.Remove(shelf.File(at)); err != nil {
			return fmt.Errorf("delete checkpoint: %w", err)
		}
	}
	if err := s.disk.SyncDir(shelf.Dir); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("delete checkpoint: %w", err)
	}
	_ = s.disk.Remove(shelf.Dir) // empty; whether it stays makes no difference
	return nil
}
