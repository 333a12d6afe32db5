package jsonevents

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"time"

	"github.com/onhand/onhand/adapters/internal/durablefile"
	"github.com/onhand/onhand/domain/event"
	"github.com/onhand/onhand/ports"
)

// A read of one line takes this much first; most lines are shorter.
const readAhead = 2048

// reader reads lines of the durable log, wherever they are. It has one segment
// open at a time and is not for use by several goroutines.
type reader struct {
	guard reads
	dir   directory
	held  func() error // whether the path still leads to the store's directory
	found func(damage error)
	first event.Position // of the open segment
	file  durablefile.File
}

func (r *reader) close() {
	if r.file != nil {
		_ = r.file.Close()
		r.file = nil
	}
}

func (r *reader) open(first event.Position) error {
	if r.file != nil && r.first == first {
		return nil
	}
	r.close()
	if err := r.held(); err != nil {
		return fmt.Errorf("%w: open segment: %w", ports.ErrUnavailable, err)
	}
	file, err := r.dir.disk.Open(r.dir.segment(first))
	if errors.Is(err, fs.ErrNotExist) {
		return r.corrupt(link{Segment: first}, "is gone")
	}
	if err != nil {
		return fmt.Errorf("%w: open segment: %w", ports.ErrUnavailable, err)
	}
	r.file, r.first = file, first
	return nil
}

// line reads the commit whose line begins at l. The result stays valid.
func (r *reader) line(l link) (*line, error) {
	if err := r.open(l.Segment); err != nil {
		return nil, err
	}
	for size := readAhead; ; size *= 4 {
		block := make([]byte, size)
		n, err := r.file.ReadAt(block, l.Offset)
		if err != nil && !errors.Is(err, io.EOF) {
			return nil, fmt.Errorf("%w: read log: %w", ports.ErrUnavailable, err)
		}
		end := bytes.IndexByte(block[:n], '\n')
		if end < 0 && n == size {
			continue
		}
		if end < 0 {
			return nil, r.corrupt(l, "the line does not end")
		}
		decoded, err := decodeLine(block[:end])
		if err != nil {
			return nil, r.corrupt(l, err.Error())
		}
		return decoded, nil
	}
}

// corrupt is the error of a line that is not what it must be, and tells the
// store of it.
func (r *reader) corrupt(l link, problem string) error {
	damage := &ports.CorruptError{File: r.dir.segment(l.Segment), Offset: l.Offset, Problem: problem}
	r.found(damage)
	return damage
}

// reader makes a reader of the store's log.
func (s *Store) reader() reader {
	return reader{dir: s.dir, guard: s.reads(), held: s.lock.Held, found: s.foundDamage}
}

// linkOf is a place as it is written in the log. The lock is held.
func (st *state) linkOf(p place) link {
	return link{Segment: st.segments[p.segment], Offset: int64(p.offset)}
}

// CommitByID implements ports.EventStore: it reads the commits after a position.
func (s *Store) CommitByID(ctx context.Context, id string, after event.Position) (ports.Recorded, bool, error) {
	for c, err := range s.Commits(ctx, after) {
		if err != nil {
			return ports.Recorded{}, false, err
		}
		if c.ID == id {
			return c, true, nil
		}
	}
	return ports.Recorded{}, false, nil
}

// CommitByKey implements ports.EventStore.
func (s *Store) CommitByKey(ctx context.Context, key string, at time.Time) (ports.Recorded, bool, error) {
	if err := ctx.Err(); err != nil {
		return ports.Recorded{}, false, err
	}
	s.mu.RLock()
	err := s.state.usable()
	p, found := s.state.index.keys.find(hashKey(key), at)
	var l link
	if found {
		l = s.state.linkOf(p)
	}
	s.mu.RUnlock()
	if err != nil || !found {
		return ports.Recorded{}, false, err
	}
	r := s.reader()
	defer r.close()
	var commit *line
	err = r.guard.do(ctx, func() (err error) {
		commit, err = r.line(l)
		return err
	})
	if err != nil {
		return ports.Recorded{}, false, fmt.Errorf("read commit by key: %w", err)
	}
	return commit.Recorded, commit.Key == key, nil
}
