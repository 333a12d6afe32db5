package centralview

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/onhand/onhand/domain/event"
	"github.com/onhand/onhand/domain/stock"
	"github.com/onhand/onhand/ports"
)

// state is the fold of the log up to a position. It is not safe for concurrent use; a snapshot
// of it is.
type state struct {
	position event.Position
	entries  entries
	stores   []string          // the store of line n is stores[n-1]
	lines    map[string]uint32 // by store; nil in a snapshot
	items    int
}

func newState() state { return state{lines: map[string]uint32{}} }

// snapshot returns a copy that later events do not change.
func (s *state) snapshot() *state {
	return &state{position: s.position, entries: s.entries.snapshot(), stores: s.stores, items: s.items}
}

// apply folds one event. It returns the SKU whose numbers have changed, "" if none have: the
// state already has the event, or the event is not of an item.
func (s *state) apply(e *ports.StreamEvent) (sku string, err error) {
	key, ok := stock.KeyOf(e.Stream)
	if !ok {
		return "", nil // events of reservations and transfers change no numbers: those of their items do
	}
	fact, err := stock.Decode(e.Type, e.Time, e.Data)
	if err != nil {
		return "", fmt.Errorf("fold event: %w", err)
	}
	if fact.After.Version != e.Version {
		return "", fmt.Errorf("fold event: version %d carries the numbers of version %d", e.Version, fact.After.Version)
	}
	if !s.put(key, &fact.After, e.Time) {
		return "", nil
	}
	return key.SKU, nil
}

// put sets an item's numbers. It returns false if the state has the same or later ones.
func (s *state) put(key stock.Key, after *stock.Levels, at time.Time) bool {
	var room [256]byte
	name := appendKey(room[:0], key.SKU, s.line(key.Store))
	before, known := stock.Levels{}, false
	if entry := s.entries.get(string(name)); entry != "" {
		before, _ = unpackItem(entry[len(name):])
		known = true
	}
	if after.Version <= before.Version {
		return false
	}
	if !known {
		s.items++
	}
	s.moveTotals(key.SKU, &before, after, known)
	s.entries.set(string(packItem(name, after, at)), len(name))
	return true
}

// moveTotals moves a SKU's totals by the difference of an item. A SKU in one store has no
// entry for its totals.
func (s *state) moveTotals(sku string, before, after *stock.Levels, known bool) {
	var room [256]byte
	name := appendKey(room[:0], sku, totalsLine)
	owner, line, packed := s.first(string(name))
	var totals Totals
	switch {
	case owner != sku: // the first line of its SKU
		return
	case line == totalsLine:
		totals = unpackTotals(packed)
	case known: // the only line of its SKU
		return
	default:
		other, _ := unpackItem(packed)
		totals.add(&other, 1)
	}
	totals.add(before, -1)
	totals.add(after, 1)
	s.entries.set(string(packTotals(name, &totals)), len(name))
}

// first returns the first entry that is not before a key; an empty SKU if there is none.
func (s *state) first(key string) (sku string, line uint32, packed string) {
	for entry := range s.entries.from(key) {
		return split(entry)
	}
	return "", 0, ""
}

// line returns the number of a store, a new one if the store has none.
func (s *state) line(store string) uint32 {
	line, known := s.lines[store]
	if !known {
		store = strings.Clone(store) // the name may be part of a whole event's text
		s.stores = append(s.stores, store)
		line = uint32(len(s.stores)) //nolint:gosec // there are not so many stores
		s.lines[store] = line
	}
	return line
}

// SKU is the view's answer about one SKU.
type SKU struct {
	SKU      string
	Totals   Totals
	Stores   []stock.Item   // in the order of the stores' names; empty if no store has the SKU
	Position event.Position // of the state that this is of
}

func (s *state) get(sku string) SKU {
	found := SKU{SKU: sku, Position: s.position}
	totalled := false
	for entry := range s.entries.from(string(appendKey(nil, sku, totalsLine))) {
		owner, line, packed := split(entry)
		if owner != sku {
			break
		}
		if line == totalsLine {
			found.Totals, totalled = unpackTotals(packed), true
			continue
		}
		found.Stores = append(found.Stores, s.item(owner, line, packed))
	}
	if !totalled && len(found.Stores) == 1 {
		found.Totals.add(&found.Stores[0].Levels, 1)
	}
	slices.SortFunc(found.Stores, func(a, b stock.Item) int { return strings.Compare(a.Store, b.Store) })
	return found
}

// item unpacks an entry.
func (s *state) item(sku string, line uint32, packed string) stock.Item {
	levels, at := unpackItem(packed)
	return stock.Item{Key: stock.Key{Store: s.stores[line-1], SKU: sku}, Levels: levels, UpdatedAt: at}
}
