package ledger

import (
	"context"
	"errors"
	"sync"
)

// admission counts the commands that have no answer yet, so that closing can wait for
// them.
type admission struct {
	mu      sync.Mutex
	open    int
	closed  bool
	drained chan struct{} // closed when closed and open is 0
}

func newAdmission() *admission { return &admission{drained: make(chan struct{})} }

// begin admits a command; ErrClosed after close.
func (a *admission) begin() error {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.closed {
		return ErrClosed
	}
	a.open++
	return nil
}

// end notes that a command needs nothing more from the ledger.
func (a *admission) end() {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.open--
	if a.closed && a.open == 0 {
		close(a.drained)
	}
}

// close admits no more commands, and returns when those that were are answered, or with
// ctx's error when it ends before.
func (a *admission) close(ctx context.Context) error {
	a.mu.Lock()
	if !a.closed {
		a.closed = true
		if a.open == 0 {
			close(a.drained)
		}
	}
	a.mu.Unlock()
	select {
	case <-a.drained:
		return nil
	case <-ctx.Done():
		return errors.Join(errors.New("commands are still at work"), ctx.Err())
	}
}
