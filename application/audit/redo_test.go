package audit_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/onhand/onhand/domain/reservation"
	"github.com/onhand/onhand/domain/stock"
	"github.com/onhand/onhand/domain/transfer"
)

// both damages a log in two places that agree with each other.
func both(first, second func(*forgery)) func(*forgery) {
	return func(f *forgery) {
		first(f)
		second(f)
	}
}

func TestWhatTheDomainWouldRefuseIsFound(t *testing.T) {
	log := story(t)
	for name, c := range map[string]struct {
		damage func(*forgery)
		says   string
	}{
		"more promised than there is": {
			both(edit(func(c *reservation.Created) { c.Lines[0].Quantity = 1000 }), edit(func(c *stock.Reserved) { c.Quantity = 1000 })),
			`it would be refused: 1000 units of "a" requested in S1, 20 available (short by 980)`,
		},
		"an adjustment that breaks promises": {follow[stock.Reserved](stock.Adjusted{Delta: -16}), "it would be refused"},
		"a shipment of what is promised": {
			both(edit(func(c *transfer.Shipped) { c.Lines[0].Quantity = 17 }), both(
				edit(func(c *stock.Shipped) { c.Quantity = 17 }), edit(func(c *stock.Incoming) { c.Delta = 17 }))),
			`it would be refused: 17 units of "a" requested in S1, 13 available (short by 4)`,
		},
		"news of nothing":      {follow[stock.Adjusted](stock.WentLow{Available: 7, Threshold: 9}), "nothing would be decided"},
		"news that is missing": {drop[stock.WentLow](), "stock.low.v1 of {S2 a} is missing"},
		"news that is wrong":   {edit(func(c *stock.WentLow) { c.Available++ }), "would be decided"},
		"a hold that no longer counted": {
			amend[stock.Expired](func(f *fact) { f.change = stock.Adjusted{Delta: 1} }), "a hold came to its deadline before",
		},
		"a reservation released at its deadline": {
			amend[reservation.Expired](func(f *fact) {
				f.change = reservation.Released{Lines: []stock.Part{{Key: stock.Key{Store: "S1", SKU: "a"}, Quantity: 2}}}
			}),
			"it would be refused",
		},
		"a transfer shipped twice": {follow[transfer.Shipped](transfer.Shipped{From: "S1", To: "S2"}), "it would be refused"},
	} {
		t.Run(name, func(t *testing.T) {
			f := forgeryOf(t, log)
			c.damage(f)
			require.ErrorContains(t, check(f.write()), c.says)
		})
	}
}
