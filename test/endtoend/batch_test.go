package endtoend_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/onhand/onhand/test/process"
)

// together is the body of a batch of all or nothing.
func together(operations ...string) string {
	return `{"operations":[` + strings.Join(operations, ",") + `]}`
}

// independent is the body of a batch in which each operation stands for itself.
func independent(operations ...string) string {
	return `{"atomic":false,"operations":[` + strings.Join(operations, ",") + `]}`
}

// onItem is an operation on an item of S1; rest are its other members.
func onItem(op, sku, rest string) string {
	return fmt.Sprintf(`{"op":%q,"store":"S1","sku":%q,%s}`, op, sku, rest)
}

// onID is an operation on a reservation or transfer.
func onID(op, id, rest string) string {
	return fmt.Sprintf(`{"op":%q,"id":%q%s}`, op, id, rest)
}

// results are the index, status and, of a refusal, code of each result.
func results(a answer) (all []string) {
	list, _ := a.json("results").([]any)
	for _, one := range list {
		result := one.(map[string]any)
		text := fmt.Sprint(result["index"], " ", result["status"])
		if problem, refused := result["problem"].(map[string]any); refused {
			text += fmt.Sprint(" ", problem["code"])
		}
		all = append(all, text)
	}
	return all
}

// multi requires the answer of a batch whose operations stand for themselves.
func (c client) multi(a answer) answer {
	c.t.Helper()
	require.Equal(c.t, 207, a.Status, a.Body)
	return a
}

func TestABatchOfAllOperations(t *testing.T) {
	dir := t.TempDir()
	service := process.Start(t, dir, unlimited)
	c := clientOf(t, service)
	c.ok(c.adjust("/v1/stores/S1/items/T", `{"delta":20}`))
	var sent []string
	for range 2 {
		sent = append(sent, strings.TrimPrefix(c.created(c.do("POST", transfers, shipment(unit("T", 5)))), transfers+"/"))
	}
	body := together(
		onItem("adjust", "A", `"delta":50,"expectedVersion":0,"reason":"delivery","reference":"PO 1"`),
		onItem("count", "B", `"onHand":30`),
		onItem("move", "A", `"from":"sellable","to":"damaged","quantity":5`),
		onItem("policy", "B", `"safetyStock":1,"lowStockThreshold":null`),
		`{"op":"reserve","id":"cart-1","lines":[`+part("S1", "A", 10)+`],"owner":"ann","ttlSeconds":900}`,
		`{"op":"reserve","lines":[`+part("S1", "B", 1)+`]}`,
		`{"op":"reserve","id":"cart-1","lines":[`+part("S1", "A", 12)+`],"owner":"ann"}`,
		onID("extend", "cart-1", `,"ttlSeconds":60`),
		onID("commit", "cart-1", `,"lines":[`+part("S1", "A", 6)+`]`),
		onID("release", "cart-1", `,"lines":[`+part("S1", "A", 1)+`]`),
		onID("commit", "cart-1", `,"lines":[`+part("S1", "A", 1)+`],"remainder":"release"`),
		onID("return", "cart-1", ""),
		`{"op":"ship","from":"S1","to":"S2","lines":[`+unit("B", 9)+`],"reference":"van 4"}`,
		onID("receive", sent[0], `,"lines":[{"sku":"T","good":3,"lost":1}]`),
		onID("cancel", sent[0], ""),
		onID("receive", sent[1], ""),
		onItem("adjust", "A", `"delta":-1,"expectedVersion":9`),
	)
	c.post("/v1/batch", body)
	require.EqualValues(t, 49, c.get(itemA).json("onHand"))
	c.refused(c.post("/v1/batch", body), 409, "batch-refused")
	service.Stop(t)

	// The same again on the same beginnings, under a key.
	service = process.Start(t, t.TempDir(), unlimited)
	dir = service.DataDir
	c = clientOf(t, service)
	c.ok(c.adjust("/v1/stores/S1/items/T", `{"delta":20}`))
	for i := range sent {
		body = strings.ReplaceAll(body, sent[i],
			strings.TrimPrefix(c.created(c.do("POST", transfers, shipment(unit("T", 5)))), transfers+"/"))
	}
	batch := c.keyed("POST", "/v1/batch", body)
	a := batch.first
	require.Equal(t, 200, a.Status)
	require.Equal(t, "4", a.Header.Get("Onhand-Position"), "one commit")
	require.Empty(t, a.Header.Get("ETag"))
	require.Equal(t, []string{
		"0 200", "1 200", "2 200", "3 200", "4 201", "5 201", "6 200", "7 200", "8 200",
		"9 200", "10 200", "11 200", "12 201", "13 200", "14 200", "15 200", "16 200",
	}, results(a))
	list := a.json("results").([]any)
	require.EqualValues(t, 50, list[0].(map[string]any)["item"].(map[string]any)["onHand"], "as it was right after it")
	require.Equal(t, "committed", list[11].(map[string]any)["reservation"].(map[string]any)["status"])
	require.Equal(t, "van 4", list[12].(map[string]any)["transfer"].(map[string]any)["reference"])
	check := func(c client) {
		c.repeated(batch)
		c.shows(itemA, map[string]int{"onHand": 49, "reserved": 0, "damaged": 5, "available": 44, "version": 10})
		c.shows("/v1/stores/S1/items/B", map[string]int{"onHand": 21, "reserved": 1, "available": 19})
		c.shows("/v1/stores/S2/items/B", map[string]int{"incoming": 9})
		c.shows("/v1/stores/S1/items/T", map[string]int{"onHand": 11})
		c.shows("/v1/stores/S2/items/T", map[string]int{"onHand": 8, "incoming": 0})
		require.Equal(t, []string{"A 12 0 7 5 7"}, parts(c.get(cart)))
	}
	check(c)
	service.Stop(t)
	service = process.Start(t, dir, unlimited)
	check(clientOf(t, service))
	verified(t, service)
}

