package jsonevents

import (
	"errors"
	"fmt"
	"slices"

	"github.com/onhand/onhand/adapters/jsonevents/internal/logindex"
	"github.com/onhand/onhand/adapters/jsonevents/internal/logline"
	"github.com/onhand/onhand/adapters/jsonevents/internal/segment"
	"github.com/onhand/onhand/domain/event"
)

// logState is the log up to its last line.
type logState struct {
	store    string // the id of the store
	index    *logindex.Index
	segments []event.Position // their first positions
	last     logline.Tip      // the last commit
	chain    logline.Hash     // of the last line, which may be a header
	end      int64            // of the last segment, in bytes
	bytes    int64            // of all segments
}

// cut begins a flush of the index.
func (l *logState) cut() (f *logindex.Flush, last bool) {
	n := len(l.segments)
	return l.index.Cut(logindex.Origin{Store: l.store, Last: l.last, Segments: l.segments[:n:n]})
}

// offset returns where the log ends.
func (l *logState) offset() logline.Offset {
	return logline.Offset{Segment: l.segments[len(l.segments)-1], Byte: l.end}
}

// scanner adds lines to the state of a log, and checks that each follows from the ones before.
type scanner struct {
	log     *logState
	visit   func(l *logline.Line, at logline.Offset) error // is told of every good commit; may be nil
	base    logline.Tip                                    // the commit up to which the index on disk has everything
	apart   bool                                           // the next segment follows one that was not scanned
	pending *logindex.Pending                              // of one line at a time; its memory is used again
	// chainOnly: hashes and order are checked, the index stays empty.
	chainOnly bool
}

// lineFault is why a line is not taken: a problem of the line, or the error of another part.
type lineFault struct {
	problem string
	err     error
}

func faultf(format string, args ...any) *lineFault {
	return &lineFault{problem: fmt.Sprintf(format, args...)}
}

// check checks that a line of a segment follows the ones before, and takes it.
func (s *scanner) check(p segment.Parsed, first event.Position) *lineFault {
	var fault *lineFault
	var at logline.Offset
	switch {
	case isNewer(p.Err):
		return &lineFault{err: p.Err} // it is whole: no start cuts it off
	case p.Err != nil:
		return faultf("%v", p.Err)
	case p.Header != nil:
		if fault = s.header(p.Header, first); fault == nil {
			s.log.segments, s.log.end = append(s.log.segments, first), 0
		}
	default:
		at = s.log.offset()
		fault = s.commit(p.Line)
	}
	if fault != nil {
		return fault
	}
	s.log.end += int64(p.Length)
	s.log.bytes += int64(p.Length)
	if p.Line != nil && s.visit != nil {
		if err := s.visit(p.Line, at); err != nil {
			return &lineFault{err: err}
		}
	}
	return nil
}

// errOtherLog means that the index on disk is not of this log.
var errOtherLog = errors.New("it is the index of another log")

// header checks the first line of a segment.
func (s *scanner) header(h *logline.Header, first event.Position) *lineFault {
	last := s.log.last.Position
	switch {
	case h.Segment != first:
		return faultf("the header is that of segment %d", h.Segment)
	case h.Segment != last+1:
		return faultf("the segment begins with position %d, the log before ends with %d", h.Segment, last)
	}
	problem := ""
	switch {
	case !s.apart && h.Prev != s.log.chain:
		problem = "the segment before is not the one that this segment follows"
	case s.log.store != "" && h.Store != s.log.store:
		problem = "the segment belongs to another store"
	case last >= s.base.Position && h.Token != s.log.index.HighestToken():
		problem = fmt.Sprintf("the header's epoch is %d, the log's is %d", h.Token, s.log.index.HighestToken())
	}
	if problem != "" {
		return s.contradiction(errors.New(problem))
	}
	s.log.store, s.log.chain, s.apart = h.Store, h.Hash, false
	return nil
}

// commit checks a commit's line and adds it to the index.
func (s *scanner) commit(l *logline.Line) *lineFault {
	last := &s.log.last
	switch {
	case l.Prev != s.log.chain:
		return faultf("the line before is not the one that this line follows")
	case l.Position != last.Position+1:
		return faultf("position %d follows %d", l.Position, last.Position)
	case l.Time.Before(last.Time):
		return faultf("its time is before that of the commit before")
	case l.Batch > s.log.end:
		return faultf("its group commit begins after it")
	}
	switch {
	case s.chainOnly:
		for _, t := range l.Tokens {
			s.log.index.RaiseToken(t.Token)
		}
	case l.Position > s.base.Position:
		if err := s.take(l); err != nil {
			return s.contradiction(err)
		}
	case l.Position == s.base.Position && l.Hash != s.base.Hash:
		return &lineFault{err: errOtherLog}
	}
	s.log.chain, s.log.last = l.Hash, l.Tip()
	return nil
}

// contradiction returns the fault of a line that contradicts the index. If the index comes from the
// disk, it may be the index that is wrong.
func (s *scanner) contradiction(err error) *lineFault {
	switch {
	case errors.Is(err, logindex.ErrLookup):
		return &lineFault{err: err}
	case s.base.Position > 0:
		return &lineFault{err: fmt.Errorf("%w: %w", errOtherLog, err)}
	}
	return faultf("%v", err)
}

// take checks a commit against the index and adds it.
func (s *scanner) take(l *logline.Line) error {
	if err := l.Check(commitLimits); err != nil {
		return err
	}
	if s.pending == nil {
		s.pending = logindex.NewPending(s.log.index)
	}
	s.pending.Reset()
	if err := s.pending.CheckVersions(&l.Commit); err != nil {
		return err
	}
	var key logindex.KeyHash
	if l.Key != "" {
		key = logindex.HashKey(l.Key)
	}
	for i, back := range s.pending.Add(&l.Commit, key, s.log.offset()) {
		if !slices.Equal(l.Back[i], back) {
			return fmt.Errorf("event %d links back to the wrong place", i)
		}
	}
	s.pending.Apply()
	return nil
}
