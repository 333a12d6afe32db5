package endtoend_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/onhand/onhand/test/process"
)

// named returns the store and SKU of each item of an answer.
func named(a answer) (names []string) {
	for _, one := range a.json("items").([]any) {
		item := one.(map[string]any)
		names = append(names, item["store"].(string)+"/"+item["sku"].(string))
	}
	return names
}

func TestItemsAreListedByTheirOwnNumbers(t *testing.T) {
	c := clientOf(t, process.Start(t, t.TempDir(), unlimited))
	for _, i := range [][3]string{
		{"S1/items/A", "100", `{"lowStockThreshold":50}`},
		{"S1/items/B", "5", `{"lowStockThreshold":3}`},
		{"S1/items/C", "40", `{"lowStockThreshold":50}`},
		{"S2/items/A", "1", `{"safetyStock":2}`},
		{"S2/items/C", "2", `{"lowStockThreshold":2}`},
	} {
		c.ok(c.adjust("/v1/stores/"+i[0], `{"delta":`+i[1]+`}`))
		c.ok(c.policy("/v1/stores/"+i[0], i[2]))
	}
	c.created(c.post(reservations, `{"lines":[`+part("S1", "B", 5)+`]}`))
	c.ok(c.put("/v1/stores/S1/items/B/count", `{"onHand":4}`))
	for query, want := range map[string][]string{
		"/v1/stores/S1/items?low=true":              {"S1/B", "S1/C"},
		"/v1/stores/S1/items?low=false":             {"S1/A", "S1/B", "S1/C"},
		"/v1/stores/S1/items?sku=C&sku=A&sku=X":     {"S1/A", "S1/C"},
		"/v1/stores/S1/items?atRisk=true":           {"S1/B"},
		"/v1/items":                                 {"S1/A", "S1/B", "S1/C", "S2/A", "S2/C"},
		"/v1/items?low=true":                        {"S1/B", "S1/C", "S2/C"},
		"/v1/items?negative=true":                   {"S1/B", "S2/A"},
		"/v1/items?sku=A&sku=C":                     {"S1/A", "S1/C", "S2/A", "S2/C"},
		"/v1/items?sku=A&sku=C&availableAtMost=2":   {"S2/A", "S2/C"},
		"/v1/items?low=true&skuPrefix=C&limit=2":    {"S1/C", "S2/C"},
		"/v1/items?low=true&negative=true&limit=10": {"S1/B"},
		"/v1/items?store=S2&sku=A&store=S9&sku=X":   {"S2/A"},
	} {
		require.Equal(t, want, named(c.ok(c.get(query))), query)
	}
	first := c.ok(c.get("/v1/items?low=true&limit=2"))
	rest := c.ok(c.get("/v1/items?low=true&limit=2&cursor=" + first.json("nextCursor").(string)))
	require.Equal(t, []string{"S2/C"}, named(rest))
	for _, bad := range []string{
		"low=1", "negative=", "atRisk=yes", "sku=", "sku=%0A", "low=true&low=true", "store=S%201",
		strings.Repeat("sku=A&", 100) + "sku=A", "cursor=" + first.json("nextCursor").(string),
	} {
		c.refused(c.get("/v1/items?"+bad), 400, "malformed-query")
	}
}