// refusals is an independent batch in which most is refused, each for
// another reason.
func refusals(transfer string) string {
	return independent(
		onItem("adjust", "A", `"delta":1,"expectedVersion":2`),
		onItem("adjust", "A", `"delta":1,"expectedVersion":2`),
		onItem("adjust", "A", `"delta":1,"expectedVersion":3`),
		onItem("adjust", "A", `"delta":-9`),
		onItem("adjust", "A", `"delta":-13`),
		onItem("count", "B", `"onHand":1`),
		onItem("move", "B", `"from":"qualityControl","to":"sellable","quantity":1`),
		`{"op":"reserve","lines":[`+part("S1", "A", 99)+`,`+part("S1", "unknown", 1)+`]}`,
		`{"op":"reserve","id":"cart-1","lines":[`+part("S1", "A", 1)+`],"owner":"bob"}`,
		onID("commit", "cart-1", `,"lines":[`+part("S1", "A", 6)+`]`),
		onID("return", "cart-1", ""),
		onID("release", "unknown", ""),
		onID("commit", "cart-1", ""),
		onID("extend", "cart-1", `,"ttlSeconds":60`),
		onID("receive", transfer, `,"lines":[{"sku":"B","good":4}]`),
		onID("cancel", transfer, ""),
		onID("receive", transfer, ""),
		onID("cancel", "unknown", ""),
		`{"op":"ship","from":"S1","to":"S2","lines":[`+unit("A", 99)+`]}`,
		onItem("adjust", "A", `"delta":1000000000000`),
	)
}

