package audit_test

import (
	"bytes"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/onhand/onhand/application/audit"
	"github.com/onhand/onhand/domain/reservation"
	"github.com/onhand/onhand/domain/stock"
	"github.com/onhand/onhand/domain/transfer"
	"github.com/onhand/onhand/ports"
)

func check(log []ports.Recorded) error {
	a := audit.New(nil)
	for _, c := range log {
		if err := a.Check(c); err != nil {
			return err
		}
	}
	return nil
}

func TestAStoryOfEverythingPasses(t *testing.T) {
	log := story(t)
	a := audit.New(nil)
	for _, c := range log {
		require.NoError(t, a.Check(c))
	}
	require.Equal(t, []int{2, 3, 1}, []int{a.Items(), a.Reservations(), a.Transfers()})

	again := forgeryOf(t, log).write()
	require.Len(t, again, len(log))
	for i, c := range again {
		require.Equal(t, log[i].Events, c.Events, "a forgery without damage is the same log")
	}
}

// TestALogWithExtensionsOfItemsPasses: older logs have an event for each hold of a reservation that is
// extended.
func TestALogWithExtensionsOfItemsPasses(t *testing.T) {
	f := forgeryOf(t, story(t))
	olderExtensions(f)
	log := f.write()
	require.NoError(t, check(log))
	require.Equal(t, reservation.ExtendedV1, log[6].Events[0].Type)
	require.Len(t, log[6].Events, 3)
}

// older makes damage on a log with extensions of items.
func older(damage func(*forgery)) func(*forgery) {
	return func(f *forgery) {
		olderExtensions(f)
		damage(f)
	}
}

// later puts a fact to where a hold's time is over.
func later(f *fact) { f.at = f.at.Add(time.Hour) }

func TestStreamsThatDisagreeAreFound(t *testing.T) {
	log := story(t)
	for name, c := range map[string]struct {
		damage func(*forgery)
		says   string
	}{
		"an item holds more than the reservation has": {
			edit(func(c *stock.Reserved) { c.Quantity++ }), `item {S1 a} holds 6 units for reservation "cart", which has 5`,
		},
		"a hold without a reservation": {
			drop[reservation.Created](), `holds 5 units for reservation "cart", which has 0`,
		},
		"a reservation without a hold": {
			drop[stock.Reserved](), `item {S1 a} holds 0 units for reservation "cart", which has 5`,
		},
		"a hold until another deadline": {
			edit(func(c *stock.Reserved) { c.ExpiresAt = c.ExpiresAt.Add(time.Second) }), `for reservation "cart"`,
		},
		"an extension that an item does not know of": {
			older(drop[stock.Extended]()), `for reservation "cart", which has`,
		},
		"an extension that the reservation does not know of": {
			older(drop[reservation.Extended]()), `for reservation "cart", which has`,
		},
		"an extension of holds that an item does not have": {
			func(f *forgery) {
				older(func(*forgery) {})(f)
				edit(func(c *reservation.Extended) { c.ItemsTell = false })(f) // the reservation tells it before the items
			}, `there is no hold of "cart" until`,
		},
		"an extension of a hold that has ended": {
			follow[stock.Reserved](
				stock.Released{ReservationID: "cart", Quantity: 5, ExpiresAt: noon.Add(60*time.Second + 500*time.Millisecond)},
			), `holds 0 units for reservation "cart", which has 5`,
		},
		"an extension into the past": {
			edit(func(c *reservation.Extended) { c.ExpiresAt = noon.Add(-time.Hour) }),
			"the new deadline has come before the extension",
		},
		"an extension after the deadline": {amend[reservation.Extended](later), "the new deadline has come before the extension"},
		"a release that the item does not know of": {
			drop[stock.Released](), `item {S1 a} holds 2 units for reservation "cart", which has 1`,
		},
		"a replacement that the item does not know of": {
			drop[reservation.Replaced](), `for reservation "swap", which has`,
		},
		"an item that never expired what the reservation did": {
			drop[stock.Expired](), `item {S1 a} holds 2 units for reservation "short", which has 0`,
		},
		"fewer units committed than the reservation says": {
			edit(func(c *stock.Committed) { c.Quantity-- }), `item {S1 a} and "cart" differ by 1 units committed`,
		},
		"units committed of another reservation": {
			edit(func(c *reservation.Committed) {
				c.Lines = []stock.Part{{Key: stock.Key{Store: "S2", SKU: "a"}, Quantity: 3}}
			}), "units committed",
		},
		"more units returned than the reservation says": {
			edit(func(c *stock.Returned) { c.Quantity++ }), `item {S1 a} and "cart" differ by -1 units returned`,
		},
		"units returned that the reservation does not know of": {
			drop[reservation.Returned](), `differ by -1 units returned`,
		},
		"more units shipped than the transfer says": {
			edit(func(c *stock.Shipped) { c.Quantity++ }), `differ by -1 units shipped`,
		},
		"good units that the item takes for damaged ones": {
			edit(func(c *stock.Received) { c.Good--; c.Damaged++ }), `differ by -1 units damaged`,
		},
		"damaged units that the item does not know of": {
			edit(func(c *stock.Received) { c.Damaged = 0 }), `differ by 1 units damaged`,
		},
		"lost units that the item does not know of": {
			drop[stock.Lost](), `differ by 1 units lost`,
		},
		"units that turned back as nobody told them to": {
			drop[transfer.Cancelled](), "differ by -1 units returned",
		},
		"fewer units on their way than left": {
			edit(func(c *stock.Incoming) { c.Delta-- }), `-1 units of "a" came from nowhere`,
		},
		"units on their way to another store": {
			amend[stock.Incoming](func(f *fact) { f.stream = "stock/S3/a" }), `are on their way to {S`,
		},
		"units lost of a transfer of nobody": {
			follow[stock.Received](stock.Lost{TransferID: "x", Quantity: 1}), `item {S2 a} and "x" differ by -1 units lost`,
		},
		"units shipped for another transfer": {
			edit(func(c *stock.Shipped) { c.TransferID = "x" }), "units shipped",
		},
	} {
		t.Run(name, func(t *testing.T) {
			f := forgeryOf(t, log)
			c.damage(f)
			require.ErrorContains(t, check(f.write()), c.says)
		})
	}
}

