package jsonevents

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/onhand/onhand/adapters/internal/durablefile"
	"github.com/onhand/onhand/application/inorder"
	"github.com/onhand/onhand/domain/event"
	"github.com/onhand/onhand/ports"
)

// scanner reads the log from its beginning, or from the segment that a saved
// index ends in, checks that each line follows from the one before, and builds
// the index on the way. It changes nothing.
type scanner struct {
	dir   directory
	index *index
	visit func(*line) error // told of every good commit; may be nil
	head  head              // the end that HEAD vouches for
	met   bool              // that end was found in the log
	limit *poison           // what lies behind it is not looked at; may be nil
	base  position          // up to which the index had everything before the scan
	apart bool              // the next segment follows one that was not scanned
	// chainOnly: hashes and order are checked, the index stays empty.
	chainOnly bool

	store     string   // id of the store
	positions position // of the last commit
	chain     hashed   // of the last line
	segments  []event.Position
	bytes     int64  // of the log, up to the last good line
	beyond    int64  // bytes behind the limit
	content   []byte // of a segment; kept to be used again
	delta     *delta // likewise
}

// position is where the log stands after a commit.
type position struct {
	Last event.Position
	Time time.Time
	Hash hashed // of the commit's line
}

// badLine is the first line of a segment that does not check out.
type badLine struct {
	offset  int64 // where it begins
	number  int   // in its segment, from 1
	problem string
	rest    []byte // the segment from there on
}

// segment reads the next segment. It returns where its good lines end and the
// first bad one, if any.
func (s *scanner) segment(first event.Position) (end int64, bad *badLine, err error) {
	content, err := durablefile.ReadInto(s.content, s.dir.disk, s.dir.segment(first))
	if err != nil {
		return 0, nil, fmt.Errorf("read segment: %w", err)
	}
	s.content = content
	s.segments = append(s.segments, first)
	if s.limit != nil && s.limit.Segment == first {
		s.beyond = max(0, int64(len(content))-s.limit.Offset)
		content = content[:int64(len(content))-s.beyond]
	}
	number := 0
	inorder.Map(blocks(content, true), block.parse, func(lines []parsed) bool {
		for _, p := range lines {
			number++
			fault := s.follow(p, first, end)
			if fault != nil && fault.visitor != nil {
				err = fault.visitor
				return false
			}
			if fault != nil {
				bad = &badLine{offset: end, number: number, problem: fault.problem, rest: content[end:]}
				return false
			}
			end += int64(p.length)
			if s.head.Segment == first && s.head.Offset == end {
				s.met = s.head.Hash == s.chain && s.head.Position == s.positions.Last
			}
		}
		return true
	})
	s.bytes += end
	if number == 0 {
		return 0, &badLine{number: 1, problem: "the segment is empty"}, nil
	}
	return end, bad, err
}

// lineFault is why a line is not taken: a problem of the line, or the visitor's
// own error.
type lineFault struct {
	problem string
	visitor error
}

func faultf(format string, args ...any) *lineFault {
	return &lineFault{problem: fmt.Sprintf(format, args...)}
}

// follow checks that a line follows the ones before and takes it. Its offset in
// the segment is where the good lines end so far.
func (s *scanner) follow(p parsed, first event.Position, offset int64) *lineFault {
	switch {
	case p.err != nil:
		return faultf("%v", p.err)
	case p.header != nil:
		return s.header(p.header, first)
	}
	l := p.line
	switch {
	case l.Prev != s.chain:
		return faultf("the line before is not the one that this line follows")
	case l.Position != s.positions.Last+1:
		return faultf("position %d follows %d", l.Position, s.positions.Last)
	case l.Time.Before(s.positions.Time):
		return faultf("its time is before that of the commit before")
	case l.Batch > offset:
		return faultf("its group commit begins behind it")
	}
	switch {
	case s.chainOnly:
		for _, e := range l.Tokens {
			s.index.highest = max(s.index.highest, e.Token)
		}
	case l.Position > s.base.Last:
		if err := s.take(l, offset); err != nil {
			return faultf("%v", err)
		}
	case l.Position == s.base.Last && l.Hash != s.base.Hash:
		return &lineFault{visitor: errOtherLog}
	}
	s.chain, s.positions = l.Hash, position{Last: l.Position, Time: l.Time, Hash: l.Hash}
	if s.visit != nil {
		if err := s.visit(l); err != nil {
			return &lineFault{visitor: err}
		}
	}
	return nil
}