func TestABatchOfWhichSomeIsRefused(t *testing.T) {
	dir := t.TempDir()
	service := process.Start(t, dir, unlimited)
	c := clientOf(t, service)
	c.ok(c.adjust(itemA, `{"delta":10}`))
	c.created(c.put(cart, `{"lines":[`+part("S1", "A", 5)+`],"owner":"ann"}`))
	c.ok(c.adjust("/v1/stores/S1/items/B", `{"delta":8}`))
	c.ok(c.move("/v1/stores/S1/items/B", `{"from":"sellable","to":"damaged","quantity":3}`))
	path := c.created(c.post(transfers, shipment(unit("B", 3))))
	body := refusals(strings.TrimPrefix(path, transfers+"/"))
	want := []string{
		"0 200", "1 409 version-conflict", "2 200", "3 409 would-break-reservations", "4 409 insufficient-stock", "5 409 count-below-states",
		"6 409 insufficient-stock", "7 409 insufficient-stock", "8 403 not-owner", "9 422 exceeds-reserved", "10 409 reservation-closed",
		"11 404 reservation-not-found", "12 200", "13 409 reservation-closed", "14 422 exceeds-pending", "15 200", "16 409 transfer-closed",
		"17 404 transfer-not-found", "18 409 insufficient-stock", "19 422 validation-failed",
	}
	var refused []string
	for _, result := range want {
		if !strings.HasSuffix(result, " 200") {
			refused = append(refused, result)
		}
	}
	a := c.refused(c.post("/v1/batch", strings.Replace(body, `"atomic":false`, `"atomic":true`, 1)), 409, "batch-refused")
	require.Equal(t, refused, results(a), "all that fail, and nothing done")
	a = c.refused(c.post("/v1/batch", together(onItem("adjust", "A", `"delta":1`), onID("release", "unknown", ""))), 409,
		"batch-refused")
	require.Equal(t, []string{"1 404 reservation-not-found"}, results(a))

	batch := c.keyed("POST", "/v1/batch", body)
	require.Equal(t, want, results(c.multi(batch.first)))
	for _, text := range []string{
		`"expected":2,`, `"reserved":5,`, `"shortfall":92}`, `"sku":"unknown","requested":1,"available":0,"shortfall":1}`,
		`"lines":[{"store":"S1","sku":"A","requested":6,"remaining":5}]`, `"reservationStatus":"held"`, `"reservationStatus":"committed"`,
		`"lines":[{"sku":"B","requested":4,"pending":3}]`, `"transferStatus":"cancelled"`, `"counted":1,"damaged":3,`, `"pointer":"#/delta"`,
	} {
		require.Contains(t, batch.first.Body, text)
	}
	require.Equal(t, "6", batch.first.Header.Get("Onhand-Position"), "one commit")
	check := func(c client) {
		c.repeated(batch)
		c.shows(itemA, map[string]int{"onHand": 7, "reserved": 0, "version": 5})
		c.shows("/v1/stores/S1/items/B", map[string]int{"onHand": 8, "damaged": 3})
	}
	check(c)
	none := independent(onID("release", "unknown", ""), onItem("adjust", "A", `"delta":-99`))
	require.Equal(t, []string{"0 404 reservation-not-found", "1 409 insufficient-stock"},
		results(c.multi(c.do("POST", "/v1/batch", none))))
	service.Stop(t)
	service = process.Start(t, dir, unlimited)
	check(clientOf(t, service))
	verified(t, service)
}

func TestPreconditionsInsideABatch(t *testing.T) {
	service := process.Start(t, t.TempDir(), unlimited, "PRECONDITION_REQUIRED=true")
	c := clientOf(t, service)
	a := c.multi(c.do("POST", "/v1/batch", independent(
		onItem("adjust", "A", `"delta":5`),
		onItem("adjust", "A", `"delta":5,"expectedVersion":0`),
		onItem("count", "A", `"onHand":6,"expectedVersion":0`),
		onItem("count", "A", `"onHand":6,"expectedVersion":1`),
	)))
	require.Equal(t, []string{"0 428 precondition-required", "1 200", "2 409 version-conflict", "3 200"}, results(a))
	c.shows(itemA, map[string]int{"onHand": 6, "version": 2})
	verified(t, service)
}
