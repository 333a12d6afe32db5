package jsonevents

import (
	"errors"
	"fmt"
	"slices"

	"github.com/onhand/onhand/adapters/internal/durablefile"
	"github.com/onhand/onhand/domain/event"
	"github.com/onhand/onhand/ports"
)

// recovered is what a start found: the state from which the committer goes on.
type recovered struct {
	scanner
	end     int64 // of the last segment
	skipped int   // segments that a saved index stood for
}

// recoverLog brings the log to a state that every acknowledged commit is part
// of, or refuses. The lock is held.
func (s *Store) recoverLog() (*recovered, error) {
	if err := s.dir.sweep(); err != nil {
		return nil, err
	}
	known, hasHead, err := s.dir.readHead()
	if err != nil {
		return nil, err
	}
	firsts, err := s.dir.segments()
	if err != nil {
		return nil, err
	}
	if firsts, err = s.cutPoisoned(firsts, known); err != nil {
		return nil, err
	}
	if len(firsts) == 0 {
		if hasHead {
			return nil, &ports.CorruptError{File: s.dir.log(), Problem: fmt.Sprintf("the log is gone, HEAD knows of %d commits", known.Position)}
		}
		return s.createLog()
	}
	r, torn, err := s.scanFromSaved(firsts, known)
	if r == nil && err == nil {
		r = &recovered{scanner: scanner{dir: s.dir, index: newIndex(s.opts.KeyTTL), head: known}}
		torn, err = r.scan(firsts)
	}
	if err != nil {
		return nil, err
	}
	if err := r.vouched(hasHead, torn); err != nil {
		return nil, err
	}
	return r, s.settle(r, torn)
}

// createLog makes the first segment of a new store.
func (s *Store) createLog() (*recovered, error) {
	r := &recovered{scanner: scanner{dir: s.dir, index: newIndex(s.opts.KeyTTL), store: newStoreID()}}
	first := &header{Segment: 1, Store: r.store}
	content, hash := first.encode()
	content = append(content, '\n')
	if err := durablefile.WriteAtomically(s.dir.disk, s.dir.segment(1), content); err != nil {
		return nil, fmt.Errorf("create the log: %w", err)
	}
	if err := s.dir.disk.SyncDir(s.dir.path); err != nil {
		return nil, fmt.Errorf("create the log: %w", err)
	}
	r.chain, r.segments, r.end, r.bytes = hash, []event.Position{1}, int64(len(content)), int64(len(content))
	return r, nil
}

// scan reads all segments. It returns the torn end of the last one, if it has
// one; any other bad line is damage.
func (r *recovered) scan(firsts []event.Position) (torn *badLine, err error) {
	for i, first := range firsts {
		end, bad, err := r.segment(first)
		if err != nil {
			return nil, err
		}
		r.end = end
		if bad != nil {
			if err := r.verdict(first, bad, r.head, i == len(firsts)-1); err != nil {
				return nil, err
			}
			torn = bad
		}
		if err := r.meetsHead(first); err != nil {
			return nil, err
		}
	}
	return torn, nil
}

// meetsHead checks that the line that HEAD vouches for is in the log.
func (r *recovered) meetsHead(first event.Position) error {
	if r.head.Segment != first || r.met {
		return nil
	}
	problem := "the line that HEAD vouches for is another one"
	if r.end < r.head.Offset {
		problem = fmt.Sprintf("the log ends at byte %d with position %d, HEAD knows of position %d: acknowledged commits are missing",
			r.end, r.positions.Last, r.head.Position)
	}
	return &ports.CorruptError{File: r.dir.segment(first), Offset: r.head.Offset, Problem: problem}
}

// vouched checks that HEAD exists where a commit may ever have been, since the
// first HEAD is durable before the first commit, and that its segment exists.
func (r *recovered) vouched(hasHead bool, torn *badLine) error {
	switch {
	case hasHead && r.head.Segment > r.segments[len(r.segments)-1]:
		return &ports.CorruptError{File: r.dir.log(), Problem: fmt.Sprintf(
			"the log ends with position %d, HEAD knows of position %d: acknowledged commits are missing", r.positions.Last, r.head.Position)}
	case hasHead && !r.met:
		return &ports.CorruptError{File: r.dir.head(), Problem: fmt.Sprintf(
			"vouches for segment %d, which the log does not have", r.head.Segment)}
	case !hasHead && (r.positions.Last > 0 || torn != nil):
		return &ports.CorruptError{File: r.dir.head(), Problem: fmt.Sprintf(
			"is missing, the log holds %d commits: without it nobody can tell whether more were acknowledged", r.positions.Last)}
	}
	return nil
}

