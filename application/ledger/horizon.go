package ledger

import (
	"math"
	"sync"

	"github.com/onhand/onhand/domain/event"
)

// horizon is the position up to which everything is shown. Commits of different
// lanes are shown in any order; the horizon moves when the gap is closed.
type horizon struct {
	mu      sync.Mutex
	reached event.Position
	early   map[event.Position]struct{} // shown already, beyond a gap
	waiters map[chan struct{}]event.Position
	wanted  event.Position // by the least demanding waiter, or less
}

func newHorizon() *horizon {
	return &horizon{early: map[event.Position]struct{}{}, waiters: map[chan struct{}]event.Position{}}
}

func (h *horizon) position() event.Position {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.reached
}

// show notes that the commit at p is shown.
func (h *horizon) show(p event.Position) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if p <= h.reached {
		return
	}
	h.early[p] = struct{}{}
	for {
		if _, ok := h.early[h.reached+1]; !ok {
			break
		}
		h.reached++
		delete(h.early, h.reached)
	}
	if len(h.waiters) > 0 && h.wanted <= h.reached {
		h.wake()
	}
}

// wake ends the waits that are over. The lock is held.
func (h *horizon) wake() {
	h.wanted = math.MaxInt64
	for waiter, wanted := range h.waiters {
		if wanted > h.reached {
			h.wanted = min(h.wanted, wanted)
			continue
		}
		close(waiter)
		delete(h.waiters, waiter)
	}
}

// wait returns a channel that is closed once p is reached, and a function that
// gives it up; nil if p is reached already.
func (h *horizon) wait(p event.Position) (reached <-chan struct{}, giveUp func()) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if p <= h.reached {
		return nil, nil
	}
	waiter := make(chan struct{})
	if len(h.waiters) == 0 || p < h.wanted {
		h.wanted = p
	}
	h.waiters[waiter] = p
	return waiter, func() {
		h.mu.Lock()
		defer h.mu.Unlock()
		delete(h.waiters, waiter)
	}
}
