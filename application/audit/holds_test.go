package audit_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/onhand/onhand/domain/reservation"
	"github.com/onhand/onhand/domain/stock"
)

func TestEventsThatFitNoHoldAreFound(t *testing.T) {
	log := story(t)
	noHold := `there is no hold of "cart" until`
	for name, c := range map[string]struct {
		damage func(*forgery)
		says   string
	}{
		"reserved twice": {
			func(f *forgery) {
				each[stock.Reserved](f, func(c *forgedCommit, i int) bool {
					c.facts = append(c.facts, c.facts[i])
					return false
				})
			}, "the reservation holds units of the item already",
		},
		"reserved until before": {
			edit(func(c *stock.Reserved) { c.ExpiresAt = noon }), "the deadline has come before the hold",
		},
		"a replaced hold that is not there": {
			editSwap(func(c *stock.Replaced) { c.ExpiresAt = noon }), `there is no hold of "swap" until`,
		},
		"a replaced hold of other units": {
			editSwap(func(c *stock.Replaced) { c.Quantity = 7 }), `the hold of "swap" has 1 units`,
		},
		"two holds made one": {
			follow[stock.Reserved](
				stock.Reserved{ReservationID: "cart", Quantity: 1},
				stock.Extended{ReservationID: "cart", ExpiresAt: noon.Add(60*time.Second + 500*time.Millisecond)},
			), "6 units are reserved, but 1 are held",
		},
		"extended, not there":         {older(edit(func(c *stock.Extended) { c.Before = noon.Add(time.Hour) })), noHold},
		"extended, of nobody":         {older(edit(func(c *stock.Extended) { c.ReservationID = "x" })), `there is no hold of "x" until`},
		"extended, overdue":           {older(amend[stock.Extended](later)), "the hold expired at"},
		"extended, into the past":     {older(edit(func(c *stock.Extended) { c.ExpiresAt = noon.Add(-time.Hour) })), "the new deadline has come before the extension"},
		"committed, not there":        {edit(func(c *stock.Committed) { c.ExpiresAt = time.Time{} }), noHold},
		"committed, overdue":          {amend[stock.Committed](later), "the hold expired at"},
		"committed, too many":         {edit(func(c *stock.Committed) { c.Quantity = 6 }), `the hold of "cart" has 5 units`},
		"released, not there":         {edit(func(c *stock.Released) { c.ExpiresAt = time.Time{} }), noHold},
		"released, overdue":           {amend[stock.Released](later), "the hold expired at"},
		"released, too many":          {edit(func(c *stock.Released) { c.Quantity = 3 }), `the hold of "cart" has 2 units`},
		"expired, another time":       {amend[stock.Expired](later), `there is no hold of "short" until`},
		"expired, other units":        {edit(func(c *stock.Expired) { c.Quantity = 1 }), `the hold of "short" has 2 units`},
		"expired, a reservation late": {amend[reservation.Expired](later), "it expired at"},
	} {
		t.Run(name, func(t *testing.T) {
			f := forgeryOf(t, log)
			c.damage(f)
			require.ErrorContains(t, check(f.write()), c.says)
		})
	}
}
