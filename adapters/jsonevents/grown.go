package jsonevents

import "github.com/onhand/onhand/domain/event"

// now is a channel for who need not wait.
var now = func() <-chan struct{} {
	c := make(chan struct{})
	close(c)
	return c
}()

// Grown implements ports.EventFeed.
func (s *Store) Grown(after event.Position) <-chan struct{} {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.state.last.Last > after || s.state.usable() != nil {
		return now
	}
	if s.state.grown == nil {
		s.state.grown = make(chan struct{})
	}
	return s.state.grown
}

// wake tells who waits for the log to grow that something has happened. The lock is held.
func (st *state) wake() {
	if st.grown != nil {
		close(st.grown)
		st.grown = nil
	}
}
