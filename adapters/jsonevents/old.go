package jsonevents

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"time"

	"github.com/onhand/onhand/adapters/internal/durablefile"
	"github.com/onhand/onhand/domain/event"
	"github.com/onhand/onhand/ports"
)

// checkAfter is how long the check waits, so that the rest of a start has the
// processors to itself.
const checkAfter = 2 * time.Second

// checkOld checks the segments that a start from a saved index passed over: every
// hash, and that the chain leads from the first line of the log to the segment
// where the start began. It works half of the time, on one processor. Damage
// stops writes, since the history behind the numbers is not what it was.
func (s *Store) checkOld(ctx context.Context, old []event.Position, then event.Position) {
	if pause(ctx, checkAfter) != nil {
		return
	}
	chain := scanner{index: newIndex(s.opts.KeyTTL), chainOnly: true}
	for _, first := range append(old[:len(old):len(old)], then) {
		damage, err := s.checkSegment(ctx, &chain, first, first == then)
		switch {
		case ctx.Err() != nil:
			return
		case damage != nil:
			s.foundDamage(damage)
			return
		case err != nil:
			s.opts.Report(ports.Incident{
				Component: component, Message: "old segments of the log could not be checked", Detail: s.dir.segment(first), Err: err, Severe: true,
			})
			return
		}
	}
}

// checkSegment checks one segment, or its header only.
func (s *Store) checkSegment(ctx context.Context, chain *scanner, first event.Position, headerOnly bool) (damage, err error) {
	guard := s.reads()
	guard.patient = true
	file, size, err := guard.openOld(ctx, s, first)
	if gone, ok := errors.AsType[*ports.CorruptError](err); ok {
		return gone, nil
	}
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	if size == 0 {
		return &ports.CorruptError{File: s.dir.segment(first), Problem: "is empty"}, nil
	}
	var offset int64
	buffer := make([]byte, 0, 2*blockBytes)
	for number := 1; offset < size; {
		began := time.Now() //nolint:forbidigo // measures, decides nothing
		var piece []byte
		if err := guard.do(ctx, func() (err error) {
			piece, err = readLines(file, buffer, offset, size, blockBytes)
			return err
		}); err != nil {
			return nil, err
		}
		buffer = piece
		for _, p := range (block{bytes: piece, begins: number == 1}).parse() {
			if fault := chain.follow(p, first, offset); fault != nil {
				return &ports.CorruptError{File: s.dir.segment(first), Offset: offset, Line: number, Problem: fault.problem}, nil
			}
			if headerOnly {
				return nil, nil
			}
			offset += int64(p.length)
			number++
		}
		if err := pause(ctx, time.Since(began)); err != nil { //nolint:forbidigo // measures, decides nothing
			return nil, err
		}
	}
	return nil, nil
}

// openOld opens a segment that must be there.
func (g *reads) openOld(ctx context.Context, s *Store, first event.Position) (file durablefile.File, size int64, err error) {
	err = g.do(ctx, func() (err error) {
		file, err = s.dir.disk.Open(s.dir.segment(first))
		switch {
		case err == nil:
			size, err = file.Size()
		case errors.Is(err, fs.ErrNotExist) && s.lock.Held() == nil:
			err = &ports.CorruptError{File: s.dir.segment(first), Problem: "is gone"}
		}
		if err != nil && file != nil {
			_ = file.Close()
		}
		return err
	})
	return file, size, err
}

// readLines reads whole lines from an offset on, about as many bytes as are wanted, but at least
// one line if it has an end.
func readLines(file io.ReaderAt, buffer []byte, offset, size int64, wanted int) ([]byte, error) {
	for length := int64(wanted); ; length *= 2 {
		length = min(length, size-offset)
		if int64(cap(buffer)) < length {
			buffer = make([]byte, length)
		}
		buffer = buffer[:length]
		if n, err := file.ReadAt(buffer, offset); err != nil && (!errors.Is(err, io.EOF) || int64(n) < length) {
			return nil, fmt.Errorf("read segment: %w", err)
		}
		if end := bytes.LastIndexByte(buffer, '\n') + 1; end > 0 {
			return buffer[:end], nil
		}
		if offset+length == size {
			return buffer, nil // the line does not end
		}
	}
}

// pause waits for some time, or ends with the context's error.
func pause(ctx context.Context, length time.Duration) error {
	timer := time.NewTimer(length)
	defer timer.Stop()
	select {
	case <-timer.C:
		return ctx.Err() // also where both came at one time
	case <-ctx.Done():
		return ctx.Err()
	}
}
