package jsonevents

import (
	"errors"
	"fmt"
	"time"

	"github.com/onhand/onhand/adapters/internal/durablefile"
	"github.com/onhand/onhand/domain/event"
	"github.com/onhand/onhand/ports"
)

// committer is the one writer of the log. Its fields belong to its goroutine,
// but for used, which never changes.
type committer struct {
	store   *Store
	storeID string
	used    time.Time // LastUsed of HEAD at the start

	file  durablefile.File // the last segment
	first event.Position   // of the last segment
	end   int64            // of the last segment; everything before is durable
	chain hashed           // of the last line
	saved head             // what HEAD says
	// headTold: that HEAD is behind has been reported.
	headTold bool

	buffer []byte
	group  []*request
}

// run serves the queue until it is closed and empty.
func (s *Store) run() {
	defer close(s.stopped)
	w := s.writer
	idle := time.NewTimer(s.opts.IdleAfter)
	defer idle.Stop()
	probe := time.NewTicker(s.opts.ProbeEvery)
	defer probe.Stop()
	for {
		select {
		case <-s.queue.wake:
			// One group a turn: under load that never pauses, a full disk must be
			// tried again all the same.
			if w.serve() {
				s.queue.signal()
			} else if s.queue.drained() {
				return
			}
			idle.Reset(s.opts.IdleAfter)
		case <-idle.C:
			if !w.idle() {
				idle.Reset(s.opts.ProbeEvery)
			}
		case <-probe.C:
			w.look()
			if w.probe() {
				idle.Reset(s.opts.IdleAfter)
			}
		case answer := <-s.freezes:
			w.freeze(answer)
		}
	}
}

// serve commits one group; false if nothing waited.
func (w *committer) serve() bool {
	w.group = w.store.queue.take(w.group[:0])
	if len(w.group) == 0 {
		return false
	}
	w.store.mu.RLock()
	err := w.store.state.usable()
	if err == nil && w.store.state.damaged != nil {
		err = fmt.Errorf("%w: %w", ports.ErrUnavailable, w.store.state.damaged)
	}
	if err == nil && w.store.state.readOnly != nil {
		err = fmt.Errorf("%w: %w", ports.ErrReadOnly, w.store.state.readOnly)
	}
	// A segment without a commit is never followed: the next would get its name.
	full := w.end >= w.store.opts.SegmentBytes && w.store.state.last.Last >= w.first
	w.store.mu.RUnlock()
	if err == nil && full {
		err = w.write(w.roll)
	}
	if err != nil {
		answer(w.group, err)
		return true
	}
	w.commit()
	return true
}

// inPlace makes sure that the directory is still where its path leads, and the
// segment in it: from anywhere else, nobody will read what is acknowledged.
func (w *committer) inPlace() error {
	err := w.store.lock.keep()
	if err == nil {
		var linked bool
		if linked, err = w.file.Linked(); err == nil && !linked {
			err = &durablefile.MovedError{Path: w.store.dir.segment(w.first)}
		}
	}
	if err == nil {
		return nil
	}
	if _, moved := errors.AsType[*durablefile.MovedError](err); moved {
		w.fail(err)
	}
	return fmt.Errorf("%w: %w", ports.ErrUnavailable, err)
}

// commit writes the group, syncs it, shows it and answers it, in this order.
func (w *committer) commit() {
	b := w.seal()
	if len(b.lines) > 0 {
		if err := w.write(func() error { return w.persist(b) }); err != nil {
			answer(b.requests, err)
			return
		}
		w.publish(b)
	}
	answer(b.requests, nil)
}

// answer ends requests with err, or with the results that they have.
func answer(requests []*request, err error) {
	for _, r := range requests {
		r.err = err
		if err != nil {
			r.results = nil
		}
		close(r.done)
	}
}

// persist appends a group to the segment durably. If it fails, either nothing of
// it is left or the store is failed and the outcome unknown.
func (w *committer) persist(b *batch) error {
	if err := w.inPlace(); err != nil {
		return err
	}
	begin := time.Now()                                                                    //nolint:forbidigo // measures, decides nothing
	defer func() { w.store.opts.Observe(len(b.lines), len(b.bytes), time.Since(begin)) }() //nolint:forbidigo // measures, decides nothing
	if _, err := w.file.WriteAt(b.bytes, w.end); err != nil {
		return w.undo(err)
	}
	if err := w.file.Datasync(); err != nil {
		return w.unknown(&durablefile.SyncError{Op: "sync", Path: w.store.dir.segment(w.first), Err: err})
	}
	return nil
}

