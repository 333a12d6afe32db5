package jsonevents

import (
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

// Names inside the data directory.
const (
	lockName  = "LOCK"
	turnName  = "TURN"
	headName  = "HEAD"
	logName   = "log"
	asideName = "aside"
	segmentX  = ".ndjson"
	tmpX      = ".tmp"
)

// SnapshotsName is the directory, in the data directory, of saved indexes and
// other snapshots.
const SnapshotsName = "snapshots"

// Names are what the store keeps in its data directory.
func Names() []string {
	return []string{lockName, turnName, headName, logName, asideName, SnapshotsName}
}

// directory is a data directory on a disk.
type directory struct {
	disk durablefile.Disk
	path string
}

func (d directory) lock() string { return filepath.Join(d.path, lockName) }
func (d directory) head() string { return filepath.Join(d.path, headName) }
func (d directory) log() string  { return filepath.Join(d.path, logName) }

// snapshots is where saved indexes are, and other snapshots, too.
func (d directory) snapshots() string { return filepath.Join(d.path, SnapshotsName) }

func (d directory) segment(first event.Position) string {
	return filepath.Join(d.path, logName, fmt.Sprintf("%020d%s", first, segmentX))
}

// segments lists the first positions of the segments, ascending. A name that is
// none of ours is damage: nothing else lives here.
func (d directory) segments() ([]event.Position, error) {
	names, err := d.disk.List(d.log())
	if err != nil {
		return nil, fmt.Errorf("list segments: %w", err)
	}
	var firsts []event.Position
	for _, name := range names {
		if strings.HasSuffix(name, tmpX) {
			continue
		}
		digits, ok := strings.CutSuffix(name, segmentX)
		first, err := strconv.ParseInt(digits, 10, 64)
		if !ok || err != nil || len(digits) != 20 || first < 1 {
			return nil, &ports.CorruptError{File: filepath.Join(d.log(), name), Problem: "is not a segment of the log"}
		}
		firsts = append(firsts, event.Position(first))
	}
	return firsts, nil
}

// sweep removes temporary files that an interrupted run left behind.
func (d directory) sweep() error {
	left := []string{d.head() + tmpX}
	names, err := d.disk.List(d.log())
	if err != nil {
		return fmt.Errorf("list segments: %w", err)
	}
	for _, name := range names {
		if strings.HasSuffix(name, tmpX) {
			left = append(left, filepath.Join(d.log(), name))
		}
	}
	for _, name := range left {
		if err := d.disk.Remove(name); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("remove temporary file: %w", err)
		}
	}
	return nil
}

// keepAside copies content to a file of its own in the data directory, durably,
// and returns its name.
func (d directory) keepAside(first event.Position, offset int64, content []byte) (string, error) {
	dir := filepath.Join(d.path, asideName)
	if err := d.disk.MkdirAll(dir); err != nil {
		return "", fmt.Errorf("create %s: %w", dir, err)
	}
	taken, err := d.disk.List(dir)
	if err != nil {
		return "", fmt.Errorf("list %s: %w", dir, err)
	}
	name := ""
	for n := len(taken) + 1; name == "" || slices.Contains(taken, name); n++ {
		name = fmt.Sprintf("%020d-%d-%d.tail", first, offset, n)
	}
	name = filepath.Join(dir, name)
	if err := durablefile.WriteAtomically(d.disk, name, content); err != nil {
		return "", fmt.Errorf("keep the end of the log aside: %w", err)
	}
	if err := d.disk.SyncDir(d.path); err != nil {
		return "", &durablefile.SyncError{Op: "sync directory", Path: d.path, Err: err}
	}
	return name, nil
}
