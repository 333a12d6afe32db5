package jsonevents

import (
	"errors"
	"fmt"
	"path/filepath"

	"github.com/onhand/onhand/adapters/internal/durablefile"
	"github.com/onhand/onhand/domain/event"
	"github.com/onhand/onhand/ports"
)

// openSegment makes the segment the one that is written to.
func (w *committer) openSegment(first event.Position) error {
	file, err := w.store.dir.disk.OpenRW(w.store.dir.segment(first))
	if err != nil {
		return fmt.Errorf("open segment: %w", err)
	}
	if w.file != nil {
		_ = w.file.Close() // all of it is durable
	}
	w.file, w.first = file, first
	return nil
}

// roll begins a new segment. The old one is durable already; the new one is,
// name and all, before anything can be acknowledged from it. A failure that
// leaves the old segment in use gives the waiters' error.
func (w *committer) roll() error {
	if err := w.inPlace(); err != nil {
		return err
	}
	w.store.mu.RLock()
	next, epoch := w.store.state.last.Last+1, w.store.state.index.highest
	w.store.mu.RUnlock()
	content, hash := (&header{Segment: next, Store: w.storeID, Epoch: epoch, Prev: w.chain}).encode()
	content = append(content, '\n')
	err := durablefile.WriteAtomically(w.store.dir.disk, w.store.dir.segment(next), content)
	if _, uncertain := errors.AsType[*durablefile.SyncError](err); uncertain {
		w.fail(err)
		return fmt.Errorf("%w: %w", ports.ErrUnavailable, err)
	}
	if err != nil {
		return w.refused(err)
	}
	if err := w.openSegment(next); err != nil {
		w.fail(err) // the new segment has its name but cannot be used: only a new start can sort this out
		return fmt.Errorf("%w: %w", ports.ErrUnavailable, err)
	}
	w.end, w.chain = int64(len(content)), hash
	w.store.mu.Lock()
	w.store.state.segments = append(w.store.state.segments, next)
	w.store.state.chain = hash
	w.store.state.bytes += w.end
	w.store.state.end = w.end
	w.store.mu.Unlock()
	w.tryHead() // if it fails, the next quiet moment tries again
	w.store.mu.RLock()
	defer w.store.mu.RUnlock()
	return w.store.state.usable()
}

// probe tries whether a full disk takes writes again, with as much as a group
// commit may need; true if it does now.
func (w *committer) probe() bool {
	w.store.mu.RLock()
	readOnly, failed := w.store.state.readOnly != nil, w.store.state.failed != nil
	w.store.mu.RUnlock()
	if !readOnly || failed {
		return false
	}
	name := filepath.Join(w.store.dir.log(), "probe"+tmpX)
	if err := durablefile.Try(w.store.dir.disk, name, make([]byte, commitLimits.Bytes)); err != nil {
		return false
	}
	w.store.setReadOnly(nil)
	return true
}
