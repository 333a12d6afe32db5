package subscription

import (
	"context"
	"sync"
)

// changes lets one change of subscriptions happen at a time, in the store, in memory and of
// the runners together.
type changes struct {
	// underWay is full during a change. A channel, not a mutex: it is held during calls to
	// the store and must honour ctx. A change waits for runners, so no call that a runner
	// waits for may begin a change; background is for that.
	underWay chan struct{}

	mu      sync.Mutex
	stopped bool // no change begins in the background
	inBack  sync.WaitGroup
}

func newChanges() *changes { return &changes{underWay: make(chan struct{}, 1)} }

// begin waits until no other change is under way, or ctx ends. The caller calls end after the
// change.
func (c *changes) begin(ctx context.Context) (end func(), err error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	select {
	case c.underWay <- struct{}{}:
		return func() { <-c.underWay }, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// background makes a change in a goroutine of its own, unless stop was called.
func (c *changes) background(change func()) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.stopped {
		c.inBack.Go(change)
	}
}

// stop waits for changes in the background and prevents later ones.
func (c *changes) stop() {
	c.mu.Lock()
	c.stopped = true
	c.mu.Unlock()
	c.inBack.Wait()
}
