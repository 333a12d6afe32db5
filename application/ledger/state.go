package ledger

import (
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/onhand/onhand/domain/stock"
	"github.com/onhand/onhand/ports"
)

// state is every item as the durable log left it. Readers get whole items and
// never wait for writers.
type state struct {
	mu      sync.RWMutex // protects the maps and shelves, not the items
	items   map[stock.Key]*shown
	shelves map[string]*shelf
	stores  []string // sorted
}

func newState() *state {
	return &state{items: map[stock.Key]*shown{}, shelves: map[string]*shelf{}}
}

// item is the item as it is shown now; one that does not exist has version 0.
func (s *state) item(key stock.Key) stock.Item {
	s.mu.RLock()
	item := s.items[key]
	s.mu.RUnlock()
	if item == nil {
		return stock.Item{Key: key}
	}
	return *item.Load()
}

// show makes item what readers see, unless they see a later version already.
func (s *state) show(item stock.Item) {
	s.mu.RLock()
	place := s.items[item.Key]
	s.mu.RUnlock()
	if place == nil {
		place = s.create(item.Key)
	}
	for {
		before := place.Load()
		if item.Version <= before.Version {
			return
		}
		item.Key = before.Key // one copy of the names for all versions
		if place.CompareAndSwap(before, &item) {
			return
		}
	}
}

// create makes a place for an item; until something is shown there, readers
// find version 0.
func (s *state) create(key stock.Key) *shown {
	s.mu.Lock()
	defer s.mu.Unlock()
	if place := s.items[key]; place != nil {
		return place
	}
	// The names may be part of a whole request's text; keep no more than them.
	own := stock.Key{Store: s.storeName(key.Store), SKU: strings.Clone(key.SKU)}
	place := &shown{}
	place.Store(&stock.Item{Key: own})
	s.items[own] = place
	s.shelves[own.Store].insert(place)
	return place
}

// storeName is the one copy of a store's name, made with its shelf if need be.
func (s *state) storeName(name string) string {
	at, found := slices.BinarySearch(s.stores, name)
	if !found {
		name = strings.Clone(name)
		s.stores = slices.Insert(s.stores, at, name)
		s.shelves[name] = &shelf{}
	}
	return s.stores[at]
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
