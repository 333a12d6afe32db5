package jsonevents

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"sort"

	"github.com/onhand/onhand/application/inorder"
	"github.com/onhand/onhand/domain/event"
	"github.com/onhand/onhand/ports"
)

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
			first, until, end := s.state.around(next)
			s.mu.RUnlock()
			if err == nil && next > last {
				return
			}
			if err == nil {
				part := span{first: first, next: next, last: min(last, until), end: end}
				if ended := s.fed.Load(); ended != nil && ended.first == first && ended.next == next {
					part.offset = ended.offset
				}
				if next, err = r.feed(ctx, &part, yield); next > part.last {
					part.next = next
					s.fed.Store(&part)
				}
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

// around is the segment that holds a position, the last position that it can hold
// as far as is known, and where what is durable in it ends, 0 for the end of the
// file.
func (st *state) around(p event.Position) (first, last event.Position, end int64) {
	i := max(1, sort.Search(len(st.segments), func(i int) bool { return st.segments[i] > p }))
	if i < len(st.segments) {
		return st.segments[i-1], st.segments[i] - 1, 0
	}
	return st.segments[i-1], st.last.Last, st.end
}

// span is the commits from position next to last, which stand in the segment that
// begins with first, before its byte end (0: the end of the file). When it has been
// read, next and offset say where the commit behind it will begin: who follows the
// log comes for that, and finds it without a search.
type span struct {
	first, next, last event.Position
	end               int64
	offset            int64 // of the line of next, 0 if that must be searched for
}

// The first of what is read is read in small blocks, one after the other: many
// want no more than that, and blocks that are decoded ahead, on all processors,
// would be so in vain.
const (
	firstBytes  = 32 << 10
	firstBlocks = 4
)

// feed yields the commits of a span and returns the position after them, or 0 if
// the caller broke off. What stands behind the span's end may be gone at any time.
func (r *reader) feed(ctx context.Context, s *span, yield func(ports.Recorded, error) bool) (event.Position, error) {
	first, next, last, size := s.first, s.next, s.last, s.end
	offset := s.offset
	err := r.guard.do(ctx, func() (err error) {
		if err = r.open(first); err == nil && size == 0 {
			size, err = r.file.Size()
		}
		if err == nil && offset == 0 {
			offset, err = r.seek(next, size)
		}
		return err
	})
	if err != nil {
		return 0, err
	}
	var unread, failure error
	at := offset
	pieces := func(most int) iter.Seq[block] {
		return func(yield func(block) bool) {
			for at < size && ctx.Err() == nil {
				var piece []byte
				if unread = r.guard.do(ctx, func() (err error) {
					piece, err = readLines(r.file, nil, at, size, most)
					return err
				}); unread != nil {
					return
				}
				at += int64(len(piece))
				if !yield(block{bytes: piece}) {
					return
				}
			}
		}
	}
	take := func(lines []parsed) bool {
		for _, p := range lines {
			switch {
			case ctx.Err() != nil:
				return false
			case p.err != nil || p.line.Position > next:
				failure = r.corrupt(link{Segment: first, Offset: offset}, fmt.Sprintf("is not the commit at position %d", next))
				return false
			}
			offset += int64(p.length)
			if p.line.Position < next { // seek came close
				continue
			}
			if next++; !yield(p.line.Recorded, nil) {
				next = 0
				return false
			}
			if next > last {
				return false
			}
		}
		return true
	}
	n, more := 0, true
	for b := range pieces(firstBytes) {
		if n, more = n+1, take(b.parse()); n == firstBlocks || !more {
			break
		}
	}
	if more && unread == nil {
		inorder.Map(pieces(blockBytes), block.parse, take)
	}
	switch {
	case next != 0 && ctx.Err() != nil: // who broke off wants no error either
		return 0, ctx.Err()
	case next == 0 || next > last:
		s.offset = offset
		return next, nil
	case failure == nil && unread != nil:
		return 0, unread
	case failure == nil:
		failure = r.corrupt(link{Segment: first, Offset: offset}, "the segment ends early")
	}
	return 0, failure
}

// near is how close in front of a line a search for it ends, in bytes.
const near = 32 << 10

// seek finds the beginning of a line close in front of the one at a position, or
// of that one, in the open segment: positions ascend, so it halves the distance.
func (r *reader) seek(p event.Position, size int64) (int64, error) {
	low, err := r.lineBehind(0, size) // behind the header
	if err != nil {
		return 0, err
	}
	for high := size; high-low > near; {
		middle := low + (high-low)/2
		begin, err := r.lineBehind(middle, high)
		if err != nil {
			return 0, err
		}
		at, ok := event.Position(0), false
		if begin < high {
			if at, ok, err = r.positionAt(begin); err != nil {
				return 0, err
			}
		}
		if !ok || at > p {
			high = middle
		} else {
			low = begin
		}
	}
	return low, nil
}

// lineBehind is where the first line begins behind an offset, at most limit.
func (r *reader) lineBehind(offset, limit int64) (int64, error) {
	for block := make([]byte, 4<<10); offset < limit; offset += int64(len(block)) {
		block = block[:min(int64(len(block)), limit-offset)]
		if _, err := r.file.ReadAt(block, offset); err != nil {
			return 0, fmt.Errorf("%w: read log: %w", ports.ErrUnavailable, err)
		}
		if at := bytes.IndexByte(block, '\n'); at >= 0 {
			return offset + int64(at) + 1, nil
		}
	}
	return limit, nil
}

// positionAt is the position of the line that begins at an offset; false if none
// can be read there.
func (r *reader) positionAt(offset int64) (event.Position, bool, error) {
	var start [len(lineStart) + 21]byte
	n, err := r.file.ReadAt(start[:], offset)
	if err != nil && !errors.Is(err, io.EOF) { // too little is no position
		return 0, false, fmt.Errorf("%w: read log: %w", ports.ErrUnavailable, err)
	}
	c := event.NewCursor(start[:n])
	p := event.Position(c.Natural(lineStart))
	return p, c.Has(`,`), nil
}
