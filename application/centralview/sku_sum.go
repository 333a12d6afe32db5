package centralview

import (
	"fmt"

	"github.com/onhand/onhand/domain/stock"
)

// skuSum is the sum of a SKU's items, to check its totals.
type skuSum struct {
	sku    string
	stores int
	units  Totals
	totals *Totals // nil if the SKU has no entry for its totals
	net    bool    // totals are of an earlier version: Available less Short
}

func (s *skuSum) add(l *stock.Levels) {
	s.stores++
	s.units.add(l, 1)
}

// empty reports whether the SKU has no entries.
func (s *skuSum) empty() bool { return s.stores == 0 && s.totals == nil }

// problem describes the fault of the SKU's totals, "" if there is none.
func (s *skuSum) problem() string {
	switch {
	case s.totals == nil && s.stores > 1:
		return fmt.Sprintf("%d stores, but no totals", s.stores)
	case s.totals != nil && s.stores < 2:
		return fmt.Sprintf("%d stores, but totals", s.stores)
	case s.totals != nil && *s.totals != s.wanted():
		return fmt.Sprintf("the totals are %+v, the stores' sum is %+v", *s.totals, s.units)
	}
	return ""
}

// wanted returns the totals that the SKU must have.
func (s *skuSum) wanted() Totals {
	units := s.units
	if s.net {
		units.Available, units.Short = units.Available-units.Short, 0
	}
	return units
}
