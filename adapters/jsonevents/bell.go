package jsonevents

import "sync"

// bell wakes all that wait for the log to grow, or to stop working.
type bell struct {
	mu   sync.Mutex
	next chan struct{} // closed by the next ring; nil if nothing waits for it
}

// wait returns a channel that the next ring closes.
func (b *bell) wait() <-chan struct{} {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.next == nil {
		b.next = make(chan struct{})
	}
	return b.next
}

func (b *bell) ring() {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.next != nil {
		close(b.next)
		b.next = nil
	}
}

// rung is a channel for callers that need not wait.
var rung = func() <-chan struct{} {
	c := make(chan struct{})
	close(c)
	return c
}()
