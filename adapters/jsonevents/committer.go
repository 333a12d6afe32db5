package jsonevents

import (
	"context"
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
	// Where several processes write: whether the log is this one's now, and what LOCK said then.
	entered bool
	current bool // it is at the end of the log, and stays there until leave
	mark    mark
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
		chore, answer := s.next(idle.C, probe.C)
		switch chore {
		case serving:
			// One group a turn: under load that never pauses, a full disk must be
			// tried again all the same.
			if w.serve() {
				s.queue.signal()
			} else if s.queue.drained() {
				return
			}
			idle.Reset(s.opts.IdleAfter)
		case resting:
			if !w.idle() {
				idle.Reset(s.opts.ProbeEvery)
			}
		case looking:
			w.look()
			if w.probe() {
				idle.Reset(s.opts.IdleAfter)
			}
		case freezing:
			w.freeze(answer)
		}
	}
}

// serve commits one group; false if nothing waited.
func (w *committer) serve() bool {
	if w.store.queue.empty() {
		return false
	}
	err := w.ready()
	readOnly := errors.Is(err, ports.ErrReadOnly)
	if err == nil || readOnly { // settling a time needs no room
		err = errors.Join(w.enter(), err)
	}
	w.group = w.store.queue.take(w.group[:0]) // now, since more may have come
	if err == nil && w.full() {
		err = w.write(w.roll)
	}
	if err == nil {
		err = w.commit()
	} else if readOnly && w.entered {
		w.group = w.settleOnly(err)
		err = nil
	}
	w.leave()
	answer(w.group, err)
	return true
}

// ready gives the error that commits get when the store takes none.
func (w *committer) ready() error {
	st := &w.store.state
	w.store.mu.RLock()
	defer w.store.mu.RUnlock()
	err := st.usable()
	if err == nil && st.damaged != nil {
		err = fmt.Errorf("%w: %w", ports.ErrUnavailable, st.damaged)
	}
	if err == nil && st.readOnly != nil {
		err = fmt.Errorf("%w: %w", ports.ErrReadOnly, st.readOnly)
	}
	return err
}

// full tells whether the next group begins a segment. One without a commit is never
// followed: the next would get its name.
func (w *committer) full() bool {
	w.store.mu.RLock()
	defer w.store.mu.RUnlock()
	return w.end >= w.store.opts.SegmentBytes && w.store.state.last.Last >= w.first
}

// inPlace makes sure that the directory is still where its path leads, and the
// segment in it: from anywhere else, nobody will read what is acknowledged.
func (w *committer) inPlace() error {
	err := w.keepLocks()
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

func (w *committer) keepLocks() error {
	if w.store.turns == nil {
		return w.store.lock.keep()
	}
	return errors.Join(w.store.lock.Held(), w.store.turns.inPlace())
}

// commit writes the group, syncs it, tells other processes and shows it, in this order.
// Then it may be answered.
func (w *committer) commit() error {
	b := w.seal()
	if len(b.lines) > 0 {
		if err := w.write(func() error { return w.persist(b) }); err != nil {
			return err
		}
	}
	_ = w.store.growth.take(context.Background())
	defer w.store.growth.leave()
	if err := w.announce(b); err != nil {
		return err
	}
	if len(b.lines) > 0 {
		w.publish(b)
	}
	return nil
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
	if !w.entered { // who entered has looked
		if err := w.inPlace(); err != nil {
			return err
		}
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

// fail stops the store after cause; the log is durable up to where it ends now. Who is
// not alone knows that only while others may not write, and touches nothing else.
func (w *committer) fail(cause error) {
	if w.store.turns != nil && (!w.entered || !w.current) {
		w.store.fail(cause, nil)
		return
	}
	w.store.fail(cause, &poison{Segment: w.first, Offset: w.end})
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
	st.last, st.chain = b.last, b.chain
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
