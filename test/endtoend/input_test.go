package endtoend_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/onhand/onhand/test/process"
)

func TestWholeNumbersHaveOneMeaning(t *testing.T) {
	service := process.Start(t, t.TempDir(), unlimited)
	c := clientOf(t, service)
	// given a change under a key, then another spelling of its number is the same request
	c.ok(c.adjust(itemA, `{"delta":10.0}`, "Idempotency-Key: k"))
	for _, same := range []string{"10", "1e1", "100E-1"} {
		a := c.ok(c.adjust(itemA, `{"delta":`+same+`}`, "Idempotency-Key: k"))
		require.Equal(t, "true", a.Header.Get("Idempotent-Replayed"))
	}
	c.refused(c.adjust(itemA, `{"delta":11.0}`, "Idempotency-Key: k"), 422, "idempotency-key-reused")
	for number, code := range map[string]string{
		"2.5": "validation-failed", "1e400": "validation-failed", "1e999999999999": "validation-failed",
		"-0.0": "validation-failed", "9223372036854775808": "validation-failed", "1e13": "validation-failed",
		`"3"`: "malformed-body",
	} {
		a := c.do("POST", itemA+"/adjustments", `{"delta":`+number+`}`)
		require.Equal(t, code, a.json("code"), number)
	}
	c.shows(itemA, map[string]int{"onHand": 10, "version": 1})
	verified(t, service)
}

func TestOneBadRowDoesNotCostTheOthers(t *testing.T) {
	service := process.Start(t, t.TempDir(), unlimited)
	c := clientOf(t, service)
	rows := []string{
		onItem("adjust", "A", `"delta":1`), onItem("adjust", "B", `"delta":0`), onItem("adjust", "C", `"delta":2.5`),
		onItem("adjust", "D", `"delta":"3"`), onItem("sell", "E", `"delta":1`), onItem("adjust", "\ufe0f", `"delta":1`),
		onItem("adjust", "F", `"delta":null`), `5`, `null`, onItem("policy", "A", `"lowStockThreshold":null`),
		onID("extend", "x", `,"ttlSeconds":99999999`), onItem("adjust", "A", `"delta":1.0`),
	}
	want := []int{200, 422, 422, 400, 422, 422, 400, 400, 400, 200, 422, 200}

	// given rows of a spreadsheet, then an independent batch does the good ones and refuses each bad one
	for range 2 { // also as a repetition
		a := c.do("POST", "/v1/batch", independent(rows...), "Idempotency-Key: rows")
		require.Equal(t, 207, a.Status, a.Body)
		for i, r := range a.json("results").([]any) {
			require.EqualValues(t, want[i], r.(map[string]any)["status"], "row %d: %v", i, r)
		}
	}
	c.shows(itemA, map[string]int{"onHand": 2})

	// and an atomic one does nothing and names all bad rows
	a := c.refused(c.do("POST", "/v1/batch", together(rows...)), 400, "malformed-body")
	faults := a.json("errors").([]any)
	require.Len(t, faults, 9)
	require.Equal(t, map[string]any{"pointer": "#/operations/2/delta", "detail": "must be a whole number"}, faults[1])
	c.shows(itemA, map[string]int{"onHand": 2})

	// and one in which nothing is good is answered as well, once per key
	for range 2 {
		a := c.do("POST", "/v1/batch", independent(rows[1:3]...), "Idempotency-Key: none")
		require.Equal(t, 207, a.Status, a.Body)
	}
	require.Equal(t, 207, c.do("POST", "/v1/batch", independent(rows[1:3]...)).Status)
	verified(t, service)
}
