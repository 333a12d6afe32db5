package closed

import (
	"slices"

	"github.com/onhand/onhand/domain/stock"
	"github.com/onhand/onhand/ports"
)

// terms are by what an entry can be found, each once.
type terms []ports.SearchTerm

// line adds the item of a line, its store and its SKU.
func (t *terms) line(key stock.Key) {
	t.add(ports.StoreTerm, key.Store)
	t.add(ports.SKUTerm, key.SKU)
	t.add(ports.ItemTerm, ItemValue(key))
}

func (t *terms) add(field ports.TermField, value string) {
	term := ports.SearchTerm{Field: field, Value: value}
	if value != "" && !slices.Contains(*t, term) {
		*t = append(*t, term)
	}
}

// ItemValue returns the value of an item's term.
func ItemValue(key stock.Key) string { return string(key.Stream()) }
