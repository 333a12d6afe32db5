package centralview

import (
	"context"
	"fmt"

	"github.com/onhand/onhand/domain/event"
	"github.com/onhand/onhand/domain/stock"
)

// Difference is a number of the view that is not what it must be.
type Difference struct {
	SKU     string `json:"sku"`
	Store   string `json:"store,omitempty"` // empty for the totals
	Problem string `json:"problem"`
}

// maxDifferences is how many differences a check lists; it counts the rest.
const maxDifferences = 100

// Checked is the outcome of a check.
type Checked struct {
	Position    event.Position `json:"position"` // of the view when the check ended
	SKUs        int            `json:"skus"`
	Items       int            `json:"items"`
	Compared    int            `json:"compared"` // items at the same version elsewhere
	Units       Totals         `json:"units"`    // over all
	Differences []Difference   `json:"differences"`
	Omitted     int            `json:"differencesOmitted"`
}

// Balanced tells whether nothing was found.
func (c *Checked) Balanced() bool { return len(c.Differences) == 0 }

func (c *Checked) differ(d Difference) {
	if len(c.Differences) == maxDifferences {
		c.Omitted++
		return
	}
	c.Differences = append(c.Differences, d)
}

// Check looks whether the totals of every SKU are the sums of its lines, and
// compares each line with what elsewhere tells of the item, where that is at the same
// version. The view goes on meanwhile; what is checked is how it stood at the
// beginning. An error is the context's.
func (v *View) Check(ctx context.Context, elsewhere func(stock.Key) stock.Levels) (Checked, error) {
	v.mu.Lock()
	frozen := View{entries: v.entries.freeze(), stores: v.stores, position: v.position}
	v.mu.Unlock()
	checked := Checked{Position: frozen.position, Differences: []Difference{}}
	var sum skuSum
	for entry := range frozen.entries.from("") {
		if checked.Items%1024 == 0 && ctx.Err() != nil {
			return checked, fmt.Errorf("check central view: %w", ctx.Err())
		}
		sku, line, packed := split(entry)
		if sku != sum.sku {
			checked.end(&sum)
			sum = skuSum{sku: sku}
		}
		if line == totalsLine {
			totals := unpackTotals(packed)
			sum.totals = &totals
			continue
		}
		item := frozen.item(sku, line, packed)
		sum.lines++
		sum.units.add(&item.Levels, 1)
		checked.Items++
		checked.Units.add(&item.Levels, 1)
		if other := elsewhere(item.Key); other.Version == item.Version {
			checked.Compared++
			if !other.Equal(item.Levels) {
				checked.differ(Difference{SKU: sku, Store: item.Store, Problem: fmt.Sprintf("the view has %+v at version %d, the ledger %+v", item.Levels, item.Version, other)})
			}
		}
	}
	checked.end(&sum)
	return checked, nil
}

// skuSum is what a walk over the entries found of one SKU.
type skuSum struct {
	sku    string
	lines  int
	units  Totals
	totals *Totals // nil if the SKU has none of its own
}

// problem says what is wrong with the SKU's totals, "" if nothing.
func (s *skuSum) problem() string {
	switch {
	case s.totals == nil && s.lines > 1:
		return fmt.Sprintf("%d stores, but no totals", s.lines)
	case s.totals != nil && s.lines < 2:
		return fmt.Sprintf("%d stores, but totals", s.lines)
	case s.totals != nil && *s.totals != s.units:
		return fmt.Sprintf("the totals are %+v, the stores' sum is %+v", *s.totals, s.units)
	}
	return ""
}

func (c *Checked) end(s *skuSum) {
	if s.lines == 0 && s.totals == nil {
		return
	}
	c.SKUs++
	if problem := s.problem(); problem != "" {
		c.differ(Difference{SKU: s.sku, Problem: problem})
	}
}
