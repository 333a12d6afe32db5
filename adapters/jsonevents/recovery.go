package jsonevents

import (
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"

	"github.com/onhand/onhand/adapters/internal/durablefile"
	"github.com/onhand/onhand/adapters/internal/orderedkv"
	"github.com/onhand/onhand/adapters/jsonevents/internal/logline"
	"github.com/onhand/onhand/adapters/jsonevents/internal/processlock"
	"github.com/onhand/onhand/adapters/jsonevents/internal/segment"
	"github.com/onhand/onhand/domain/event"
	"github.com/onhand/onhand/ports"
)

// recovery brings the log to a state that every acknowledged commit is part of, or refuses. The
// lock is held.
type recovery struct {
	dir  segment.Directory
	head headFile
	lock *processlock.Lock
	tier orderedkv.Store
	opts *Options

	limit *logline.Offset // where a reading ends; nil: at the end of the log
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
	removeSavedIndexes(r.dir.Disk, r.dir.Path)
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
	index, err := r.emptyIndex(time.Time{})
	if err != nil {
		return nil, err
	}
	log := &logState{store: uuid.NewString(), index: index, segments: []event.Position{1}}
	end, hash, err := r.dir.Create(&logline.Header{Segment: 1, Store: log.store})
	if err == nil {
		err = r.dir.Disk.SyncDir(r.dir.Path)
	}
	if err != nil {
		return nil, fmt.Errorf("create the log: %w", err)
	}
	log.chain, log.end, log.bytes = hash, end.Byte, end.Byte
	return &logScan{scanner: scanner{log: log}, dir: r.dir, flusher: r.newFlusher()}, nil
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
