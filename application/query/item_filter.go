package query

import (
	"slices"
	"strconv"

	"github.com/onhand/onhand/domain/stock"
)

// MaxNames is how many SKUs, and how many stores, a list may name.
const MaxNames = 100

// ItemFilter selects items: those that fit all that it says.
type ItemFilter struct {
	SKUs            []string // any of them, in their normal form; empty: all
	SKUPrefix       string
	AvailableAtMost *int64 // nil: whatever is available
	Low             bool   // at its own low-stock threshold or below
	Negative        bool   // fewer than 0 available
	AtRisk          bool   // with promised units that no sellable stock covers
}

// normal returns the filter with its SKUs in their order, each once.
func (f ItemFilter) normal() ItemFilter {
	f.SKUs = slices.Compact(slices.Sorted(slices.Values(f.SKUs)))
	return f
}

// asked lists everything that the filter says.
func (f *ItemFilter) asked() []string {
	asked := []string{f.SKUPrefix, boundText(f.AvailableAtMost)}
	for _, wanted := range []bool{f.Low, f.Negative, f.AtRisk} {
		asked = append(asked, strconv.FormatBool(wanted))
	}
	return append(asked, f.SKUs...)
}

// fits reports whether an item with a SKU that fits has the numbers wanted.
func (f *ItemFilter) fits(item *stock.Item) bool {
	switch {
	case f.AvailableAtMost != nil && item.Available() > *f.AvailableAtMost,
		f.Low && !item.IsLow(),
		f.Negative && item.Available() >= 0,
		f.AtRisk && item.AtRisk() == 0:
		return false
	default:
		return true
	}
}
