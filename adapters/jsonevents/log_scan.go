package jsonevents

import (
	"fmt"

	"github.com/onhand/onhand/adapters/internal/durablefile"
	"github.com/onhand/onhand/adapters/jsonevents/internal/logline"
	"github.com/onhand/onhand/adapters/jsonevents/internal/segment"
	"github.com/onhand/onhand/application/inorder"
	"github.com/onhand/onhand/domain/event"
	"github.com/onhand/onhand/ports"
)

// logScan reads the segments of a log in their order, from the first, or from the one in which the
// index on disk ends. It changes nothing.
type logScan struct {
	scanner
	dir     segment.Directory
	head    head            // the end that HEAD vouches for
	hasHead bool            //
	met     bool            // that end was found in the log
	limit   *logline.Offset // bytes after it are ignored; may be nil
	beyond  int64           // the bytes after the limit
	skipped int             // the segments that the index on disk stands for
	flush   func()          // is called after some lines that HEAD shows to be durable; may be nil
	flusher *indexFlusher   // of the index; nil without a tier
	content []byte          // of a segment; its memory is used again
}

// run reads segments. It returns the torn end of the last one, if it has one. Any other bad line
// is damage.
func (s *logScan) run(firsts []event.Position) (torn *badLine, err error) {
	for i, first := range firsts {
		bad, err := s.segment(first)
		if err != nil {
			return nil, err
		}
		if bad != nil {
			if err := bad.damage(s.dir.File(first), s.head.End, i == len(firsts)-1); err != nil {
				return nil, err
			}
			torn = bad
		}
		if err := s.meetsHead(first); err != nil {
			return nil, err
		}
	}
	return torn, nil
}

// segment reads the next segment. It returns the first bad line, if there is one.
func (s *logScan) segment(first event.Position) (bad *badLine, err error) {
	content, err := durablefile.ReadInto(s.content, s.dir.Disk, s.dir.File(first))
	if err != nil {
		return nil, fmt.Errorf("read segment: %w", err)
	}
	s.content = content
	if s.limit != nil && s.limit.Segment == first {
		s.beyond = max(0, int64(len(content))-s.limit.Byte)
		content = content[:int64(len(content))-s.beyond]
	}
	at := logline.Offset{Segment: first}
	number := 0
	inorder.Map(segment.Blocks(content), segment.Block.Parse, func(lines []segment.Parsed) bool {
		for _, p := range lines {
			number++
			if fault := s.check(p, first); fault != nil {
				err = newerAt(durablefile.Location(s.dir.File(first), number, at.Byte), fault.err)
				bad = &badLine{at: at, number: number, problem: fault.problem, rest: content[at.Byte:]}
				return false
			}
			at.Byte = s.log.end
			if s.head.End == at {
				s.met = s.head.Hash == s.log.chain && s.head.Position == s.log.last.Position
			}
		}
		if s.flush != nil && first < s.head.End.Segment {
			s.flush()
		}
		return true
	})
	if number == 0 {
		bad = &badLine{at: at, number: 1, problem: "the segment is empty"}
	}
	return bad, err
}

// meetsHead checks that the line that HEAD vouches for is in the log.
func (s *logScan) meetsHead(first event.Position) error {
	if s.head.End.Segment != first || s.met {
		return nil
	}
	problem := "the line that HEAD vouches for is another one"
	if s.log.end < s.head.End.Byte {
		const missing = "the log ends at byte %d with position %d, HEAD knows of position %d: acknowledged commits are missing"
		problem = fmt.Sprintf(missing, s.log.end, s.log.last.Position, s.head.Position)
	}
	return &ports.CorruptError{Location: durablefile.Location(s.dir.File(first), 0, s.head.End.Byte), Problem: problem}
}

// checkHead checks that HEAD exists where a commit may ever have been, since the first HEAD is
// durable before the first commit, and that its segment exists.
func (s *logScan) checkHead(head headFile, torn *badLine) error {
	last := s.log.last.Position
	switch {
	case s.hasHead && s.head.End.Segment > s.log.segments[len(s.log.segments)-1]:
		return &ports.CorruptError{Location: s.dir.Log(), Problem: fmt.Sprintf(
			"the log ends with position %d, HEAD knows of position %d: acknowledged commits are missing", last, s.head.Position)}
	case s.hasHead && !s.met:
		return &ports.CorruptError{Location: head.name, Problem: fmt.Sprintf(
			"vouches for segment %d, which the log does not have", s.head.End.Segment)}
	case !s.hasHead && (last > 0 || torn != nil):
		return &ports.CorruptError{Location: head.name, Problem: fmt.Sprintf(
			"is missing, the log holds %d commits: without it a start cannot tell whether more were acknowledged", last)}
	}
	return nil
}