// undo removes what a failed write may have left.
func (w *committer) undo(cause error) error {
	if err := errors.Join(w.file.Truncate(w.end), w.file.Datasync()); err != nil {
		return w.unknown(&durablefile.SyncError{
			Op:   "truncate",
			Path: w.store.dir.segment(w.first),
			Err:  errors.Join(cause, err),
		})
	}
	return w.refused(cause)
}

// refused turns a failure that left nothing behind into the waiters' error.
func (w *committer) refused(cause error) error {
	if durablefile.IsFull(cause) {
		w.store.setReadOnly(cause)
		return fmt.Errorf("%w: %w", ports.ErrReadOnly, cause)
	}
	return fmt.Errorf("%w: write log: %w", ports.ErrUnavailable, cause)
}

// fail stops the store after cause; the log is durable up to where it ends now.
func (w *committer) fail(cause error) {
	w.store.fail(cause, poison{Segment: w.first, Offset: w.end})
}

// unknown stops the store and gives the error of waiters whose bytes may or may
// not be on the disk.
func (w *committer) unknown(cause error) error {
	w.fail(cause)
	return fmt.Errorf("%w: %w", ports.ErrOutcomeUnknown, cause)
}

// publish shows a durable group to readers.
func (w *committer) publish(b *batch) {
	w.end += int64(len(b.bytes))
	w.chain = b.chain
	st := &w.store.state
	w.store.mu.Lock()
	defer w.store.mu.Unlock()
	b.delta.merge()
	for i := range b.lines {
		l := &b.lines[i]
		if l.hasKey {
			st.index.keys.add(l.key, l.place, l.at)
		}
	}
	st.last = b.last
	st.bytes += int64(len(b.bytes))
	st.end = w.end
	st.wake()
}

// look finds out, also while nobody writes, that the directory is gone.
func (w *committer) look() {
	if !w.failed() {
		_ = w.inPlace() // it has failed the store if it must
	}
}

func (w *committer) failed() bool {
	w.store.mu.RLock()
	defer w.store.mu.RUnlock()
	return w.store.state.failed != nil
}

// idle writes HEAD when the log went quiet; false if that must be tried again.
// A full disk is no reason to stop.
func (w *committer) idle() bool {
	if w.failed() || w.vouched() {
		return true
	}
	if err := w.inPlace(); err != nil {
		return w.failed()
	}
	return w.tryHead()
}

// vouched tells whether HEAD knows the end of the log.
func (w *committer) vouched() bool { return w.saved.Offset == w.end && w.saved.Segment == w.first }

// tryHead writes HEAD. That it cannot be written for want of room, or for
// another reason that leaves the old one, is reported only: recovery needs HEAD
// to be right, not to be new.
func (w *committer) tryHead() bool {
	err := w.saveHead()
	switch sync, isSync := errors.AsType[*durablefile.SyncError](err); {
	case err == nil:
		return true
	case isSync && !durablefile.IsFull(err):
		w.fail(sync)
		return true
	default:
		w.headFailed(err)
		return false
	}
}

// headFailed reports that HEAD could not be written, once until it could.
func (w *committer) headFailed(err error) {
	if w.headTold {
		return
	}
	w.headTold = true
	w.store.opts.Report(ports.Incident{Component: component, Message: "HEAD could not be written; it is tried again later", Err: err})
}

// lastHead is saveHead where nobody will try again. An old HEAD stays true, so a
// full disk is reported and no reason to fail.
func (w *committer) lastHead() error {
	err := w.saveHead()
	if durablefile.IsFull(err) {
		w.headFailed(err)
		return nil
	}
	return err
}

// saveHead makes HEAD say that the log is durable up to its end.
func (w *committer) saveHead() error {
	if err := w.store.lock.Held(); err != nil {
		return fmt.Errorf("write HEAD: %w", err)
	}
	w.store.mu.RLock()
	last := w.store.state.last
	w.store.mu.RUnlock()
	h := head{
		Position: last.Last,
		Segment:  w.first,
		Offset:   w.end,
		Hash:     w.chain,
		LastUsed: w.floor(last.Time),
	}
	if err := w.store.dir.writeHead(h); err != nil {
		return fmt.Errorf("write HEAD: %w", err)
	}
	w.saved, w.headTold = h, false
	return nil
}

// floor is the latest time known to be used by anybody.
func (w *committer) floor(lastCommit time.Time) time.Time {
	return later(later(w.used, lastCommit), w.store.opts.LastUsed())
}
