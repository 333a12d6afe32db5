package ledger

import (
	"fmt"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/onhand/onhand/domain/event"
	"github.com/onhand/onhand/domain/stock"
	"github.com/onhand/onhand/ports"
)

// state is every item as the durable log left it. Readers get whole items and
// never wait for writers.
type state struct {
	mu    sync.RWMutex // protects the map, not what the pointers point to
	items map[stock.Key]*atomic.Pointer[stock.Item]
}

func newState() *state {
	return &state{items: map[stock.Key]*atomic.Pointer[stock.Item]{}}
}

// item is the item as it is shown now; one that does not exist has version 0.
func (s *state) item(key stock.Key) stock.Item {
	s.mu.RLock()
	shown := s.items[key]
	s.mu.RUnlock()
	if shown == nil {
		return stock.Item{Key: key}
	}
	return *shown.Load()
}

// show makes item what readers see, unless they see a later version already.
func (s *state) show(item stock.Item) {
	s.mu.RLock()
	shown := s.items[item.Key]
	s.mu.RUnlock()
	if shown == nil {
		shown = s.create(item.Key)
	}
	for {
		before := shown.Load()
		if item.Version <= before.Version {
			return
		}
		item.Key = before.Key // one copy of the names for all versions
		if shown.CompareAndSwap(before, &item) {
			return
		}
	}
}

func (s *state) create(key stock.Key) *atomic.Pointer[stock.Item] {
	s.mu.Lock()
	defer s.mu.Unlock()
	if shown := s.items[key]; shown != nil {
		return shown
	}
	// The names may be part of a whole request's text; keep no more than them.
	own := stock.Key{Store: strings.Clone(key.Store), SKU: strings.Clone(key.SKU)}
	shown := &atomic.Pointer[stock.Item]{}
	shown.Store(&stock.Item{Key: own})
	s.items[own] = shown
	return shown
}

// fold applies a commit from the log, as far as it is not shown yet.
func (s *state) fold(c ports.Recorded) error {
	for _, e := range c.Events {
		key, ok := stock.KeyOf(e.Stream)
		if !ok {
			return fmt.Errorf("position %d: unknown stream %q", c.Position, string(e.Stream))
		}
		item := s.item(key)
		if e.Version <= item.Version {
			continue
		}
		if e.Version != item.Version+1 {
			return fmt.Errorf("position %d: version %d of %q follows %d", c.Position, e.Version, string(e.Stream), item.Version)
		}
		fact, err := stock.Decode(e.Type, e.Time, e.Data)
		if err != nil {
			return fmt.Errorf("position %d: %w", c.Position, err)
		}
		item.Apply(fact)
		s.show(item)
	}
	return nil
}

// horizon is the position up to which everything is shown. Commits of different
// lanes are shown in any order; the horizon moves when the gap is closed.
type horizon struct {
	mu      sync.Mutex
	reached event.Position
	early   map[event.Position]struct{} // shown already, beyond a gap
	waiters map[chan struct{}]event.Position
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
	for waiter, wanted := range h.waiters {
		if wanted <= h.reached {
			close(waiter)
			delete(h.waiters, waiter)
		}
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
	h.waiters[waiter] = p
	return waiter, func() {
		h.mu.Lock()
		defer h.mu.Unlock()
		delete(h.waiters, waiter)
	}
}
