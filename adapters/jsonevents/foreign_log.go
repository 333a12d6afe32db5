package jsonevents

import (
	"errors"
	"fmt"
	"io/fs"

	"github.com/onhand/onhand/adapters/internal/durablefile"
	"github.com/onhand/onhand/adapters/jsonevents/internal/logline"
	"github.com/onhand/onhand/adapters/jsonevents/internal/segment"
	"github.com/onhand/onhand/domain/event"
	"github.com/onhand/onhand/ports"
)

// foreignLog brings lines that other processes wrote into the view. It belongs to the goroutine that extends
// the view.
type foreignLog struct {
	dir    segment.Directory
	view   *view
	health *health

	file    durablefile.File // the segment that is read, nil before the first
	first   event.Position   // of that segment
	buffer  []byte
	scanner scanner
}

// readUntil brings in the log up to an end that is known to be durable.
func (f *foreignLog) readUntil(until logline.Offset) error {
	for {
		at, _ := f.view.end()
		if !at.Before(until) {
			return nil
		}
		to := until.Byte
		if at.Segment < until.Segment {
			var err error
			if to, err = f.size(at.Segment); err != nil {
				return err
			}
		}
		bad, err := f.takeLines(at, to)
		if err == nil && bad == nil && at.Segment < until.Segment {
			bad, err = f.takeHeader()
		}
		if err != nil {
			return err
		}
		if bad != nil {
			return f.damaged(bad)
		}
	}
}

// damaged reports a bad line that another process made durable.
func (f *foreignLog) damaged(bad *badLine) error {
	location := durablefile.Location(f.dir.File(bad.at.Segment), 0, bad.at.Byte)
	damage := &ports.CorruptError{Location: location, Problem: bad.problem}
	f.health.foundDamage(damage)
	return fmt.Errorf("%w: %w", ports.ErrUnavailable, damage)
}

// unreadable returns the error of a line that is not damaged. The store stops for good if a newer
// version wrote the line.
func (f *foreignLog) unreadable(at logline.Offset, err error) error {
	err = newerAt(durablefile.Location(f.dir.File(at.Segment), 0, at.Byte), err)
	if isNewerFormat(err) {
		f.health.failOnce(err)
		return fmt.Errorf("%w: %w", ports.ErrFailed, err)
	}
	return err
}

// headerBytes is more than a segment's header takes.
const headerBytes = 4 << 10

// takeHeader begins with the segment that follows the last one. That segment exists, and all of
// its header is durable, because it gets its name only then.
func (f *foreignLog) takeHeader() (*badLine, error) {
	first := f.following()
	size, err := f.size(first)
	if err != nil {
		return nil, err
	}
	piece, err := f.read(logline.Offset{Segment: first}, min(size, headerBytes))
	if err != nil {
		return nil, err
	}
	bad := &badLine{at: logline.Offset{Segment: first}, number: 1, problem: "the segment is empty"}
	lines := segment.Block{Bytes: piece, Begins: true}.Parse()
	if len(lines) == 0 {
		return bad, nil
	}
	if fault := f.view.extend(&f.scanner, first, lines[:1]); fault != nil {
		bad.problem = fault.problem
		return bad, f.unreadable(bad.at, fault.err)
	}
	return nil, nil //nolint:nilnil // nil is "it is good"
}

// takeLines takes whole lines of a segment from an offset on, until one is bad.
func (f *foreignLog) takeLines(at logline.Offset, to int64) (*badLine, error) {
	for at.Byte < to {
		piece, err := f.read(at, to)
		if err != nil {
			return nil, err
		}
		fault := f.view.extend(&f.scanner, at.Segment, segment.Block{Bytes: piece}.Parse())
		at, _ = f.view.end()
		if fault != nil && fault.err != nil {
			return nil, f.unreadable(at, fault.err)
		}
		if fault != nil {
			rest := make([]byte, to-at.Byte)
			if _, err := f.file.ReadAt(rest, at.Byte); err != nil {
				return nil, fmt.Errorf("%w: read segment: %w", ports.ErrUnavailable, err)
			}
			return &badLine{at: at, number: 2, problem: fault.problem, rest: rest}, nil // it is not the header
		}
	}
	return nil, nil //nolint:nilnil // nil is "none is bad"
}

// pieceBytes is how much is read at a time.
const pieceBytes = 1 << 20

func (f *foreignLog) read(at logline.Offset, to int64) ([]byte, error) {
	file, err := f.open(at.Segment)
	if err != nil {
		return nil, fmt.Errorf("%w: open segment: %w", ports.ErrUnavailable, err)
	}
	piece, err := segment.ReadLines(file, f.buffer, at.Byte, to, pieceBytes)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ports.ErrUnavailable, err)
	}
	f.buffer = piece[:0]
	return piece, nil
}

func (f *foreignLog) size(first event.Position) (int64, error) {
	file, err := f.open(first)
	if err != nil {
		return 0, fmt.Errorf("%w: open segment: %w", ports.ErrUnavailable, err)
	}
	size, err := file.Size()
	if err != nil {
		return 0, fmt.Errorf("%w: size of segment: %w", ports.ErrUnavailable, err)
	}
	return size, nil
}

// following returns the first position of the segment that follows the last one, if it exists.
func (f *foreignLog) following() event.Position {
	last := f.view.tip()
	return last.Position + 1
}

// more reports whether there is a segment after the last one that is known.
func (f *foreignLog) more() (bool, error) {
	first := f.following()
	if end, _ := f.view.end(); first == end.Segment {
		return false, nil // the last one has no commit yet
	}
	_, err := f.open(first)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("%w: open segment: %w", ports.ErrUnavailable, err)
	}
	return true, nil
}

// open opens a segment, unless it is open.
func (f *foreignLog) open(first event.Position) (durablefile.File, error) {
	if f.file != nil && f.first == first {
		return f.file, nil
	}
	file, err := f.dir.Disk.Open(f.dir.File(first))
	if err != nil {
		return nil, err
	}
	f.close()
	f.file, f.first = file, first
	return file, nil
}

func (f *foreignLog) close() {
	if f.file != nil {
		_ = f.file.Close() // it was only read
		f.file = nil
	}
}