// editSwap changes what the first replacement of a hold replaces.
func editSwap(change func(*stock.Replaced)) func(*forgery) {
	return func(f *forgery) {
		each[stock.Reserved](f, func(c *forgedCommit, i int) bool {
			content := c.facts[i].change.(stock.Reserved)
			if content.Replaces == nil {
				return true
			}
			old := *content.Replaces
			change(&old)
			content.Replaces = &old
			c.facts[i].change = content
			return false
		})
	}
}

func TestNumbersThatCannotBeAreFound(t *testing.T) {
	log := story(t)
	for name, c := range map[string]struct {
		damage func(*forgery)
		says   string
	}{
		"a reservation that gave more than it had": {
			edit(func(c *reservation.Committed) { c.Lines[0].Quantity = 6 }), "a part of a line is -1",
		},
		"a transfer that brought more than it took": {
			edit(func(c *transfer.Received) { c.Lines[0].Lost = 9 }), "a part of a line is -7",
		},
		"more damaged than there is": {
			edit(func(c *stock.Moved) { c.Quantity = 10 }), "sellable is -1",
		},
	} {
		t.Run(name, func(t *testing.T) {
			f := forgeryOf(t, log)
			c.damage(f)
			require.ErrorContains(t, check(f.write()), c.says)
		})
	}
}

func TestEventsOutOfOrderAreFound(t *testing.T) {
	log := story(t)
	replace := func(before, after string) func(*ports.Event) {
		return func(e *ports.Event) { e.Data = bytes.ReplaceAll(e.Data, []byte(before), []byte(after)) }
	}
	for name, c := range map[string]struct {
		stream string
		damage func(*ports.Event)
		says   string
	}{
		"a reservation's number that does not follow": {"reservation/cart", replace(`"remaining":2`, `"remaining":4`), "the fold says"},
		"a transfer's number that does not follow":    {"transfer/", replace(`"pending":1`, `"pending":2`), "the fold says"},
		"a gap in a reservation":                      {"reservation/cart", func(e *ports.Event) { e.Version++ }, "follows"},
		"a gap in a transfer":                         {"transfer/", func(e *ports.Event) { e.Version++ }, "follows"},
		"a reservation's kind of nobody":              {"reservation/cart", func(e *ports.Event) { e.Type = "reservation.unheard-of.v1" }, "unknown event"},
		"a transfer's kind of nobody":                 {"transfer/", func(e *ports.Event) { e.Type = "transfer.unheard-of.v1" }, "unknown event"},
		"a reservation's name that is none":           {"reservation/cart", func(e *ports.Event) { e.Stream = "reservation/a b" }, "id must be"},
		"a transfer's name that is none":              {"transfer/", func(e *ports.Event) { e.Stream = "transfer/a/b" }, "id must be"},
		"a reservation's data that is none":           {"reservation/cart", func(e *ports.Event) { e.Data = []byte(`{"lines":7}`) }, "decode"},
		"a reservation back in time":                  {"reservation/cart", func(e *ports.Event) { e.Time = noon.Add(-time.Hour) }, "before the event before it"},
	} {
		t.Run(name, func(t *testing.T) {
			damaged := forgeryOf(t, log).write()
			seen := 0
			for i := range damaged {
				for j := range damaged[i].Events {
					if e := &damaged[i].Events[j]; bytes.HasPrefix([]byte(e.Stream), []byte(c.stream)) {
						if seen++; seen > 1 { // not the first, which nothing comes before
							c.damage(e)
						}
					}
				}
			}
			require.ErrorContains(t, check(damaged), c.says)
		})
	}
}
