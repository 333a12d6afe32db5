package projection

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/onhand/onhand/application/ledger"
	"github.com/onhand/onhand/domain/event"
)

// State is the state of a runner.
type State string

// The states of a runner.
const (
	Running State = "running"
	Paused  State = "paused"
	// Blocked means that the projection waits until a fault outside is over. The runner
	// tries again by itself.
	Blocked State = "blocked"
)

// Status describes a projection.
type Status struct {
	Name        string
	Position    event.Position
	Lag         int64         // commits of the log after Position
	Behind      time.Duration // the age of the oldest of them
	State       State
	Detail      string // the fault, if there is one
	Retrying    int    // blocked streams that wait for another attempt
	DeadLetters int    // streams that a dead letter blocks
	Checkpoint  int64  // size of the last checkpoint, in bytes; 0 if none was saved yet
}

// published is what other goroutines see of a runner.
type published struct {
	mu     sync.Mutex
	status Status
	target Target
	// floor keeps the published target during a rebuild, until the new one has
	// reached its position; 0 if there is no rebuild.
	floor   event.Position
	changed chan struct{} // closed at the next publication; nil if nothing waits for it
}

// publish replaces the status and, unless the published one must be kept, the target.
func (p *published) publish(s Status, target Target) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.status = s
	if target != nil && s.Position >= p.floor {
		p.target, p.floor = target, 0
	}
	if p.changed != nil {
		close(p.changed)
		p.changed = nil
	}
}

// keepUntil keeps the published target until another has reached a position.
func (p *published) keepUntil(reached event.Position) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.floor = max(p.floor, reached)
}

func (p *published) currentStatus() Status {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.status
}

func (p *published) currentTarget() Target {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.target
}

// reached reports whether the published target has reached a position.
func (p *published) reached(position event.Position) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.reachedLocked(position)
}

func (p *published) reachedLocked(position event.Position) bool {
	return p.target != nil && max(p.status.Position, p.floor) >= position
}

// waitFor waits until the published target has reached a position. It returns
// ledger.ErrBehind if ctx ends before that.
func (p *published) waitFor(ctx context.Context, position event.Position) error {
	for {
		p.mu.Lock()
		reached := p.reachedLocked(position)
		if p.changed == nil {
			p.changed = make(chan struct{})
		}
		changed := p.changed
		p.mu.Unlock()
		if reached {
			return nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return fmt.Errorf("%w: %w", ledger.ErrBehind, ctx.Err())
		}
	}
}
