package orderedkv

import "sync"

// gate lets uses in until it is closed. A use may begin another one: unlike a lock for readers,
// a gate that closes refuses the second use and does not let it wait for the end of the first.
type gate struct {
	mu     sync.Mutex
	closed bool
	inside sync.WaitGroup
}

// enter begins a use, which inside.Done ends, or returns ErrClosed.
func (g *gate) enter() error {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.closed {
		return ErrClosed
	}
	g.inside.Add(1)
	return nil
}

// close closes the gate and waits for the end of the uses. It reports whether the gate was open.
func (g *gate) close() bool {
	g.mu.Lock()
	wasOpen := !g.closed
	g.closed = true
	g.mu.Unlock()
	g.inside.Wait()
	return wasOpen
}
