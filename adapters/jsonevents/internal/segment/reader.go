package segment

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"

	"github.com/onhand/onhand/adapters/internal/durablefile"
	"github.com/onhand/onhand/adapters/jsonevents/internal/logline"
	"github.com/onhand/onhand/domain/event"
	"github.com/onhand/onhand/ports"
)

// Source is the log as readers find it.
type Source struct {
	Directory
	Guard Guard
	Held  func() error       // checks that the path still leads to the store's directory
	Found func(damage error) // is told of damage
}

// Reader reads lines of the durable log at any offset. It has one segment open at a time and is
// not safe for concurrent use.
type Reader struct {
	source *Source
	first  event.Position // of the open segment
	file   durablefile.File
}

// NewReader returns a reader, which must be closed.
func (s *Source) NewReader() *Reader { return &Reader{source: s} }

// Close closes the open segment.
func (r *Reader) Close() {
	if r.file != nil {
		_ = r.file.Close()
		r.file = nil
	}
}

// Guarded runs a call that reads.
func (r *Reader) Guarded(ctx context.Context, call func() error) error {
	return r.source.Guard.Do(ctx, call)
}

func (r *Reader) open(first event.Position) error {
	if r.file != nil && r.first == first {
		return nil
	}
	r.Close()
	if err := r.source.Held(); err != nil {
		return fmt.Errorf("%w: open segment: %w", ports.ErrUnavailable, err)
	}
	file, err := r.source.Disk.Open(r.source.File(first))
	if errors.Is(err, fs.ErrNotExist) {
		return r.Corrupt(logline.Offset{Segment: first}, "is gone")
	}
	if err != nil {
		return fmt.Errorf("%w: open segment: %w", ports.ErrUnavailable, err)
	}
	r.file, r.first = file, first
	return nil
}

// readAhead is how much a read of one line takes first. Most lines are shorter.
const readAhead = 2048

// Line reads the commit whose line begins at an offset. The result stays valid.
func (r *Reader) Line(at logline.Offset) (*logline.Line, error) {
	if err := r.open(at.Segment); err != nil {
		return nil, err
	}
	for size := readAhead; ; size *= 4 {
		block := make([]byte, size)
		n, err := r.file.ReadAt(block, at.Byte)
		if err != nil && !errors.Is(err, io.EOF) {
			return nil, readError(err)
		}
		end := bytes.IndexByte(block[:n], '\n')
		if end < 0 && n == size {
			continue
		}
		if end < 0 {
			return nil, r.Corrupt(at, errNoEnd.Error())
		}
		line, err := logline.Decode(block[:end])
		if err != nil {
			return nil, r.Corrupt(at, err.Error())
		}
		return line, nil
	}
}

// Corrupt returns the error of a line that is not the expected one, and reports the damage.
func (r *Reader) Corrupt(at logline.Offset, problem string) error {
	location := durablefile.Location(r.source.File(at.Segment), 0, at.Byte)
	damage := &ports.CorruptError{Location: location, Problem: problem}
	r.source.Found(damage)
	return damage
}

func readError(err error) error { return fmt.Errorf("%w: read log: %w", ports.ErrUnavailable, err) }
