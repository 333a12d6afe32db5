package ledger

import (
	"slices"
	"sort"
	"strings"
	"sync/atomic"

	"github.com/onhand/onhand/domain/stock"
)

// shown is an item as readers see it now. The pointer is never nil.
type shown struct{ atomic.Pointer[stock.Item] }

// maxRun is how long a run grows before it is halved: long enough that a
// million items make few runs, short enough that an insertion moves little.
const maxRun = 512

// shelf is a store's items in the order of their SKUs, byte by byte: runs of
// pointers, each run sorted and before the next. state's mutex protects it.
type shelf struct {
	runs  [][]*shown
	count int
}

func (s *shelf) insert(item *shown) {
	s.count++
	sku := item.Load().SKU
	if len(s.runs) == 0 {
		s.runs = [][]*shown{{item}}
		return
	}
	r := max(0, s.runAfter(sku)-1)
	run := s.runs[r]
	at := after(run, sku)
	run = slices.Insert(run, at, item)
	s.runs[r] = run
	if len(run) > maxRun {
		half := len(run) / 2
		s.runs[r] = slices.Clone(run[:half])
		s.runs = slices.Insert(s.runs, r+1, slices.Clone(run[half:]))
	}
}

// runAfter is the index of the first run that begins behind sku.
func (s *shelf) runAfter(sku string) int {
	return sort.Search(len(s.runs), func(i int) bool { return s.runs[i][0].Load().SKU > sku })
}

// after is the index of the first item behind sku.
func after(run []*shown, sku string) int {
	return sort.Search(len(run), func(i int) bool { return run[i].Load().SKU > sku })
}

// next appends up to n items whose SKUs lie behind a SKU and begin with prefix,
// in order.
func (s *shelf) next(into []*shown, sku, prefix string, n int) []*shown {
	first := func(i *shown) bool { return i.Load().SKU >= prefix }
	r := max(0, s.runAfter(sku)-1)
	if prefix > sku {
		r = max(0, sort.Search(len(s.runs), func(i int) bool { return first(s.runs[i][0]) })-1)
	}
	for ; r < len(s.runs); r++ {
		run := s.runs[r]
		at := after(run, sku)
		if prefix > sku {
			at = sort.Search(len(run), func(i int) bool { return first(run[i]) })
		}
		for _, item := range run[at:] {
			if len(into) == n || !strings.HasPrefix(item.Load().SKU, prefix) {
				return into
			}
			into = append(into, item)
		}
	}
	return into
}