// settle cuts off a torn end and makes what is left durable, the name of the
// segment too, since a killed process may have written it without syncing. What HEAD
// does not vouch for is written anew, since a sync of it may have failed.
func (s *Store) settle(r *recovered, torn *badLine) error {
	last := r.segments[len(r.segments)-1]
	file, err := s.dir.disk.OpenRW(s.dir.segment(last))
	if err != nil {
		return fmt.Errorf("open segment: %w", err)
	}
	defer func() { _ = file.Close() }()
	if torn != nil {
		if err := s.cut(file, last, torn.offset, torn.rest, "torn end of the log cut off: nothing shows that it was ever durable"); err != nil {
			return err
		}
	}
	sure := int64(0)
	if r.head.Segment == last {
		sure = r.head.Offset
	}
	if err := writeAnew(file, sure, r.end); err != nil && !durablefile.IsFull(err) { // some file systems need room for that
		return err
	}
	if err := file.Datasync(); err != nil {
		return &durablefile.SyncError{Op: "sync", Path: s.dir.segment(last), Err: err}
	}
	if err := s.dir.disk.SyncDir(s.dir.log()); err != nil {
		return &durablefile.SyncError{Op: "sync directory", Path: s.dir.log(), Err: err}
	}
	return nil
}

// cut keeps what follows offset aside and removes it from the log, durably.
func (s *Store) cut(file durablefile.File, first event.Position, offset int64, content []byte, why string) error {
	kept, err := s.dir.keepAside(first, offset, content)
	if err != nil {
		return err
	}
	err = errors.Join(file.Truncate(offset), file.Datasync())
	if err != nil {
		return &durablefile.SyncError{Op: "truncate", Path: s.dir.segment(first), Err: err}
	}
	s.opts.Report(ports.Incident{
		Component: component,
		Message:   why,
		Detail:    fmt.Sprintf("%d bytes of %s from byte %d, kept in %s", len(content), s.dir.segment(first), offset, kept),
		Severe:    true,
	})
	return nil
}

// cutPoisoned does what a POISON mark asks for: what lies behind the last good
// sync may exist in the page cache alone, so it is kept aside and removed. It
// returns the segments that are left.
func (s *Store) cutPoisoned(firsts []event.Position, known head) ([]event.Position, error) {
	p, found, err := s.lock.readPoison()
	if err != nil || !found {
		return firsts, err
	}
	p = p.notBefore(known)
	if !slices.Contains(firsts, p.Segment) {
		return nil, &ports.CorruptError{File: s.dir.segment(p.Segment), Problem: "is missing, the poison mark vouches for it"}
	}
	var left []event.Position
	for _, first := range firsts {
		if first <= p.Segment {
			left = append(left, first)
		}
		if first < p.Segment {
			continue
		}
		offset := int64(0)
		if first == p.Segment {
			offset = p.Offset
		}
		if err := s.cutSegment(first, offset); err != nil {
			return nil, err
		}
	}
	return left, s.lock.clearPoison()
}

// cutSegment keeps aside and removes what a segment has behind offset; at
// offset 0 the segment itself goes, which never held an acknowledged commit.
func (s *Store) cutSegment(first event.Position, offset int64) error {
	name := s.dir.segment(first)
	content, err := durablefile.ReadAll(s.dir.disk, name)
	if err != nil {
		return fmt.Errorf("read segment: %w", err)
	}
	if int64(len(content)) < offset {
		return &ports.CorruptError{File: name, Offset: offset, Problem: "the log ends before the poison mark: acknowledged commits are missing"}
	}
	if int64(len(content)) > offset {
		file, err := s.dir.disk.OpenRW(name)
		if err != nil {
			return fmt.Errorf("open segment: %w", err)
		}
		err = s.cut(file, first, offset, content[offset:], "end of the log cut off: its sync had failed, so it was not acknowledged")
		if err = errors.Join(err, file.Close()); err != nil {
			return err
		}
	}
	if offset > 0 {
		return nil
	}
	if err := s.dir.disk.Remove(name); err != nil {
		return fmt.Errorf("remove segment: %w", err)
	}
	if err := s.dir.disk.SyncDir(s.dir.log()); err != nil {
		return &durablefile.SyncError{Op: "sync directory", Path: s.dir.log(), Err: err}
	}
	return nil
}
