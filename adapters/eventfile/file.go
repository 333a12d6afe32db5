package eventfile

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/onhand/onhand/adapters/internal/cloudevent"
	"github.com/onhand/onhand/adapters/internal/durablefile"
	"github.com/onhand/onhand/ports"
)

// pieceBytes is about how much is written and synced at a time; one event may be larger.
const pieceBytes = 1 << 20

// File is an open file of events. It is a ports.Publisher.
type File struct {
	source string
	path   string
	last   []byte // the last line at the start; nil if there was none

	mu     sync.Mutex
	file   durablefile.File
	lock   durablefile.DirLock // on the file, whatever path leads to it
	end    int64               // up to here the file is whole and durable
	beyond bool                // there may be bytes after end, which must be cut off first
	has    *known              // what lies before end
	lines  []byte              // room for those being written
}

var _ ports.Publisher = (*File)(nil)

// Publish implements ports.Publisher. Any failure can be tried again: the file is
// then as it was after the events that were taken.
func (f *File) Publish(ctx context.Context, events []ports.StreamEvent) (int, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if err := ctx.Err(); err != nil {
		return 0, err
	}
	if err := f.ready(); err != nil {
		return 0, refused(err)
	}
	taken := 0
	for taken < len(events) {
		n, err := f.write(events[taken:])
		taken += n
		if err != nil {
			_ = f.cut() // best effort: the next call begins with it
			return taken, refused(err)
		}
		if err := ctx.Err(); err != nil {
			return taken, err
		}
	}
	return taken, nil
}

func refused(err error) error {
	return fmt.Errorf("%w: %w", &ports.DeliveryError{Reason: "the file cannot be written"}, err)
}

// ready makes sure that writes go to the end of a file that people can find.
func (f *File) ready() error {
	linked, err := f.file.Linked()
	if err == nil && !linked {
		err = errors.New("it was moved or removed while it was in use")
	}
	if err != nil {
		return err
	}
	return f.cut()
}

// cut removes what a failed write may have left.
func (f *File) cut() error {
	if !f.beyond {
		return nil
	}
	err := f.file.Truncate(f.end)
	if err == nil {
		err = f.file.Datasync()
	}
	f.beyond = err != nil
	return err
}

// write writes the first of the events, and says how many they were.
func (f *File) write(events []ports.StreamEvent) (n int, err error) {
	f.lines = f.lines[:0]
	for ; n < len(events) && len(f.lines) < pieceBytes; n++ {
		if e := &events[n]; !f.has.holds(e.ID()) {
			f.lines = append(cloudevent.Append(f.lines, f.source, e), '\n')
		}
	}
	if len(f.lines) > 0 {
		f.beyond = true
		if _, err := f.file.WriteAt(f.lines, f.end); err != nil {
			return 0, err
		}
		if err := f.file.Datasync(); err != nil {
			return 0, err
		}
		f.end, f.beyond = f.end+int64(len(f.lines)), false
	}
	for i := range events[:n] {
		f.has.add(events[i].ID())
	}
	return n, nil
}

// Close closes the file. Nothing is published any more.
func (f *File) Close() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	return errors.Join(f.file.Close(), f.lock.Close())
}
