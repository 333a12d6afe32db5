package jsonevents

import (
	"errors"
	"fmt"
	"slices"

	"github.com/google/uuid"

	"github.com/onhand/onhand/adapters/internal/durablefile"
	"github.com/onhand/onhand/adapters/internal/snapfile"
	"github.com/onhand/onhand/adapters/jsonevents/internal/logindex"
	"github.com/onhand/onhand/adapters/jsonevents/internal/logline"
	"github.com/onhand/onhand/adapters/jsonevents/internal/processlock"
	"github.com/onhand/onhand/adapters/jsonevents/internal/segment"
	"github.com/onhand/onhand/domain/event"
	"github.com/onhand/onhand/ports"
)

// recovery brings the log to a state that every acknowledged commit is part of, or refuses. The
// lock is held.
type recovery struct {
	dir     segment.Directory
	head    headFile
	lock    *processlock.Lock
	indexes snapfile.Series
	opts    *Options
}

// run returns the log that it has found.
func (r *recovery) run() (*logScan, error) {
	if err := errors.Join(r.head.sweep(), r.dir.Sweep()); err != nil {
		return nil, err
	}
	known, hasHead, err := r.head.read()
	if err != nil {
		return nil, err
	}
	firsts, err := r.dir.List()
	if err != nil {
		return nil, err
	}
	if firsts, err = r.cutPoisoned(firsts, known); err != nil {
		return nil, err
	}
	if len(firsts) == 0 {
		if hasHead {
			return nil, &ports.CorruptError{
				Location: r.dir.Log(),
				Problem:  fmt.Sprintf("the log is gone, HEAD knows of %d commits", known.Position),
			}
		}
		return r.createLog()
	}
	s, torn, err := r.scan(firsts, known)
	if err != nil {
		return nil, err
	}
	s.hasHead = hasHead
	if err := s.checkHead(r.head, torn); err != nil {
		return nil, err
	}
	return s, r.makeDurable(s, torn)
}

// createLog makes the first segment of a new store.
func (r *recovery) createLog() (*logScan, error) {
	log := &logState{store: uuid.NewString(), index: logindex.New(r.opts.knowsKeysFor()), segments: []event.Position{1}}
	end, hash, err := r.dir.Create(&logline.Header{Segment: 1, Store: log.store})
	if err == nil {
		err = r.dir.Disk.SyncDir(r.dir.Path)
	}
	if err != nil {
		return nil, fmt.Errorf("create the log: %w", err)
	}
	log.chain, log.end, log.bytes = hash, end.Byte, end.Byte
	return &logScan{scanner: scanner{log: log}, dir: r.dir}, nil
}

// scan reads the log, from the newest saved index on that can be used.
func (r *recovery) scan(firsts []event.Position, known head) (*logScan, *badLine, error) {
	positions, err := r.indexes.Positions()
	if !r.opts.Shared { // otherwise another process may be writing an index
		err = errors.Join(err, r.indexes.Sweep())
	}
	if err != nil {
		r.opts.Report(ports.Incident{
			Component: component, Message: "the saved indexes cannot be listed, or an unfinished one cannot be removed",
			Err: err, Severe: true,
		})
	}
	for _, at := range positions {
		saved, err := logindex.ReadSaved(r.indexes, at, r.opts.knowsKeysFor())
		if err == nil {
			err = saved.Fits(firsts, known.Position)
		}
		if err == nil {
			s := r.scanFrom(saved, known)
			torn, scanErr := s.run(firsts[s.skipped:])
			if !errors.Is(scanErr, errOtherLog) {
				return s, torn, errors.Join(scanErr, s.addSkipped())
			}
			err = scanErr
		}
		r.opts.Report(ports.Incident{
			Component: component,
			Message:   "a saved index cannot be used: the start uses an older one or reads the log",
			Detail:    r.indexes.File(at),
			Err:       err,
			Severe:    !errors.Is(err, logindex.ErrShorterTime),
		})
	}
	s := &logScan{scanner: scanner{log: &logState{index: logindex.New(r.opts.knowsKeysFor())}}, dir: r.dir, head: known}
	torn, err := s.run(firsts)
	return s, torn, err
}

// scanFrom returns a scan that continues a saved index: with the segment in which it ends, whose
// lines up to its end are checked but not taken again.
func (r *recovery) scanFrom(saved *logindex.Saved, known head) *logScan {
	before := len(saved.Segments) - 1
	first := saved.Segments[before]
	log := &logState{store: saved.Store, index: saved.Index, segments: slices.Clone(saved.Segments[:before])}
	s := &logScan{scanner: scanner{log: log, base: saved.Last}, dir: r.dir, head: known, skipped: before}
	if first == saved.Last.Position+1 { // the index ends with the segment before
		log.last, log.chain = saved.Last, saved.Last.Hash
	} else {
		log.last.Position, s.apart = first-1, true
	}
	return s
}

// addSkipped counts the bytes of the segments that were not scanned.
func (s *logScan) addSkipped() error {
	for _, first := range s.log.segments[:s.skipped] {
		file, err := s.dir.Disk.Open(s.dir.File(first))
		if err != nil {
			return fmt.Errorf("open segment: %w", err)
		}
		size, err := file.Size()
		if err = errors.Join(err, file.Close()); err != nil {
			return fmt.Errorf("size of segment: %w", err)
		}
		s.log.bytes += size
	}
	return nil
}

// makeDurable cuts off a torn end and makes the rest of the log durable, the name of its last
// segment too: a killed process may have written it without syncing. Bytes after HEAD are
// written again.
func (r *recovery) makeDurable(s *logScan, torn *badLine) error {
	end := s.log.offset()
	file, err := r.dir.Disk.OpenRW(r.dir.File(end.Segment))
	if err != nil {
		return fmt.Errorf("open segment: %w", err)
	}
	defer func() { _ = file.Close() }()
	if torn != nil {
		const why = "the start cut off a torn end of the log: nothing shows that it was ever durable"
		if err := r.cut(file, torn.at, torn.rest, why); err != nil {
			return err
		}
	}
	sure := int64(0)
	if s.head.End.Segment == end.Segment {
		sure = s.head.End.Byte
	}
	// Some file systems need room to overwrite bytes.
	if err := segment.Rewrite(file, sure, end.Byte); err != nil && !durablefile.IsFull(err) {
		return err
	}
	if err := file.Datasync(); err != nil {
		return &durablefile.SyncError{Op: "sync", Path: r.dir.File(end.Segment), Err: err}
	}
	return r.dir.Sync()
}

// cut keeps the rest of a segment aside, removes it from the log, and reports that.
func (r *recovery) cut(file durablefile.File, at logline.Offset, rest []byte, why string) error {
	kept, err := r.dir.Cut(file, at, rest)
	if err == nil {
		reportCut(r.opts.Report, why, r.dir.File(at.Segment), at, len(rest), kept)
	}
	return err
}

// reportCut reports that the rest of a segment was cut off, and where it is kept.
func reportCut(report ports.Reporter, why, file string, at logline.Offset, length int, kept string) {
	report(ports.Incident{
		Component: component,
		Message:   why,
		Detail:    fmt.Sprintf("%d bytes of %s from byte %d, kept in %s", length, file, at.Byte, kept),
		Severe:    true,
	})
}
