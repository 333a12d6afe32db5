package segment

import (
	"errors"
	"fmt"

	"github.com/onhand/onhand/adapters/internal/durablefile"
	"github.com/onhand/onhand/adapters/jsonevents/internal/logline"
)

// Writer appends to the last segment of the log. It is not safe for concurrent use.
//
// A *durablefile.SyncError of its methods leaves open which bytes are in the log. After any other
// error the log is as it was.
type Writer struct {
	dir   Directory
	mode  durablefile.LockMode
	file  durablefile.File    // the last segment
	lock  durablefile.DirLock // on that file
	end   logline.Offset      // everything before is durable
	chain logline.Hash        // of the last line
}

// OpenWriter returns a writer that continues at the end of a log. It locks the last segment, which
// processes of another data directory may reach too, as through a symbolic link.
func OpenWriter(
	dir Directory, mode durablefile.LockMode, end logline.Offset, chain logline.Hash,
) (*Writer, error) {
	w := &Writer{dir: dir, mode: mode}
	return w, w.MoveTo(end, chain)
}

// MoveTo makes the writer continue at another end of the log, in another segment perhaps.
func (w *Writer) MoveTo(end logline.Offset, chain logline.Hash) error {
	if w.file == nil || end.Segment != w.end.Segment {
		if err := w.open(w.dir.File(end.Segment)); err != nil {
			return fmt.Errorf("open segment: %w", err)
		}
	}
	w.end, w.chain = end, chain
	return nil
}

func (w *Writer) open(name string) error {
	lock, err := w.dir.Disk.LockDir(name, w.mode)
	if errors.Is(err, durablefile.ErrLocked) {
		return fmt.Errorf("%s: a process of another data directory writes to this file too: give each a copy of its own", name)
	}
	if err != nil {
		return err
	}
	file, err := w.dir.Disk.OpenRW(name)
	if err != nil {
		return errors.Join(err, lock.Close())
	}
	if w.file != nil {
		_ = w.Close() // all of it is durable
	}
	w.file, w.lock = file, lock
	return nil
}

// End returns the durable end of the log.
func (w *Writer) End() logline.Offset { return w.end }

// Chain returns the hash of the last line.
func (w *Writer) Chain() logline.Hash { return w.chain }

// Close closes the segment.
func (w *Writer) Close() error { return errors.Join(w.file.Close(), w.lock.Close()) }

// InPlace fails with a *durablefile.MovedError where the segment has lost its name: no
// reader would find its lines.
func (w *Writer) InPlace() error {
	linked, err := w.file.Linked()
	if err == nil && !linked {
		return &durablefile.MovedError{Path: w.name()}
	}
	return err
}

// Write writes lines after the end of the log and makes them durable. They are part of the log
// once Advance says so.
func (w *Writer) Write(lines []byte) error {
	if _, err := w.file.WriteAt(lines, w.end.Byte); err != nil {
		return w.undo(err)
	}
	return w.sync()
}

// undo removes the rest of a failed write, and returns the cause.
func (w *Writer) undo(cause error) error {
	if err := errors.Join(w.file.Truncate(w.end.Byte), w.file.Datasync()); err != nil {
		return &durablefile.SyncError{Op: "truncate", Path: w.name(), Err: errors.Join(cause, err)}
	}
	return cause
}

// Advance moves the end of the log over lines that were written. The chain is that of the last one.
func (w *Writer) Advance(lines []byte, chain logline.Hash) {
	w.end.Byte += int64(len(lines))
	w.chain = chain
}

// Size returns the size of the segment. It is more than the end of the log where a killed process
// has written.
func (w *Writer) Size() (int64, error) { return w.file.Size() }

// Adopt makes the bytes after the end durable, up to a size. They are written again: a sync may
// have failed in the process that wrote them before it could say so.
func (w *Writer) Adopt(size int64) error {
	if err := Rewrite(w.file, w.end.Byte, size); err != nil {
		return err
	}
	return w.sync()
}

// Cut removes the rest of the segment, which begins at an offset after the end, and keeps it aside.
func (w *Writer) Cut(at logline.Offset, rest []byte) (kept string, err error) {
	return w.dir.Cut(w.file, at, rest)
}

func (w *Writer) sync() error {
	if err := w.file.Datasync(); err != nil {
		return &durablefile.SyncError{Op: "sync", Path: w.name(), Err: err}
	}
	return nil
}

func (w *Writer) name() string { return w.dir.File(w.end.Segment) }

// rewriteBytes is how much is written again at a time.
const rewriteBytes = 1 << 20

// Rewrite writes a part of a file once more. A sync may have failed in a process that was killed
// before it could say so. Its bytes are still seen, but no later sync would bring them to the disk.
func Rewrite(file durablefile.File, from, to int64) error {
	for piece := make([]byte, min(rewriteBytes, max(0, to-from))); from < to; from += int64(len(piece)) {
		piece = piece[:min(int64(len(piece)), to-from)]
		if _, err := file.ReadAt(piece, from); err != nil {
			return fmt.Errorf("read segment: %w", err)
		}
		if _, err := file.WriteAt(piece, from); err != nil {
			return fmt.Errorf("write segment: %w", err)
		}
	}
	return nil
}
