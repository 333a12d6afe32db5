package jsonevents

import (
	"errors"
	"fmt"
	"time"

	"github.com/onhand/onhand/adapters/internal/durablefile"
	"github.com/onhand/onhand/ports"
)

// idle writes HEAD when the log went quiet; false if that must be tried again.
// A full disk is no reason to stop.
func (w *committer) idle() bool {
	if w.failed() || w.vouched() {
		return true
	}
	err := w.enter()
	if err == nil {
		err = w.inPlace()
	}
	defer w.leave()
	if err != nil || w.vouched() {
		return err == nil || w.failed()
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
	if w.entered {
		return w.tell()
	}
	return nil
}

// floor is the latest time known to be used by anybody.
func (w *committer) floor(lastCommit time.Time) time.Time {
	return later(later(w.used, lastCommit), w.store.opts.LastUsed())
}

// finish writes the last HEAD. Where other processes go on, it need not be this one's.
func (w *committer) finish() error {
	err := w.enter()
	if errors.Is(err, ports.ErrBusy) {
		w.headFailed(err)
		return nil
	}
	defer w.leave()
	if err != nil {
		return err
	}
	if w.entered && w.vouched() {
		return nil
	}
	return w.lastHead()
}
