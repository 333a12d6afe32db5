package jsonevents

import (
	"context"
	"errors"
	"io/fs"
	"time"

	"github.com/onhand/onhand/adapters/internal/durablefile"
	"github.com/onhand/onhand/adapters/jsonevents/internal/logindex"
	"github.com/onhand/onhand/adapters/jsonevents/internal/segment"
	"github.com/onhand/onhand/domain/event"
	"github.com/onhand/onhand/ports"
)

// scrubber checks the segments that a start passed over because the index stands for them: every hash, and that
// the chain leads from the first line of the log to the segment where the start began. It works half
// of the time, on one processor. Damage stops writes, because the history of the items has changed.
type scrubber struct {
	source segment.Source
	chain  scanner
	report ports.Reporter
}

func newScrubber(source segment.Source, report ports.Reporter) *scrubber {
	source.Guard.Patient = true
	return &scrubber{
		source: source,
		chain:  scanner{log: &logState{index: logindex.New(nil, logindex.Options{})}, chainOnly: true},
		report: report,
	}
}

// scrubAfter is how long the scrubber waits, so that the rest of a start has the processors to itself.
const scrubAfter = 2 * time.Second

// run checks segments, and that the one after them continues their chain.
func (s *scrubber) run(ctx context.Context, firsts []event.Position, next event.Position) {
	if segment.Pause(ctx, scrubAfter) != nil {
		return
	}
	for _, first := range firsts {
		if !s.done(ctx, first, s.segment(ctx, first, false)) {
			return
		}
	}
	s.done(ctx, next, s.segment(ctx, next, true))
}

// done deals with the outcome of a segment, and reports whether it is sound.
func (s *scrubber) done(ctx context.Context, first event.Position, err error) bool {
	if err == nil || ctx.Err() != nil {
		return err == nil
	}
	if damage, ok := errors.AsType[*ports.CorruptError](err); ok {
		s.source.Found(damage)
		return false
	}
	s.report(ports.Incident{
		Component: component, Message: "the scrubber could not read an old segment of the log",
		Detail: s.source.File(first), Err: err, Severe: true,
	})
	return false
}

// segment checks one segment, or its header only.
func (s *scrubber) segment(ctx context.Context, first event.Position, headerOnly bool) (err error) {
	file, size, err := s.open(ctx, first)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	if size == 0 {
		return &ports.CorruptError{Location: s.source.File(first), Problem: "is empty"}
	}
	buffer := make([]byte, 0, 2*segment.BlockBytes)
	for offset, number := int64(0), 1; offset < size; {
		began := time.Now() //nolint:forbidigo // measures, decides nothing
		if err := s.source.Guard.Do(ctx, func() (err error) {
			buffer, err = segment.ReadLines(file, buffer, offset, size, segment.BlockBytes)
			return err
		}); err != nil {
			return err
		}
		for _, p := range (segment.Block{Bytes: buffer, Begins: number == 1}).Parse() {
			fault := s.chain.check(p, first)
			if fault != nil && fault.err != nil {
				return fault.err
			}
			if fault != nil {
				return &ports.CorruptError{
					Location: durablefile.Location(s.source.File(first), number, offset), Problem: fault.problem,
				}
			}
			if headerOnly {
				return nil
			}
			offset += int64(p.Length)
			number++
		}
		if err := segment.Pause(ctx, time.Since(began)); err != nil { //nolint:forbidigo // measures, decides nothing
			return err
		}
	}
	return nil
}

// open opens a segment, which must be there.
func (s *scrubber) open(ctx context.Context, first event.Position) (file durablefile.File, size int64, err error) {
	err = s.source.Guard.Do(ctx, func() (err error) {
		file, err = s.source.Disk.Open(s.source.File(first))
		switch {
		case err == nil:
			size, err = file.Size()
		case errors.Is(err, fs.ErrNotExist) && s.source.Held() == nil:
			err = &ports.CorruptError{Location: s.source.File(first), Problem: "is gone"}
		}
		if err != nil && file != nil {
			_ = file.Close()
		}
		return err
	})
	return file, size, err
}
