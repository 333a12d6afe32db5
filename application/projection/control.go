package projection

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"

	"github.com/onhand/onhand/domain/event"
)

// request is a control request: the runner handles it between two batches.
type request struct {
	handle func() error
	result chan error // of capacity 1
}

// errLater means that a request gets its result later.
var errLater = errors.New("later")

// controls are the control requests to a runner. Any goroutine submits them; the runner's
// handles them.
type controls struct {
	projection string
	ended      <-chan struct{} // closed when the runner has ended
	wake       chan struct{}   // of capacity 1: a request was submitted

	mu    sync.Mutex
	queue []request
}

func newControls(projection string, ended <-chan struct{}) *controls {
	return &controls{projection: projection, ended: ended, wake: make(chan struct{}, 1)}
}

// do lets the runner handle a request and returns the result.
func (c *controls) do(ctx context.Context, handle func() error) error {
	return c.submit(ctx, request{handle: handle, result: make(chan error, 1)})
}

func (c *controls) submit(ctx context.Context, r request) error {
	c.mu.Lock()
	c.queue = append(c.queue, r)
	c.mu.Unlock()
	c.alert()
	select {
	case err := <-r.result:
		return err
	case <-ctx.Done():
		if c.withdraw(r) {
			return fmt.Errorf("wait for projection %s: %w", c.projection, ctx.Err())
		}
		return fmt.Errorf("%w: %s: %w", ErrUnderWay, c.projection, ctx.Err())
	case <-c.ended:
	}
	select {
	case err := <-r.result:
		return err
	default:
		return ErrStopped
	}
}

// alert makes the runner look for what it has to do.
func (c *controls) alert() {
	select {
	case c.wake <- struct{}{}:
	default:
	}
}

// withdraw removes a request from the queue. It reports whether the runner had not begun
// to handle it.
func (c *controls) withdraw(r request) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	before := len(c.queue)
	c.queue = slices.DeleteFunc(c.queue, func(other request) bool { return other.result == r.result })
	return len(c.queue) < before
}

// waiting reports whether requests were submitted since the last call of handle.
func (c *controls) waiting() bool { return len(c.wake) > 0 }

// handle handles the requests in the queue.
func (c *controls) handle() {
	select {
	case <-c.wake:
	default:
	}
	for _, r := range c.drain() {
		if err := r.handle(); !errors.Is(err, errLater) {
			r.result <- err
		}
	}
}

// refuse refuses the requests in the queue: the runner ends.
func (c *controls) refuse() {
	for _, r := range c.drain() {
		r.result <- ErrStopped
	}
}

func (c *controls) drain() []request {
	c.mu.Lock()
	defer c.mu.Unlock()
	queue := c.queue
	c.queue = nil
	return queue
}

// syncRequest waits until the projection has reached a position.
type syncRequest struct {
	upto   event.Position
	result chan error
}

// syncRequests belong to the runner's goroutine.
type syncRequests []syncRequest

// answer gives a result to the requests that can be answered.
func (s *syncRequests) answer(ready func(upto event.Position) bool, result func() error) {
	*s = slices.DeleteFunc(*s, func(r syncRequest) bool {
		if !ready(r.upto) {
			return false
		}
		r.result <- result()
		return true
	})
}

// refuse refuses all requests: the runner ends.
func (s *syncRequests) refuse() {
	for _, r := range *s {
		r.result <- ErrStopped
	}
}
