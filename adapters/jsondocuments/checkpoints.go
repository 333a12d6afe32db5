package jsondocuments

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

// checkpointKind ends the names of the files.
const checkpointKind = "checkpoint"

// Checkpoints is a ports.CheckpointStore below a directory.
type Checkpoints struct {
	disk durablefile.Disk
	dir  string
}

var _ ports.CheckpointStore = (*Checkpoints)(nil)

// NewCheckpoints makes a store on a directory, which need not exist. A nil disk is the
// machine's file system.
func NewCheckpoints(dir string, disk durablefile.Disk) *Checkpoints {
	return &Checkpoints{disk: orOS(disk), dir: dir}
}

// files are the generations of a name's checkpoint.
func (s *Checkpoints) files(name string) snapfile.Series {
	return s.below(durablefile.NameFor(name))
}

func (s *Checkpoints) below(dir string) snapfile.Series {
	return snapfile.Series{Disk: s.disk, Dir: filepath.Join(s.dir, dir), Kind: checkpointKind}
}

// Save implements ports.CheckpointStore.
func (s *Checkpoints) Save(
	ctx context.Context, name string, records iter.Seq2[[]byte, error], pace ports.Pace,
) (int64, error) {
	files := s.files(name)
	newest, err := files.Positions()
	if err != nil {
		return 0, err
	}
	next := event.Position(1)
	if len(newest) > 0 {
		next = newest[0] + 1
	}
	size, err := files.Write(ctx, next, records, pace)
	if err != nil {
		_ = s.disk.Remove(files.File(next)) // it may be there whole, but perhaps not durably
		return 0, readOnlyIfFull(err)
	}
	return size, nil
}

// List implements ports.CheckpointStore.
func (s *Checkpoints) List(ctx context.Context, name string) ([]ports.CheckpointInfo, error) {
	sizes, err := s.files(name).Sizes(ctx)
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
func (s *Checkpoints) Records(ctx context.Context, name string, generation int64) iter.Seq2[[]byte, error] {
	return s.files(name).Records(ctx, event.Position(generation))
}

// Sweep removes the rests of interrupted Saves; otherwise the next Save of a name does. It is
// called at a start, while no process saves.
func (s *Checkpoints) Sweep() {
	dirs, _ := s.disk.List(s.dir)
	for _, dir := range dirs {
		_ = s.below(dir).Sweep() // a rest only takes space
	}
}

// Delete implements ports.CheckpointStore.
func (s *Checkpoints) Delete(ctx context.Context, name string) error {
	files := s.files(name)
	all, err := files.Positions()
	if err == nil {
		err = ctx.Err()
	}
	if err == nil {
		err = files.Sweep()
	}
	if err != nil {
		return err
	}
	slices.Reverse(all) // the newest goes last: a spare must not come back in its place
	for _, at := range all {
		if err := s.disk.Remove(files.File(at)); err != nil {
			return fmt.Errorf("delete checkpoint: %w", err)
		}
	}
	if err := s.disk.SyncDir(files.Dir); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("delete checkpoint: %w", err)
	}
	_ = s.disk.Remove(files.Dir) // empty; whether it stays makes no difference
	return nil
}
