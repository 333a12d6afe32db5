package jsonevents

import (
	"context"
	"errors"
	"fmt"

	"github.com/onhand/onhand/adapters/internal/durablefile"
	"github.com/onhand/onhand/ports"
)

// enter makes the committer the only writer of the log until leave, and brings it to
// the end of what others wrote. A store that is alone on its log always is.
func (w *committer) enter() error {
	if w.store.turns == nil {
		return nil
	}
	if err := w.store.turns.take(); err != nil {
		return err
	}
	w.entered, w.current = true, false
	err := w.join()
	if err != nil {
		w.leave()
	}
	return err
}

func (w *committer) leave() {
	if !w.entered {
		return
	}
	w.entered = false
	if err := w.store.turns.giveUp(); err != nil {
		w.store.fail(err, nil) // nobody else could write any more
	}
}

// join brings the committer to the end of the log, which it has locked.
func (w *committer) join() error {
	if err := w.inPlace(); err != nil {
		return err
	}
	s := w.store
	said, err := s.lock.look(nil)
	if err != nil {
		return s.unreadable(err)
	}
	if said.poisoned {
		return s.poisoned()
	}
	w.mark = said.mark
	s.opts.Raise(w.mark.used)
	_ = s.growth.take(context.Background())
	defer s.growth.leave()
	if err := s.follow(w.mark.end); err != nil {
		return err
	}
	if err := w.move(); err != nil {
		return err
	}
	w.current = true
	w.saved = head{Segment: w.mark.head.Segment, Offset: w.mark.head.Offset}
	return w.takeOver()
}

// move lets the committer go on where the log ends now.
func (w *committer) move() error {
	at := w.store.logEnd()
	if at.Segment != w.first {
		if err := w.openSegment(at.Segment); err != nil {
			return fmt.Errorf("%w: %w", ports.ErrUnavailable, err)
		}
	}
	w.store.mu.RLock()
	defer w.store.mu.RUnlock()
	w.end, w.chain = w.store.state.end, w.store.state.chain
	return nil
}

// takeOver deals with what a process left that was killed while it wrote. Nobody was told of
// that. Its whole lines are made durable and are part of the log; what is behind them is
// kept aside and cut off. The lock on the log is held, and the growth is taken.
func (w *committer) takeOver() error {
	s := w.store
	for found := false; ; found = true {
		size, err := w.file.Size()
		if err != nil {
			return fmt.Errorf("%w: size of segment: %w", ports.ErrUnavailable, err)
		}
		more, err := s.nextSegment()
		if err != nil {
			return err
		}
		if size == w.end && !more {
			if !found {
				return nil
			}
			if err := w.tell(); err != nil {
				return fmt.Errorf("%w: %w", ports.ErrUnavailable, err)
			}
			return nil
		}
		if err := w.takeOverSegment(size, more); err != nil {
			return err
		}
	}
}

// takeOverSegment does that with the last segment, and begins with the next one if there
// is more.
func (w *committer) takeOverSegment(size int64, more bool) error {
	s := w.store
	bad, err := w.takeOverLines(size)
	if err != nil {
		return err
	}
	if bad != nil {
		scan := scanner{dir: s.dir}
		bad.number = 2 // it is not the header
		if damage := scan.verdict(w.first, bad, w.saved, !more); damage != nil {
			s.foundDamage(damage)
			return fmt.Errorf("%w: %w", ports.ErrUnavailable, damage)
		}
		return w.cutForeign(bad)
	}
	if !more {
		return nil
	}
	if err := s.dir.disk.SyncDir(s.dir.log()); err != nil {
		return w.unknown(&durablefile.SyncError{Op: "sync directory", Path: s.dir.log(), Err: err})
	}
	bad, err = s.takeHeader()
	if err != nil {
		return err
	}
	if bad != nil {
		return s.badForeign(bad)
	}
	return w.move()
}

// takeOverLines makes whole lines behind the end durable and takes them.
func (w *committer) takeOverLines(size int64) (*badLine, error) {
	if size == w.end { // a sync would bring nothing, and might fail
		return nil, nil //nolint:nilnil // nil is "none is bad"
	}
	s := w.store
	if err := w.rewrite(size); err != nil {
		return nil, err
	}
	if err := w.file.Datasync(); err != nil {
		return nil, w.unknown(&durablefile.SyncError{Op: "sync", Path: s.dir.segment(w.first), Err: err})
	}
	bad, err := s.takeLines(w.first, w.end, size)
	if err != nil {
		return nil, err
	}
	return bad, w.move()
}

// rewrite writes once more what a killed process wrote.
func (w *committer) rewrite(size int64) error {
	if err := writeAnew(w.file, w.end, size); err != nil {
		return w.refused(err)
	}
	return nil
}

// writeAnew writes a part of a file once more. A sync may have failed in a process that was
// killed before it could say so: what that should have brought to the disk is still seen,
// but no other sync would bring it there.
func writeAnew(file durablefile.File, from, to int64) error {
	for piece := make([]byte, min(pieceBytes, max(0, to-from))); from < to; from += int64(len(piece)) {
		piece = piece[:min(int64(len(piece)), to-from)]
		if _, err := file.ReadAt(piece, from); err != nil {
			return fmt.Errorf("read segment: %w", err)
		}
		if _, err := file.WriteAt(piece, from); err != nil {
			return fmt.Errorf("write segment: %w", err)
		}
	}
	return nil
}

// cutForeign cuts off what another process wrote in part.
func (w *committer) cutForeign(bad *badLine) error {
	err := w.store.cut(w.file, w.first, bad.offset, bad.rest, "part of a commit cut off: the process that wrote it was killed")
	sync, uncertain := errors.AsType[*durablefile.SyncError](err)
	switch {
	case err == nil:
		return nil
	case uncertain && !durablefile.IsFull(err):
		return w.unknown(sync)
	default:
		return w.refused(err)
	}
}

// tell says to the other processes how far the log is durable.
func (w *committer) tell() error {
	w.store.mu.RLock()
	last := w.store.state.last
	w.store.mu.RUnlock()
	return w.tellEnd(w.end, last)
}

func (w *committer) tellEnd(end int64, last position) error {
	m := w.mark
	m.number++
	m.end, m.last = poison{Segment: w.first, Offset: end}, last
	m.used = later(m.used, w.floor(last.Time))
	m.head = poison{Segment: w.saved.Segment, Offset: w.saved.Offset}
	if err := w.store.lock.writeMark(&m); err != nil {
		return err
	}
	w.mark = m
	return nil
}
