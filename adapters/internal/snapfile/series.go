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

// Series is the snapshots of one kind in a directory.
type Series struct {
	Disk durablefile.Disk
	Dir  string
	Kind string // ends the files' names
}

// File returns the path of the snapshot at a position.
func (s Series) File(at event.Position) string {
	return filepath.Join(s.Dir, fmt.Sprintf("%020d.%s", at, s.Kind))
}

// Positions returns the positions of the stored snapshots, the newest first.
func (s Series) Positions() ([]event.Position, error) {
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

// Sizes returns the stored snapshots, the newest first.
func (s Series) Sizes(ctx context.Context) ([]Sized, error) {
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

// Sweep removes the rest of an interrupted Write. No Write may be under way, in any process.
func (s Series) Sweep() error {
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

// prune removes all snapshots except the newest up to a new one. Snapshots at later positions
// belong to another history of the log, as after a restored backup. A removal that fails does
// no harm: the next Write tries again.
func (s Series) prune(newest event.Position) {
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
