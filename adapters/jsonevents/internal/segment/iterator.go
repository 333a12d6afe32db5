package segment

import (
	"context"
	"fmt"
	"iter"

	"github.com/onhand/onhand/adapters/jsonevents/internal/logline"
	"github.com/onhand/onhand/application/inorder"
	"github.com/onhand/onhand/domain/event"
	"github.com/onhand/onhand/ports"
)

// Span is commits of one segment that follow one another. Reading moves its beginning.
type Span struct {
	Segment event.Position
	Next    event.Position // of the next commit to read
	Last    event.Position // of the last commit
	End     int64          // the byte at which the last commit ends, 0 for the end of the file
	At      int64          // the byte at which the next commit begins, 0 if that must be searched for
}

// Commits yields the commits of a span. If it yields all of them, the span's Next and At are those
// of the commit after the span. Bytes after the end of the span may disappear at any time.
func (r *Reader) Commits(ctx context.Context, s *Span) iter.Seq2[ports.Recorded, error] {
	return func(yield func(ports.Recorded, error) bool) {
		i := &iterator{Reader: r, ctx: ctx, span: s, yield: yield}
		err := i.begin()
		if err == nil {
			err = i.run()
		}
		if err != nil {
			yield(ports.Recorded{}, err)
		}
	}
}

// iterator is one reading of a span.
type iterator struct {
	*Reader
	ctx   context.Context
	span  *Span
	yield func(ports.Recorded, error) bool
	left  bool  // the caller ended the reading
	wrong error // the damage, if a line is not the expected one

	// Blocks are read ahead of the lines that are yielded.
	end    int64
	ahead  int64 // the byte up to which blocks have been read
	unread error // why no more could be read
}

// begin opens the segment and finds the first commit.
func (i *iterator) begin() error {
	s := i.span
	i.end = s.End
	return i.Guarded(i.ctx, func() (err error) {
		if err = i.open(s.Segment); err == nil && i.end == 0 {
			i.end, err = i.file.Size()
		}
		if err == nil && s.At == 0 {
			s.At, err = seek(i.file, s.Next, i.end)
		}
		i.ahead = s.At
		return err
	})
}

// The first blocks are small and are read one after the other: many callers want no more, and
// blocks that are decoded ahead, on all processors, would be wasted.
const (
	firstBytes  = 32 << 10
	firstBlocks = 4
)

// run yields the commits, and returns the reason why some are missing, unless the caller ended the
// reading.
func (i *iterator) run() error {
	n, more := 0, true
	for b := range i.blocks(firstBytes) {
		if n, more = n+1, i.take(b.Parse()); n == firstBlocks || !more {
			break
		}
	}
	if more && i.unread == nil {
		inorder.Map(i.blocks(BlockBytes), Block.Parse, i.take)
	}
	switch {
	case i.left:
		return nil
	case i.ctx.Err() != nil:
		return i.ctx.Err()
	case i.span.Next > i.span.Last:
		return nil
	case i.wrong != nil:
		return i.wrong
	case i.unread != nil:
		return i.unread
	}
	return i.Corrupt(logline.Offset{Segment: i.span.Segment, Byte: i.span.At}, "the segment ends early")
}

// blocks reads the rest of the span, in blocks of about so many bytes.
func (i *iterator) blocks(most int) iter.Seq[Block] {
	return func(yield func(Block) bool) {
		for i.ahead < i.end && i.ctx.Err() == nil {
			var lines []byte
			if i.unread = i.Guarded(i.ctx, func() (err error) {
				lines, err = ReadLines(i.file, nil, i.ahead, i.end, most)
				return err
			}); i.unread != nil {
				return
			}
			i.ahead += int64(len(lines))
			if !yield(Block{Bytes: lines}) {
				return
			}
		}
	}
}

// take yields lines, and reports whether more are wanted.
func (i *iterator) take(lines []Parsed) bool {
	s := i.span
	for _, p := range lines {
		switch {
		case i.ctx.Err() != nil:
			return false
		case p.Err != nil || p.Line.Position > s.Next:
			at := logline.Offset{Segment: s.Segment, Byte: s.At}
			i.wrong = i.Corrupt(at, fmt.Sprintf("is not the commit at position %d", s.Next))
			return false
		}
		s.At += int64(p.Length)
		if p.Line.Position < s.Next { // seek ends a little before
			continue
		}
		s.Next++
		if i.left = !i.yield(p.Line.Recorded, nil); i.left || s.Next > s.Last {
			return false
		}
	}
	return true
}
