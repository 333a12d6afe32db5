package centralview

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/onhand/onhand/domain/event"
	"github.com/onhand/onhand/domain/stock"
	"github.com/onhand/onhand/ports"
)

// Name is the view's name as a projection.
const Name = "central-view"

// View is the central view. One goroutine brings it events; everybody may read it
// at the same time.
type View struct {
	mu       sync.RWMutex
	position event.Position
	entries  entries
	stores   []string // line n is stores[n-1]
	lines    map[string]uint32
	items    int

	kept   ports.Cache // of pages; nil for none
	prefix string      // of its keys in kept, as no other view's
}

// New makes an empty view.
func New() *View { return &View{lines: map[string]uint32{}} }

// Handle folds events and stands at upto then. An event that cannot be read stops it;
// those before it are folded, and the position stays where it was.
func (v *View) Handle(_ context.Context, events []ports.StreamEvent, upto event.Position) (int, error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	for i := range events {
		if err := v.take(&events[i]); err != nil {
			return i, err
		}
	}
	v.position = upto
	return len(events), nil
}

// take folds one event. What the view has folded already changes nothing. The lock is held.
func (v *View) take(e *ports.StreamEvent) error {
	key, ok := stock.KeyOf(e.Stream)
	if !ok {
		return nil // events of reservations and transfers change no numbers: those of their items do
	}
	fact, err := stock.Decode(e.Type, e.Time, e.Data)
	if err != nil {
		return fmt.Errorf("fold event: %w", err)
	}
	if fact.After.Version != e.Version {
		return fmt.Errorf("fold event: version %d carries the numbers of version %d", e.Version, fact.After.Version)
	}
	v.put(key, &fact.After, e.Time)
	return nil
}

// put makes the view show an item's numbers, unless it shows later ones.
func (v *View) put(key stock.Key, after *stock.Levels, at time.Time) {
	var room [256]byte
	name := appendKey(room[:0], key.SKU, v.line(key.Store))
	before, known := stock.Levels{}, false
	if entry := v.entries.get(string(name)); entry != "" {
		before, _ = unpackItem(entry[len(name):])
		known = true
	}
	if after.Version <= before.Version {
		return
	}
	if !known {
		v.items++
	}
	v.total(key.SKU, &before, after, known)
	v.entries.set(string(packItem(name, after, at)), len(name))
	v.forget(key.SKU)
}

// total moves a SKU's totals. A SKU in one store has none of its own.
func (v *View) total(sku string, before, after *stock.Levels, known bool) {
	var room [256]byte
	name := appendKey(room[:0], sku, totalsLine)
	first := ""
	for entry := range v.entries.from(string(name)) {
		first = entry
		break
	}
	owner, line, packed := "", uint32(0), ""
	if first != "" {
		owner, line, packed = split(first)
	}
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
	v.entries.set(string(packTotals(name, &totals)), len(name))
}

// line is the number of a store, a new one if need be.
func (v *View) line(store string) uint32 {
	line, known := v.lines[store]
	if !known {
		store = strings.Clone(store) // the name may be part of a whole event's text
		v.stores = append(v.stores, store)
		line = uint32(len(v.stores)) //nolint:gosec // there are not so many stores
		v.lines[store] = line
	}
	return line
}

// SKU is what the view says about one SKU.
type SKU struct {
	SKU      string
	Totals   Totals
	Stores   []stock.Item   // in the order of the stores' names; empty if no store knows the SKU
	Position event.Position // that this reflects
}

// Get looks a SKU up.
func (v *View) Get(sku string) SKU {
	v.mu.RLock()
	defer v.mu.RUnlock()
	found := SKU{SKU: sku, Position: v.position}
	totalled := false
	for entry := range v.entries.from(string(appendKey(nil, sku, totalsLine))) {
		owner, line, packed := split(entry)
		if owner != sku {
			break
		}
		if line == totalsLine {
			found.Totals, totalled = unpackTotals(packed), true
			continue
		}
		found.Stores = append(found.Stores, v.item(owner, line, packed))
	}
	if !totalled && len(found.Stores) == 1 {
		found.Totals.add(&found.Stores[0].Levels, 1)
	}
	slices.SortFunc(found.Stores, func(a, b stock.Item) int { return strings.Compare(a.Store, b.Store) })
	return found
}

func (v *View) item(sku string, line uint32, packed string) stock.Item {
	levels, at := unpackItem(packed)
	return stock.Item{Key: stock.Key{Store: v.stores[line-1], SKU: sku}, Levels: levels, UpdatedAt: at}
}

// Position is up to where the log is folded.
func (v *View) Position() event.Position {
	v.mu.RLock()
	defer v.mu.RUnlock()
	return v.position
}

// Items is how many items the view has.
func (v *View) Items() int {
	v.mu.RLock()
	defer v.mu.RUnlock()
	return v.items
}
