package inventory

import (
	"iter"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/onhand/onhand/domain/stock"
)

// walkStep is how many entries a walk takes up at a time. A walk holds back new
// entries while it does so, never writes to those that exist.
const walkStep = 256

// itemIndex finds the items by their keys, and those of a store in the order of
// their SKUs.
type itemIndex struct {
	mu     sync.RWMutex // protects the index, not the items
	cells  map[stock.Key]*cell
	bySKU  map[string]*sorted[*cell] // the cells of a store
	stores []string                  // sorted
	bulk   *bulkLoader               // while a log is folded at a start, else nil
	former map[string]bool           // SKUs of items that are not in their normal form
}

// cell holds the published version of one item. The pointer is never nil.
type cell struct{ atomic.Pointer[stock.Item] }

func compareSKU(a, b *cell) int { return strings.Compare(a.Load().SKU, b.Load().SKU) }

func newItemIndex() *itemIndex {
	return &itemIndex{cells: map[stock.Key]*cell{}, bySKU: map[string]*sorted[*cell]{}, former: map[string]bool{}}
}

// find returns the cell of an item, nil if the item was never published.
func (x *itemIndex) find(key stock.Key) *cell {
	x.mu.RLock()
	defer x.mu.RUnlock()
	return x.cells[key]
}

// create makes a cell for an item; until the item is published there, readers find
// version 0.
func (x *itemIndex) create(key stock.Key) *cell {
	x.mu.Lock()
	defer x.mu.Unlock()
	if c := x.cells[key]; c != nil {
		return c
	}
	// The names may be part of a whole request's text; keep no more than them.
	own := stock.Key{Store: x.storeName(key.Store), SKU: strings.Clone(key.SKU)}
	c := &cell{}
	c.Store(&stock.Item{Key: own})
	x.cells[own] = c
	x.noteFormer(own.SKU)
	if x.bulk != nil {
		x.bulk.add(own.Store, c)
	} else {
		x.bySKU[own.Store].insert(c)
	}
	return c
}

// add adds an item that the index does not know, of a state that nothing else uses yet.
func (x *itemIndex) add(item *stock.Item) {
	item.Store = x.storeName(item.Store)
	c := &cell{}
	c.Store(item)
	x.cells[item.Key] = c
	x.noteFormer(item.SKU)
	x.bySKU[item.Store].insert(c)
}

// noteFormer notes a SKU that only an older version took.
func (x *itemIndex) noteFormer(sku string) {
	if normal, err := stock.NormalizeSKU(sku); err != nil || normal != sku {
		x.former[sku] = true
	}
}

// isFormer reports whether only an older version took a SKU of an item.
func (x *itemIndex) isFormer(sku string) bool {
	x.mu.RLock()
	defer x.mu.RUnlock()
	return x.former[sku]
}

// storeName returns the one copy of a store's name, which it makes, with the store's
// index, if need be.
func (x *itemIndex) storeName(name string) string {
	at, found := slices.BinarySearch(x.stores, name)
	if !found {
		name = strings.Clone(name)
		x.stores = slices.Insert(x.stores, at, name)
		x.bySKU[name] = &sorted[*cell]{compare: compareSKU}
	}
	return x.stores[at]
}

// expect makes room for a number of items, if there are none yet.
func (x *itemIndex) expect(items int) {
	if len(x.cells) == 0 {
		x.cells = make(map[stock.Key]*cell, items)
	}
}

// walk visits the cells of a store with a SKU after one and at least from, in order.
func (x *itemIndex) walk(store, after, from string) iter.Seq[*cell] {
	return func(yield func(*cell) bool) {
		var step []*cell
		for {
			step = x.step(step[:0], store, after, from)
			for _, c := range step {
				after = c.Load().SKU
				if !yield(c) {
					return
				}
			}
			if len(step) < walkStep {
				return
			}
		}
	}
}

func (x *itemIndex) step(into []*cell, store, after, from string) []*cell {
	x.mu.RLock()
	defer x.mu.RUnlock()
	cells := x.bySKU[store]
	if cells == nil {
		return into
	}
	return cells.from(into, func(c *cell) bool { sku := c.Load().SKU; return sku > after && sku >= from }, walkStep)
}

// count returns how many items there are.
func (x *itemIndex) count() int {
	x.mu.RLock()
	defer x.mu.RUnlock()
	return len(x.cells)
}

// storeCount returns how many stores there are.
func (x *itemIndex) storeCount() int {
	x.mu.RLock()
	defer x.mu.RUnlock()
	return len(x.stores)
}

// storeNames returns all stores in their order.
func (x *itemIndex) storeNames() []string {
	x.mu.RLock()
	defer x.mu.RUnlock()
	return slices.Clone(x.stores)
}

// sizes returns up to n stores after a name, in their order.
func (x *itemIndex) sizes(after string, n int) []StoreSize {
	x.mu.RLock()
	defer x.mu.RUnlock()
	at, found := slices.BinarySearch(x.stores, after)
	if found {
		at++
	}
	list := []StoreSize{}
	for _, name := range x.stores[at:] {
		if len(list) == n {
			break
		}
		list = append(list, StoreSize{Store: name, Items: x.bySKU[name].count})
	}
	return list
}
