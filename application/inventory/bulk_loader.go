package inventory

import (
	"slices"
	"strings"
	"sync"
)

// bulkLoader collects the new items of each store in the order in which they come,
// while a log is folded that has no readers yet. Sorting them once takes a quarter
// of the time of an insertion for each.
type bulkLoader struct {
	added map[string][]*cell
}

func (b *bulkLoader) add(store string, c *cell) { b.added[store] = append(b.added[store], c) }

// beginBulk collects new items from now on.
func (x *itemIndex) beginBulk() {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.bulk = &bulkLoader{added: map[string][]*cell{}}
}

// endBulk sorts the collected items into the index.
func (x *itemIndex) endBulk() {
	x.mu.Lock()
	defer x.mu.Unlock()
	for store, added := range x.bulk.added {
		cells := x.bySKU[store]
		if len(added) < cells.count/8 {
			for _, c := range added {
				cells.insert(c)
			}
			continue
		}
		all := cells.from(added, func(*cell) bool { return true }, cells.count)
		*cells = *sortedOf(inOrder(all), compareSKU)
	}
	x.bulk = nil
}

// labelled is a cell with its SKU beside it: the comparison need not follow two pointers.
type labelled struct {
	sku  string
	cell *cell
}

// inOrder sorts cells by SKU, on two processors.
func inOrder(cells []*cell) []*cell {
	list := make([]labelled, len(cells))
	for i, c := range cells {
		list[i] = labelled{c.Load().SKU, c}
	}
	compare := func(a, b labelled) int { return strings.Compare(a.sku, b.sku) }
	lower, upper := list[:len(list)/2], list[len(list)/2:]
	var half sync.WaitGroup
	half.Go(func() { slices.SortFunc(lower, compare) })
	slices.SortFunc(upper, compare)
	half.Wait()
	for i := range cells {
		from := &lower
		if len(lower) == 0 || len(upper) > 0 && compare(upper[0], lower[0]) < 0 {
			from = &upper
		}
		cells[i], *from = (*from)[0].cell, (*from)[1:]
	}
	return cells
}
