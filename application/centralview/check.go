package centralview

import (
	"context"
	"fmt"

	"github.com/onhand/onhand/domain/event"
	"github.com/onhand/onhand/domain/stock"
)

// Difference is a wrong number of the view.
type Difference struct {
	SKU     string `json:"sku"`
	Store   string `json:"store,omitempty"` // empty for the totals
	Problem string `json:"problem"`
}

// maxDifferences is the number of differences that a check lists; it counts the rest.
const maxDifferences = 100

// Checked is the result of a check.
type Checked struct {
	Position    event.Position `json:"position"` // of the view at the begin of the check
	SKUs        int            `json:"skus"`
	Items       int            `json:"items"`
	Compared    int            `json:"compared"` // items with the same version elsewhere
	Units       Totals         `json:"units"`    // over all
	Differences []Difference   `json:"differences"`
	Omitted     int            `json:"differencesOmitted"`
}

// Balanced reports whether the check found no difference.
func (c *Checked) Balanced() bool { return len(c.Differences) == 0 }

func check(ctx context.Context, s *state, elsewhere func(stock.Key) stock.Levels) (Checked, error) {
	checked := Checked{Position: s.position, Differences: []Difference{}}
	var sum skuSum
	for entry := range s.entries.from("") {
		if checked.Items%1024 == 0 && ctx.Err() != nil {
			return checked, fmt.Errorf("check central view: %w", ctx.Err())
		}
		sku, line, packed := split(entry)
		if sku != sum.sku {
			checked.endSKU(&sum)
			sum = skuSum{sku: sku}
		}
		if line == totalsLine {
			totals := unpackTotals(packed)
			sum.totals = &totals
			continue
		}
		item := s.item(sku, line, packed)
		sum.add(&item.Levels)
		checked.add(&item, elsewhere(item.Key))
	}
	checked.endSKU(&sum)
	return checked, nil
}

// add counts an item and compares it with the item elsewhere.
func (c *Checked) add(item *stock.Item, other stock.Levels) {
	c.Items++
	c.Units.add(&item.Levels, 1)
	if other.Version != item.Version {
		return
	}
	c.Compared++
	if !other.Equal(item.Levels) {
		c.differ(Difference{SKU: item.SKU, Store: item.Store, Problem: fmt.Sprintf(
			"the view has %+v at version %d, the ledger %+v", item.Levels, item.Version, other,
		)})
	}
}

// endSKU counts a SKU and checks its totals.
func (c *Checked) endSKU(s *skuSum) {
	if s.empty() {
		return
	}
	c.SKUs++
	if problem := s.problem(); problem != "" {
		c.differ(Difference{SKU: s.sku, Problem: problem})
	}
}

// differ adds a difference to the list, or counts it if the list is full.
func (c *Checked) differ(d Difference) {
	if len(c.Differences) == maxDifferences {
		c.Omitted++
		return
	}
	c.Differences = append(c.Differences, d)
}
