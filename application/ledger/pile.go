package ledger

import (
	"slices"
	"strings"
	"sync"

	"github.com/onhand/onhand/domain/stock"
)

// While a log is folded that nobody reads yet, new items pile up in the order in
// which they come. Sorting a pile once takes a quarter of the time of putting each
// item in its place.

// pile begins that. About so many items will come.
func (s *state) pile(items int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.piles = map[string][]*shown{}
	if len(s.items) == 0 {
		s.items = make(map[stock.Key]*shown, items)
	}
}

// settle puts the piles on the shelves.
func (s *state) settle() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for store, pile := range s.piles {
		shelf := s.shelves[store]
		if len(pile) < shelf.count/8 {
			for _, place := range pile {
				shelf.insert(place)
			}
			continue
		}
		all := shelf.from(pile, func(*shown) bool { return true }, shelf.count)
		*shelf = *sortedOf(inOrder(all), bySKU)
	}
	s.piles = nil
}

// labelled is a place with its SKU beside it: what is compared need not be looked
// for in memory.
type labelled struct {
	sku   string
	place *shown
}

// inOrder sorts places by SKU, on two processors.
func inOrder(places []*shown) []*shown {
	list := make([]labelled, len(places))
	for i, place := range places {
		list[i] = labelled{place.Load().SKU, place}
	}
	compare := func(a, b labelled) int { return strings.Compare(a.sku, b.sku) }
	lower, upper := list[:len(list)/2], list[len(list)/2:]
	var half sync.WaitGroup
	half.Go(func() { slices.SortFunc(lower, compare) })
	slices.SortFunc(upper, compare)
	half.Wait()
	for i := range places {
		from := &lower
		if len(lower) == 0 || len(upper) > 0 && compare(upper[0], lower[0]) < 0 {
			from = &upper
		}
		places[i], *from = (*from)[0].place, (*from)[1:]
	}
	return places
}
