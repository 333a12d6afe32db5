package segment

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/onhand/onhand/adapters/internal/durablefile"
	"github.com/onhand/onhand/adapters/jsonevents/internal/logline"
	"github.com/onhand/onhand/domain/event"
	"github.com/onhand/onhand/ports"
)

// Names in the data directory.
const (
	LogName   = "log"
	AsideName = "aside"
)

const (
	extension = ".ndjson"
	tmpX      = ".tmp"
)

// Directory is a data directory on a disk: the segments, and the bytes that starts have cut off.
type Directory struct {
	Disk durablefile.Disk
	Path string
}

// Log is the path of the directory of the segments.
func (d Directory) Log() string { return filepath.Join(d.Path, LogName) }

// File is the path of the segment that begins with a position.
func (d Directory) File(first event.Position) string {
	return filepath.Join(d.Log(), fmt.Sprintf("%020d%s", first, extension))
}

// Probe is the path of a temporary file beside the segments.
func (d Directory) Probe() string { return filepath.Join(d.Log(), "probe"+tmpX) }

// List returns the first positions of the segments, ascending. Nothing else lives in their
// directory, so a file with another name is damage.
func (d Directory) List() ([]event.Position, error) {
	names, err := d.Disk.List(d.Log())
	if err != nil {
		return nil, fmt.Errorf("list segments: %w", err)
	}
	var firsts []event.Position
	for _, name := range names {
		if strings.HasSuffix(name, tmpX) {
			continue
		}
		digits, ok := strings.CutSuffix(name, extension)
		first, err := strconv.ParseInt(digits, 10, 64)
		if !ok || err != nil || len(digits) != 20 || first < 1 {
			return nil, &ports.CorruptError{Location: filepath.Join(d.Log(), name), Problem: "is not a segment of the log"}
		}
		firsts = append(firsts, event.Position(first))
	}
	return firsts, nil
}

// Sweep removes temporary files that an interrupted run left.
func (d Directory) Sweep() error {
	names, err := d.Disk.List(d.Log())
	if err != nil {
		return fmt.Errorf("list segments: %w", err)
	}
	for _, name := range names {
		if !strings.HasSuffix(name, tmpX) {
			continue
		}
		if err := d.Disk.Remove(filepath.Join(d.Log(), name)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("remove temporary file: %w", err)
		}
	}
	return nil
}

// Sync makes the names of the segments durable. Its error is a *durablefile.SyncError.
func (d Directory) Sync() error {
	if err := d.Disk.SyncDir(d.Log()); err != nil {
		return &durablefile.SyncError{Op: "sync directory", Path: d.Log(), Err: err}
	}
	return nil
}

// Create makes a segment that has its header only, durably, and returns the end of the header and
// its hash. After a *durablefile.SyncError the segment may or may not be there; after any other
// error it is not.
func (d Directory) Create(h *logline.Header) (logline.Offset, logline.Hash, error) {
	content, hash := h.Encode()
	content = append(content, '\n')
	err := durablefile.WriteAtomically(d.Disk, d.File(h.Segment), content)
	return logline.Offset{Segment: h.Segment, Byte: int64(len(content))}, hash, err
}

// Cut keeps the rest of a segment from an offset on aside and removes it from the log, durably. It
// returns the name of the file in which the rest is kept. After a *durablefile.SyncError the rest
// may or may not be in the log; after any other error it is.
func (d Directory) Cut(file durablefile.File, at logline.Offset, rest []byte) (kept string, err error) {
	if kept, err = d.keepAside(at, rest); err != nil {
		return "", err
	}
	if err := errors.Join(file.Truncate(at.Byte), file.Datasync()); err != nil {
		return "", &durablefile.SyncError{Op: "truncate", Path: d.File(at.Segment), Err: err}
	}
	return kept, nil
}

// keepAside copies content to a file of its own in the data directory, durably, and returns its name.
func (d Directory) keepAside(at logline.Offset, content []byte) (string, error) {
	dir := filepath.Join(d.Path, AsideName)
	if err := d.Disk.MkdirAll(dir); err != nil {
		return "", fmt.Errorf("create %s: %w", dir, err)
	}
	taken, err := d.Disk.List(dir)
	if err != nil {
		return "", fmt.Errorf("list %s: %w", dir, err)
	}
	name := ""
	for n := len(taken) + 1; name == "" || slices.Contains(taken, name); n++ {
		name = fmt.Sprintf("%020d-%d-%d.tail", at.Segment, at.Byte, n)
	}
	name = filepath.Join(dir, name)
	if err := durablefile.WriteAtomically(d.Disk, name, content); err != nil {
		return "", fmt.Errorf("keep the end of the log aside: %w", err)
	}
	if err := d.Disk.SyncDir(d.Path); err != nil {
		return "", &durablefile.SyncError{Op: "sync directory", Path: d.Path, Err: err}
	}
	return name, nil
}
