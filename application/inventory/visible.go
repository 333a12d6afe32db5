package inventory

import (
	"math"
	"sync"
	"sync/atomic"

	"github.com/onhand/onhand/domain/event"
)

// visiblePosition is the low watermark of publication: every commit up to it is
// published. Commits on different streams are published in any order; the position
// moves when the gap below a commit is closed.
type visiblePosition struct {
	reached atomic.Int64 // moves under mu; readers need no lock
	beyond  atomic.Int64 // the highest position that was published beyond a gap; moves under mu

	mu      sync.Mutex
	growth  Growth                    // of the commits up to reached
	early   map[event.Position]Growth // published already, beyond a gap
	waiters map[chan struct{}]event.Position
	wanted  event.Position // the lowest position in waiters, or less
}

func (v *visiblePosition) position() event.Position { return event.Position(v.reached.Load()) }

// highest returns the highest position that is published. Commits below it may not be.
func (v *visiblePosition) highest() event.Position {
	return event.Position(max(v.beyond.Load(), v.reached.Load()))
}

// start is the position of a state that was built, not published commit by commit.
func (v *visiblePosition) start(at event.Position) { v.reached.Store(int64(at)) }

// grown returns what the commits up to the visible position have added.
func (v *visiblePosition) grown() Growth {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.growth
}

// publish notes that the commit at p is published, and how much it has added.
func (v *visiblePosition) publish(p event.Position, added Growth) {
	v.mu.Lock()
	defer v.mu.Unlock()
	reached := v.position()
	if p <= reached {
		return
	}
	if p > reached+1 {
		if v.early == nil {
			v.early = map[event.Position]Growth{}
		}
		v.early[p] = added
		v.beyond.Store(max(v.beyond.Load(), int64(p)))
		return
	}
	for more := true; more; added, more = v.takeEarly(reached + 1) {
		reached++
		v.growth.add(added)
	}
	v.reached.Store(int64(reached))
	if len(v.waiters) > 0 && v.wanted <= reached {
		v.wake(reached)
	}
}

// takeEarly takes a commit that was published beyond a gap.
func (v *visiblePosition) takeEarly(p event.Position) (Growth, bool) {
	if len(v.early) == 0 {
		return Growth{}, false
	}
	added, found := v.early[p]
	delete(v.early, p)
	return added, found
}

// wake ends the waits that are over. The lock is held.
func (v *visiblePosition) wake(reached event.Position) {
	v.wanted = math.MaxInt64
	for waiter, wanted := range v.waiters {
		if wanted > reached {
			v.wanted = min(v.wanted, wanted)
			continue
		}
		close(waiter)
		delete(v.waiters, waiter)
	}
}

// wait returns a channel that is closed once p is reached, and a function that
// abandons it; nil if p is reached already.
func (v *visiblePosition) wait(p event.Position) (reached <-chan struct{}, abandon func()) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if p <= v.position() {
		return nil, nil
	}
	waiter := make(chan struct{})
	if len(v.waiters) == 0 || p < v.wanted {
		v.wanted = p
	}
	if v.waiters == nil {
		v.waiters = map[chan struct{}]event.Position{}
	}
	v.waiters[waiter] = p
	return waiter, func() {
		v.mu.Lock()
		defer v.mu.Unlock()
		delete(v.waiters, waiter)
	}
}
