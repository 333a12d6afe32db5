package ledger

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/onhand/onhand/domain/deadletter"
	"github.com/onhand/onhand/domain/event"
	"github.com/onhand/onhand/domain/reservation"
	"github.com/onhand/onhand/domain/stock"
	"github.com/onhand/onhand/domain/transfer"
	"github.com/onhand/onhand/ports"
)

// state is everything as the durable log left it. Readers get whole aggregates
// and never wait for writers.
type state struct {
	mu      sync.RWMutex // protects the map, shelves and stores, not the items
	items   map[stock.Key]*shown
	shelves map[string]*sorted[*shown] // a store's items by SKU
	stores  []string                   // sorted
	// piles are, while a log is folded that nobody reads yet, the new items of each
	// store in the order in which they came; sorting them once takes a quarter of
	// the time of putting each in its place. nil at all other times.
	piles map[string][]*shown

	reservations *book[reservation.Reservation]
	transfers    *book[transfer.Transfer]

	freezer freezer
}

// shown is an item as readers see it now. The pointer is never nil.
type shown struct{ atomic.Pointer[stock.Item] }

func bySKU(a, b *shown) int { return strings.Compare(a.Load().SKU, b.Load().SKU) }

func newState() *state {
	return &state{
		items:        map[stock.Key]*shown{},
		shelves:      map[string]*sorted[*shown]{},
		reservations: newReservations(),
		transfers:    newTransfers(),
		freezer:      freezer{at: none},
	}
}

// item is the item as its written history left it; one that does not exist has
// version 0. It must not be changed.
func (s *state) item(key stock.Key) *stock.Item {
	if place := s.place(key); place != nil {
		return place.Load()
	}
	return &stock.Item{Key: key}
}

// show makes an aggregate what readers see, unless they see a later version
// already. It must not be changed any more. keep puts aside what it replaces.
func (s *state) show(aggregate any, keep bool) {
	switch a := aggregate.(type) {
	case *stock.Item:
		s.showItem(a, keep)
	case *reservation.Reservation:
		s.reservations.show(a, keep)
	case *transfer.Transfer:
		s.transfers.show(a, keep)
	default:
		panic(fmt.Sprintf("ledger: show does not know %T", a))
	}
}

func (s *state) showItem(item *stock.Item, keep bool) {
	place := s.place(item.Key)
	if place == nil {
		place = s.create(item.Key)
	}
	s.showAt(place, item, keep)
}

// place is where an item is shown, nil if it never was.
func (s *state) place(key stock.Key) *shown {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.items[key]
}

func (s *state) showAt(place *shown, item *stock.Item, keep bool) {
	for mine := false; ; {
		before := place.Load()
		if item.Version <= before.Version {
			return
		}
		item.Key = before.Key // one copy of the names for all versions
		if keep {
			mine = s.freezer.keep(place, before, mine)
		}
		if place.CompareAndSwap(before, item) {
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
	if s.piles != nil {
		s.piles[own.Store] = append(s.piles[own.Store], place)
	} else {
		s.shelves[own.Store].insert(place)
	}
	return place
}

// add shows an item that nobody knew, of a state that nobody else uses yet.
func (s *state) add(item *stock.Item) {
	item.Store = s.storeName(item.Store)
	place := &shown{}
	place.Store(item)
	s.items[item.Key] = place
	s.shelves[item.Store].insert(place)
}

// storeName is the one copy of a store's name, made with its shelf if need be.
func (s *state) storeName(name string) string {
	at, found := slices.BinarySearch(s.stores, name)
	if !found {
		name = strings.Clone(name)
		s.stores = slices.Insert(s.stores, at, name)
		s.shelves[name] = &sorted[*shown]{compare: bySKU}
	}
	return s.stores[at]
}

// fold applies a commit from the log, as far as it is not shown yet.
func (s *state) fold(c ports.Recorded, keep bool) error {
	for i := range c.Events {
		e := &c.Events[i]
		if err := s.foldEvent(e, keep); err != nil {
			return fmt.Errorf("position %d, %q version %d: %w", c.Position, string(e.Stream), e.Version, err)
		}
	}
	return nil
}

func (s *state) foldEvent(e *ports.Event, keep bool) error {
	if key, ok := stock.KeyOf(e.Stream); ok {
		return s.foldItem(key, e, keep)
	}
	if id, ok := reservation.IDOf(e.Stream); ok {
		return s.reservations.fold(id, e, keep)
	}
	if id, ok := transfer.IDOf(e.Stream); ok {
		return s.transfers.fold(id, e, keep)
	}
	if _, ok := deadletter.IDOf(e.Stream); ok {
		return nil // nothing that anybody decides by
	}
	return errors.New("the stream is not one of this program's")
}

func (s *state) foldItem(key stock.Key, e *ports.Event, keep bool) error {
	place := s.place(key)
	item := stock.Item{Key: key}
	if place != nil {
		item = *place.Load()
	}
	if e.Version <= item.Version {
		return nil
	}
	if e.Version != item.Version+1 {
		return versionGap(item.Version)
	}
	fact, err := stock.Decode(e.Type, e.Time, e.Data)
	if err != nil {
		return err
	}
	item.Apply(fact)
	if place == nil {
		place = s.create(key)
	}
	s.showAt(place, &item, keep)
	return nil
}

func versionGap(before event.Version) error { return fmt.Errorf("it follows version %d", before) }
