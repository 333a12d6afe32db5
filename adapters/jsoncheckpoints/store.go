package jsoncheckpoints

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"iter"
	"path/filepath"
	"slices"
	"sync"

	"github.com/onhand/onhand/adapters/internal/durablefile"
	"github.com/onhand/onhand/adapters/internal/snapfile"
	"github.com/onhand/onhand/domain/event"
	"github.com/onhand/onhand/ports"
)

// kind ends the names of the files.
const kind = "checkpoint"

// Store keeps checkpoints below a directory. It is a ports.CheckpointStore.
type Store struct {
	disk durablefile.Disk
	dir  string

	mu sync.Mutex
	// saving are the names that are being saved: what looks like the rest of an
	// interrupted Save belongs to them.
	saving map[string]bool
	shared bool
}

var _ ports.CheckpointStore = (*Store)(nil)

// New makes a store on a directory, which need not exist; the disk is the
// machine's file system if it is nil.
func New(dir string, disk durablefile.Disk) *Store {
	if disk == nil {
		disk = durablefile.OS{}
	}
	return &Store{disk: disk, dir: dir, saving: map[string]bool{}}
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
	s.begin(name)
	defer s.end(name)
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

func (s *Store) begin(name string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.saving[name] = true
}

func (s *Store) end(name string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.saving, name)
}

// Load implements ports.CheckpointStore. What an interrupted Save left is removed.
func (s *Store) Load(ctx context.Context, name string, begin func() ports.SnapshotReader, refused func(error)) (bool, error) {
	shelf := s.shelf(name)
	s.sweep(name, shelf)
	all, err := shelf.Positions()
	if err != nil {
		return false, err
	}
	for _, at := range all {
		if err := ctx.Err(); err != nil {
			return false, err
		}
		reader := begin()
		err := snapfile.Read(shelf, at, reader.Decode, reader.Take)
		if err == nil {
			return true, nil
		}
		if errors.Is(err, fs.ErrNotExist) { // newer ones took its place meanwhile
			return s.Load(ctx, name, begin, refused)
		}
		refused(err)
	}
	return false, ctx.Err()
}

func (s *Store) sweep(name string, shelf snapfile.Shelf) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.saving[name] {
		_ = shelf.Sweep() // what is left over is only in the way
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
