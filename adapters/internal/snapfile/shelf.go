package snapfile

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/onhand/onhand/adapters/internal/durablefile"
	"github.com/onhand/onhand/domain/event"
	"github.com/onhand/onhand/ports"
)

// Kept is how many snapshots of a kind are kept: should the newest turn out
// damaged, the one before it is used.
const Kept = 3

const tmpX = ".tmp"

// Shelf is the snapshots of one kind in a directory.
type Shelf struct {
	Disk durablefile.Disk
	Dir  string
	Kind string // ends the files' names
	// Shared tells that another process may be writing a snapshot: what looks like the
	// rest of an interrupted Write may be its. Only the next Write removes such rests.
	Shared bool
}

// File is the path of the snapshot at a position.
func (s Shelf) File(at event.Position) string {
	return filepath.Join(s.Dir, fmt.Sprintf("%020d.%s", at, s.Kind))
}

// Positions are those of the snapshots that there are, the newest first.
func (s Shelf) Positions() ([]event.Position, error) {
	names, err := s.Disk.List(s.Dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("list snapshots: %w", err)
	}
	var found []event.Position
	for _, name := range names {
		digits, mine := strings.CutSuffix(name, "."+s.Kind)
		n, err := strconv.ParseInt(digits, 10, 64)
		if mine && err == nil && n > 0 && s.File(event.Position(n)) == filepath.Join(s.Dir, name) {
			found = append(found, event.Position(n))
		}
	}
	slices.Reverse(found) // names of as many digits sort as their numbers do
	return found, nil
}

// Sized is a snapshot and the size of its file in bytes.
type Sized struct {
	At    event.Position
	Bytes int64
}

// Sizes are the snapshots that there are, the newest first.
func (s Shelf) Sizes(ctx context.Context) ([]Sized, error) {
	all, err := s.Positions()
	if err == nil {
		err = ctx.Err()
	}
	if err != nil {
		return nil, err
	}
	var list []Sized
	for _, at := range all {
		size, err := s.Size(at)
		if errors.Is(err, ports.ErrNotStored) {
			continue // removed meanwhile, in favour of newer ones
		}
		if err != nil {
			return nil, err
		}
		list = append(list, Sized{At: at, Bytes: size})
	}
	return list, nil
}

// Sweep removes what an interrupted Write left, unless that may be under way.
func (s Shelf) Sweep() error {
	if s.Shared {
		return nil
	}
	return s.sweep()
}

func (s Shelf) sweep() error {
	names, err := s.Disk.List(s.Dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("list snapshots: %w", err)
	}
	for _, name := range names {
		if strings.HasSuffix(name, "."+s.Kind+tmpX) {
			err = errors.Join(err, s.Disk.Remove(filepath.Join(s.Dir, name)))
		}
	}
	if err != nil {
		return fmt.Errorf("remove unfinished snapshot: %w", err)
	}
	return nil
}

// prune removes what is too much beside a new snapshot: all but the newest that are
// not behind it, and those behind it, which are of another history than the log's,
// as after a backup was put back. That one cannot be removed spoils nothing: the
// next tries again.
func (s Shelf) prune(newest event.Position) {
	all, err := s.Positions()
	if err != nil {
		return
	}
	kept := 0
	for _, at := range all {
		if at <= newest && kept < Kept {
			kept++
			continue
		}
		_ = s.Disk.Remove(s.File(at))
	}
}
