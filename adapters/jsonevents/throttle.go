package jsonevents

import (
	"context"
	"sync"
	"time"

	"github.com/onhand/onhand/adapters/jsonevents/internal/logindex"
)

// throttle bounds the changes of the index that wait for a flush: commits wait while there are too
// many. They pass while no flush makes progress, because an index that cannot be written must not
// stop commits: after a flush that failed, during one that takes too long, and in a stop.
type throttle struct {
	most     int           // changes
	patience time.Duration // with one flush

	mu     sync.Mutex
	passes bool       // commits pass until a flush succeeds
	lifted bool       // commits pass for good
	now    *flushTurn // until the next flush ends
}

// flushTurn is the time from the end of one flush to that of the next.
type flushTurn struct {
	ended chan struct{}
	slow  chan struct{} // closed when commits have waited long enough
	timer *time.Timer   // closes slow; nil until a commit waits
}

func newThrottle(most int, patience time.Duration) *throttle {
	t := &throttle{most: most, patience: patience}
	t.begin()
	return t
}

// wait returns when a commit may continue. It returns the error of a context that ends.
func (t *throttle) wait(ctx context.Context, index *logindex.Index) error {
	for index.Changes() >= t.most {
		now := t.current()
		if now == nil {
			return nil
		}
		select {
		case <-now.ended:
		case <-now.slow:
			return nil
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return nil
}

// current returns the turn to wait for, nil if commits pass.
func (t *throttle) current() *flushTurn {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.passes || t.lifted {
		return nil
	}
	if now := t.now; now.timer == nil {
		now.timer = time.AfterFunc(t.patience, func() { close(now.slow) })
	}
	return t.now
}

// ended is called when a flush has succeeded, failed, or found the disk full.
func (t *throttle) ended(err error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.passes = err != nil
	t.end()
}

// lift lets commits pass from now on.
func (t *throttle) lift() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.lifted = true
	t.end()
}

// end ends the turn. The lock is held.
func (t *throttle) end() {
	close(t.now.ended)
	if t.now.timer != nil {
		t.now.timer.Stop()
	}
	t.begin()
}

func (t *throttle) begin() {
	t.now = &flushTurn{ended: make(chan struct{}), slow: make(chan struct{})}
}
