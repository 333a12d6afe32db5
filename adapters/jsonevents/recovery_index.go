package jsonevents

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/onhand/onhand/adapters/internal/durablefile"
	"github.com/onhand/onhand/adapters/internal/orderedkv"
	"github.com/onhand/onhand/adapters/jsonevents/internal/logindex"
	"github.com/onhand/onhand/adapters/jsonevents/internal/logline"
	"github.com/onhand/onhand/adapters/jsonevents/internal/segment"
	"github.com/onhand/onhand/domain/event"
	"github.com/onhand/onhand/ports"
)

// scan reads the log from where the index on disk ends, or all of it if that index is of no use.
func (r *recovery) scan(firsts []event.Position, known head) (*logScan, *badLine, error) {
	s, torn, err := r.scanFromIndex(firsts, known)
	if err == nil || !ofIndex(err) {
		return s, torn, err
	}
	if !errors.Is(err, errNoIndex) {
		r.opts.Report(ports.Incident{
			Component: component, Err: err,
			Message: "the index of the log cannot be used: the start reads the whole log and makes another one",
			Severe:  !errors.Is(err, logindex.ErrShorterTime),
		})
	}
	if errors.Is(err, orderedkv.ErrDamaged) {
		r.replaceTier(r.opts.openIndex(r.dir.Path)) // which deletes a damaged one
	}
	if s, torn, err = r.scanAll(firsts, known); !errors.Is(err, logindex.ErrLookup) {
		return s, torn, err
	}
	r.keepInMemory(err)
	return r.scanAll(firsts, known)
}

var errNoIndex = errors.New("there is no index")

// unfit is an index on disk that does not fit the log.
type unfit struct{ error }

func (u unfit) Unwrap() error { return u.error }

// ofIndex reports whether an error tells of the index, and not of the log.
func ofIndex(err error) bool {
	_, is := errors.AsType[unfit](err)
	return is || errors.Is(err, errOtherLog) || errors.Is(err, logindex.ErrLookup)
}

// scanFromIndex reads the log from the segment on in which the index on disk ends, or that of HEAD
// if it comes before. Lines up to the end of the index are checked but not taken again.
func (r *recovery) scanFromIndex(firsts []event.Position, known head) (*logScan, *badLine, error) {
	index, mark, err := logindex.Open(r.tier, r.opts.indexOptions())
	if err == nil && mark == nil {
		err = errNoIndex
	}
	if err == nil {
		err = r.fits(mark, firsts, known)
	}
	if err != nil {
		return nil, nil, unfit{err}
	}
	skipped := mark.Segments - 1
	for skipped > 0 && firsts[skipped] > known.End.Segment {
		skipped--
	}
	log := &logState{
		store: mark.Store, index: index, segments: slices.Clone(firsts[:skipped]),
		last: logline.Tip{Position: firsts[skipped] - 1},
	}
	s := &logScan{
		scanner: scanner{log: log, base: mark.Last(), apart: skipped > 0},
		dir:     r.dir, head: known, limit: r.limit, skipped: skipped, flusher: r.newFlusher(),
	}
	r.flushOnTheWay(s)
	torn, err := s.run(firsts[skipped:])
	if err == nil && log.last.Position < mark.Position {
		err = unfit{fmt.Errorf("it goes to position %d, the log to %d", mark.Position, log.last.Position)}
	}
	if err != nil {
		return nil, nil, err
	}
	return s, torn, s.addSkipped()
}

// fits returns the reason why an index cannot be that of the log, or nil.
func (r *recovery) fits(mark *logindex.Mark, firsts []event.Position, known head) error {
	if err := mark.Fits(firsts); err != nil {
		return err
	}
	// The log does not end before the mark; that is enough unless the index was not complete.
	if mark.HasKeys(mark.Time.Add(-r.opts.knowsKeysFor())) || mark.HasKeys(r.earliestKey(firsts, known)) {
		return nil
	}
	return logindex.ErrShorterTime
}

// scanAll reads the whole log into an empty index.
func (r *recovery) scanAll(firsts []event.Position, known head) (*logScan, *badLine, error) {
	index, err := r.emptyIndex(r.earliestKey(firsts, known))
	if err != nil {
		return nil, nil, err
	}
	log := &logState{index: index}
	s := &logScan{scanner: scanner{log: log}, dir: r.dir, head: known, limit: r.limit, flusher: r.newFlusher()}
	r.flushOnTheWay(s)
	torn, err := s.run(firsts)
	return s, torn, err
}

// flushOnTheWay lets a scan flush the index whenever it has many changes. Those of the segment in
// which HEAD is, and of later ones, stay in memory: a power cut may still take back their lines.
func (r *recovery) flushOnTheWay(s *logScan) {
	s.flusher.cut = s.log.cut
	s.flush = func() {
		if s.log.index.Changes() >= r.opts.flushAfter() {
			_ = s.flusher.flush(context.Background()) // it has told its failure
		}
	}
}

// earliestKey returns the time from which on the keys of commits must be known, or an earlier one: the
// first commit of the segment in which HEAD has one is no later than the last commit of the log.
func (r *recovery) earliestKey(firsts []event.Position, known head) time.Time {
	n := len(firsts)
	for n > 0 && firsts[n-1] > known.Position {
		n--
	}
	if n == 0 {
		return time.Time{}
	}
	content, err := durablefile.ReadAll(r.dir.Disk, r.dir.File(firsts[n-1]))
	if err != nil {
		return time.Time{} // the scan finds it
	}
	for block := range segment.Blocks(content) {
		for _, p := range block.Parse() {
			if p.Line != nil {
				return p.Line.Time.Add(-r.opts.knowsKeysFor())
			}
		}
	}
	return time.Time{}
}

// emptyIndex empties the index on disk. Keys of commits before a time need not be known.
func (r *recovery) emptyIndex(keysFrom time.Time) (*logindex.Index, error) {
	index := logindex.New(r.tier, r.opts.indexOptions())
	err := await(context.Background(), r.tier, func() error { return index.Reset(keysFrom) })
	if err == nil {
		return index, nil
	}
	r.keepInMemory(err)
	index = logindex.New(r.tier, r.opts.indexOptions())
	return index, index.Reset(keysFrom)
}

// keepInMemory lets the index do without the disk.
func (r *recovery) keepInMemory(why error) {
	r.opts.reportNoIndex(why)
	r.replaceTier(orderedkv.NewMemory())
}

func (r *recovery) replaceTier(by orderedkv.Store) {
	_ = r.tier.Close() // it is of no use
	r.tier = by
}

func (r *recovery) newFlusher() *indexFlusher { return newIndexFlusher(r.tier, r.opts) }

// readAhead brings the index on disk near the end of the log, before the log is locked. Otherwise
// other processes would wait while this one reads everything that it has missed. The start finds
// out by itself whatever fails here.
func (r *recovery) readAhead() {
	known, hasHead, err := r.head.read()
	if err != nil || !hasHead {
		return
	}
	firsts, err := r.dir.List()
	if err != nil {
		return
	}
	firsts = slices.DeleteFunc(firsts, func(first event.Position) bool { return first > known.End.Segment })
	_, mark, err := logindex.Open(r.tier, r.opts.indexOptions())
	if err == nil && mark != nil {
		near := mark.Segments == len(firsts) && r.fits(mark, firsts, known) == nil
		if near || mark.Position >= known.Position {
			return // the start has little to read
		}
	}
	r.limit = &known.End
	defer func() { r.limit = nil }()
	if s, _, err := r.scan(firsts, known); err == nil {
		_ = s.flusher.flush(context.Background())
	}
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
