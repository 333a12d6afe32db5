package jsonevents

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"iter"
	"sort"

	"github.com/onhand/onhand/domain/event"
	"github.com/onhand/onhand/ports"
)

// feedBuffer is how much of the log a feed reads at a time, in bytes.
const feedBuffer = 256 << 10

// Commits implements ports.EventFeed by reading the segments from the one that
// holds the position on.
func (s *Store) Commits(ctx context.Context, after event.Position) iter.Seq2[ports.Recorded, error] {
	return func(yield func(ports.Recorded, error) bool) {
		r := s.reader()
		defer r.close()
		for next := max(after, 0) + 1; ; {
			s.mu.RLock()
			err := s.state.usable()
			last := s.state.last.Last
			first, until := s.state.around(next)
			s.mu.RUnlock()
			if err == nil && next > last {
				return
			}
			if err == nil {
				next, err = r.feed(ctx, first, next, min(last, until), yield)
			}
			if err != nil {
				yield(ports.Recorded{}, err)
				return
			}
			if next == 0 { // the caller broke off
				return
			}
		}
	}
}

// around is the segment that holds a position, and the last position that it
// can hold as far as is known.
func (st *state) around(p event.Position) (first, last event.Position) {
	i := sort.Search(len(st.segments), func(i int) bool { return st.segments[i] > p })
	if i == 0 {
		return st.segments[0], st.last.Last
	}
	if i < len(st.segments) {
		return st.segments[i-1], st.segments[i] - 1
	}
	return st.segments[i-1], st.last.Last
}

// feed yields the commits from position next to last, which stand in one
// segment, and returns the position after them, or 0 if the caller broke off.
func (r *reader) feed(ctx context.Context, first, next, last event.Position, yield func(ports.Recorded, error) bool) (event.Position, error) {
	if err := r.open(first); err != nil {
		return 0, err
	}
	size, err := r.file.Size()
	if err != nil {
		return 0, fmt.Errorf("size of segment: %w", err)
	}
	lines := bufio.NewReaderSize(io.NewSectionReader(r.file, 0, size), feedBuffer)
	var offset int64
	for number := 1; ; number++ {
		if err := ctx.Err(); err != nil {
			return 0, err
		}
		b, err := lines.ReadBytes('\n')
		if err != nil {
			return 0, r.corrupt(link{Segment: first, Offset: offset}, "the segment ends early")
		}
		at := first + event.Position(number-2) // the header is line 1, and positions have no gaps
		if at >= next {
			l, err := decodeLine(b[:len(b)-1])
			if err != nil || l.Position != at {
				return 0, r.corrupt(link{Segment: first, Offset: offset}, fmt.Sprintf("is not the commit at position %d", at))
			}
			if !yield(l.Recorded, nil) {
				return 0, nil
			}
			if at == last {
				return last + 1, nil
			}
		}
		offset += int64(len(b))
	}
}