// errOtherLog means that a saved index is not of this log.
var errOtherLog = errors.New("it is the index of another log")

func (s *scanner) header(h *header, first event.Position) *lineFault {
	switch {
	case h.Segment != first:
		return faultf("the header is that of segment %d", h.Segment)
	case h.Segment != s.positions.Last+1:
		return faultf("the segment begins with position %d, the log before ends with %d", h.Segment, s.positions.Last)
	}
	problem := ""
	switch {
	case !s.apart && h.Prev != s.chain:
		problem = "the segment before is not the one that this segment follows"
	case s.store != "" && h.Store != s.store:
		problem = "the segment belongs to another store"
	case !s.apart && h.Epoch != s.index.highest:
		problem = fmt.Sprintf("the header's epoch is %d, the log's is %d", h.Epoch, s.index.highest)
	}
	if problem != "" && s.base.Last > 0 && s.positions.Last <= s.base.Last {
		return &lineFault{visitor: errOtherLog} // only the saved index says so
	}
	if problem != "" {
		return &lineFault{problem: problem}
	}
	s.store, s.chain, s.apart = h.Store, h.Hash, false
	return nil
}

// take checks a commit against the index and adds it.
func (s *scanner) take(l *line, offset int64) error {
	if err := l.Check(commitLimits); err != nil {
		return err
	}
	if s.delta == nil {
		s.delta = newDelta(s.index)
	}
	d := s.delta
	d.renew()
	if err := d.checkVersions(&l.Commit, Limits{Streams: len(s.index.streams) + len(l.Events)}); err != nil {
		return err
	}
	at := place{segment: uint32(len(s.segments) - 1), offset: uint32(offset)} //nolint:gosec // bounded by the segment size
	var hash keyHash
	if l.Key != "" {
		hash = hashKey(l.Key)
	}
	links := d.add(&l.Commit, hash, at)
	for i := range links {
		if !sameLinks(l.Links[i], links[i], s.segments) {
			return fmt.Errorf("event %d links back to the wrong place", i)
		}
	}
	d.merge()
	if l.Key != "" {
		s.index.keys.add(hash, at, l.Time)
	}
	return nil
}

func sameLinks(links []link, places []place, segments []event.Position) bool {
	if len(links) != len(places) {
		return false
	}
	for i, p := range places {
		if links[i] != (link{Segment: segments[p.segment], Offset: int64(p.offset)}) {
			return false
		}
	}
	return true
}

// syncedAfter looks for proof, in what follows a bad line, that the line had
// been synced: a valid line whose group commit begins behind it. Line breaks
// are not trusted, since one of them may be what went bad.
func syncedAfter(bad *badLine) bool {
	rest := string(bad.rest)
	for at := 0; ; {
		next := strings.Index(rest[at+1:], lineStart)
		if next < 0 {
			return false
		}
		at += 1 + next
		candidate, _, _ := strings.Cut(rest[at:], "\n")
		if l, err := decodeLine([]byte(candidate)); err == nil && l.Batch > bad.offset {
			return true
		}
	}
}

// verdict tells whether a bad line is the torn end of a write that nobody was
// told of (nil), or damage to what had been acknowledged.
func (s *scanner) verdict(first event.Position, bad *badLine, known head, last bool) error {
	var problem string
	switch {
	case bad.number == 1:
		problem = "the segment's header is damaged: "
	case !last:
		problem = "damaged before a later segment: "
	case first < known.Segment || first == known.Segment && bad.offset < known.Offset:
		problem = "damaged before the end that HEAD vouches for: "
	case syncedAfter(bad):
		problem = "damaged before a later group commit: "
	default:
		return nil
	}
	return &ports.CorruptError{
		File:    s.dir.segment(first),
		Offset:  bad.offset,
		Line:    bad.number,
		Problem: problem + bad.problem,
	}
}
