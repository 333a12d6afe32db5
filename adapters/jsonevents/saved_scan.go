package jsonevents

import (
	"errors"
	"fmt"
	"slices"

	"github.com/onhand/onhand/domain/event"
	"github.com/onhand/onhand/ports"
)

// scanFromSaved scans from the segment on that the newest saved index ends in
// which can be used; nil if there is none.
func (s *Store) scanFromSaved(firsts []event.Position, known head) (*recovered, *badLine, error) {
	files := s.indexFiles()
	all, err := files.Positions()
	if !s.opts.Shared { // otherwise another process may be writing an index
		err = errors.Join(err, files.Sweep())
	}
	if err != nil {
		s.opts.Report(ports.Incident{Component: component, Message: "saved indexes are not in order", Err: err, Severe: true})
	}
	for _, at := range all {
		from, err := readSaved(files, at, s.opts.KeyTTL)
		if err == nil {
			err = from.fits(firsts, known)
		}
		if err == nil {
			r := from.recovered(s.dir, known)
			torn, scanErr := r.scan(firsts[len(r.segments):])
			if !errors.Is(scanErr, errOtherLog) {
				return r, torn, errors.Join(scanErr, r.addSkipped())
			}
			err = scanErr
		}
		s.opts.Report(ports.Incident{
			Component: component,
			Message:   "a saved index cannot be used: an older one or the log itself is",
			Detail:    files.File(at),
			Err:       err,
			Severe:    !errors.Is(err, errShorterTime),
		})
	}
	return nil, nil, nil
}

// recovered begins a scan that goes on from a saved index: with the segment that
// it ends in, whose lines up to its end are checked but not taken again.
func (s *saved) recovered(dir directory, known head) *recovered {
	before := len(s.segments) - 1
	first := s.segments[before]
	r := &recovered{skipped: before, scanner: scanner{
		dir: dir, index: s.index, head: known, store: s.store, base: s.last,
		segments: slices.Clone(s.segments[:before]),
	}}
	if first == s.last.Last+1 { // the index ends with the segment before
		r.positions, r.chain = s.last, s.last.Hash
	} else {
		r.positions.Last, r.apart = first-1, true
	}
	return r
}

// addSkipped counts the bytes of the segments that were not scanned.
func (r *recovered) addSkipped() error {
	for _, first := range r.segments[:r.skipped] {
		file, err := r.dir.disk.Open(r.dir.segment(first))
		if err != nil {
			return fmt.Errorf("open segment: %w", err)
		}
		size, err := file.Size()
		if err = errors.Join(err, file.Close()); err != nil {
			return fmt.Errorf("size of segment: %w", err)
		}
		r.bytes += size
	}
	return nil
}
