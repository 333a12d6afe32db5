package endtoend_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/onhand/onhand/test/process"
)

func (c client) move(item, body string, headers ...string) answer {
	c.t.Helper()
	return c.do(http.MethodPost, item+"/moves", body, headers...)
}

func (c client) policy(item, body string, headers ...string) answer {
	c.t.Helper()
	return c.do(http.MethodPut, item+"/policy", body, headers...)
}

func TestMovesAndPolicies(t *testing.T) {
	c := clientOf(t, process.Start(t, t.TempDir(), unlimited))
	a := c.ok(c.policy(itemA, `{"safetyStock":2,"lowStockThreshold":5}`, "If-None-Match: *"))
	require.EqualValues(t, 2, a.json("version"), "the policy, and that the item is low")
	require.EqualValues(t, -2, a.json("available"))
	c.ok(c.adjust(itemA, `{"delta":20}`))
	a = c.ok(c.move(itemA, `{"from":"sellable","to":"damaged","quantity":4,"reason":"dropped"}`, `If-Match: "4"`))
	require.EqualValues(t, 4, a.json("damaged"))
	require.EqualValues(t, 14, a.json("available"))
	a = c.ok(c.do("POST", itemA+"/moves?dryRun=true", `{"from":"damaged","to":"qualityControl","quantity":4}`))
	require.EqualValues(t, 4, a.json("qualityControl"))
	require.Equal(t, true, a.json("dryRun"))
	a = c.ok(c.policy(itemA, `{"oversellLimit":3}`, "Idempotency-Key: p"))
	require.Equal(t, map[string]any{"safetyStock": 2.0, "oversellLimit": 3.0, "lowStockThreshold": 5.0}, a.json("policy"),
		"what is left out stays")
	a = c.ok(c.policy(itemA, `{"lowStockThreshold":null}`))
	require.Equal(t, map[string]any{"safetyStock": 2.0, "oversellLimit": 3.0}, a.json("policy"))
	c.refused(c.policy(itemA, `{"lowStockThreshold":null}`, "Idempotency-Key: p"), 422, "idempotency-key-reused")
	c.refused(c.count(itemA, `{"onHand":3}`), 409, "count-below-states")
	c.refused(c.move(itemA, `{"from":"damaged","to":"sellable","quantity":5}`), 409, "insufficient-stock")

	a = c.ok(c.get(itemA + "/events"))
	var types []string
	for _, e := range a.json("events").([]any) {
		types = append(types, strings.TrimPrefix(e.(map[string]any)["type"].(string), "onhand.stock."))
	}
	require.Equal(t,
		[]string{"policy-set.v1", "policy-set.v1", "moved.v1", "restocked.v1", "adjusted.v1", "low.v1", "policy-set.v1"},
		types)

	for body, pointer := range map[string]string{
		`{"from":"sellable","to":"sellable","quantity":1}`: "#/to",
		`{"from":"lost","to":"damaged","quantity":1}`:      "#/from",
		`{"from":"sellable","to":"damaged"}`:               "#/quantity",
		`{"from":"sellable","to":"damaged","quantity":-1}`: "#/quantity",
		`{"to":"damaged","quantity":1}`:                    "#/from",
	} {
		require.Contains(t, c.refused(c.move(itemA, body), 422, "validation-failed").Body,
			fmt.Sprintf(`"pointer":%q`, pointer))
	}
	for body, pointer := range map[string]string{
		`{"safetyStock":-1}`:                         "#/safetyStock",
		`{"oversellLimit":1000000000001}`:            "#/oversellLimit",
		`{"lowStockThreshold":-1}`:                   "#/lowStockThreshold",
		`{"lowStockThreshold":99999999999999999999}`: "#/lowStockThreshold",
	} {
		require.Contains(t, c.refused(c.policy(itemA, body), 422, "validation-failed").Body,
			fmt.Sprintf(`"pointer":%q`, pointer))
	}
	c.refused(c.policy(itemA, `{"lowStockThreshold":"5"}`), 400, "malformed-body")
	c.refused(c.policy(itemA, `{"expectedVersion":5}`), 400, "malformed-body")
}

func TestPreconditionsCanBeRequired(t *testing.T) {
	c := clientOf(t, process.Start(t, t.TempDir(), unlimited, "PRECONDITION_REQUIRED=true"))
	c.refused(c.adjust(itemA, `{"delta":1}`), 428, "precondition-required")
	c.ok(c.adjust(itemA, `{"delta":1}`, "If-None-Match: *", "Idempotency-Key: k"))
	require.Equal(t, "true", c.ok(c.adjust(itemA, `{"delta":1}`, "Idempotency-Key: k")).Header.Get("Idempotent-Replayed"),
		"the key comes first")
	c.ok(c.count(itemA, `{"onHand":1,"expectedVersion":1}`))
	c.refused(c.policy(itemA, `{"safetyStock":1}`), 428, "precondition-required")
	c.ok(c.policy(itemA, `{"safetyStock":1}`, `If-Match: "2"`))
}

func TestThePast(t *testing.T) {
	dir := t.TempDir()
	service := process.Start(t, dir, unlimited)
	c := clientOf(t, service)
	var times []string
	for range 40 {
		times = append(times, c.ok(c.adjust(itemA, `{"delta":1}`)).json("updatedAt").(string))
	}
	service.Stop(t)
	c = clientOf(t, process.Start(t, dir, unlimited))
	for n, at := range times {
		want := n + 1
		for want < len(times) && times[want] == at { // two in one microsecond
			want++
		}
		a := c.ok(c.get(itemA + "?asOf=" + url.QueryEscape(at)))
		require.EqualValues(t, want, a.json("onHand"), at)
		a = c.ok(c.get(fmt.Sprintf("%s?version=%d", itemA, n+1)))
		require.EqualValues(t, n+1, a.json("onHand"))
		require.Equal(t, at, a.json("updatedAt"))
		require.Equal(t, fmt.Sprintf("%q", fmt.Sprint(n+1)), a.Header.Get("ETag"))
	}
	for _, future := range []string{"2999-01-01T00:00:00Z", "2999-01-01T00:00:00%2B02:00"} {
		refusal := c.refused(c.get(itemA+"?asOf="+future), 422, "validation-failed")
		require.Contains(t, refusal.Body, `"pointer":"#/asOf"`)
	}
	c.refused(c.get(itemA+"?asOf=1999-01-01T00:00:00Z"), 404, "item-not-found")
	c.refused(c.get(itemA+"?version=41"), 404, "item-not-found")
	c.refused(c.get("/v1/stores/S1/items/B?version=1"), 404, "item-not-found")
	for _, bad := range []string{
		"?asOf=yesterday", "?asOf=", "?asOf=2026-03-01T1:00:00Z", "?version=0", "?version=-1",
		"?version=1&asOf=2026-01-01T00:00:00Z",
	} {
		c.refused(c.get(itemA+bad), 400, "malformed-query")
	}
}

func TestExplain(t *testing.T) {
	c := clientOf(t, process.Start(t, t.TempDir(), unlimited))
	c.refused(c.get(itemA+"/explain"), 404, "item-not-found")
	c.ok(c.adjust(itemA, `{"delta":20}`))
	c.ok(c.policy(itemA, `{"safetyStock":3}`))
	for range 10 {
		c.ok(c.move(itemA, `{"from":"sellable","to":"damaged","quantity":1}`))
	}
	a := c.ok(c.get(itemA + "/explain"))
	require.Contains(t, a.Body, `"arithmetic":[{"term":"onHand","value":20},{"term":"damaged","value":-10},{"term":"qualityControl","value":0},`+
		`{"term":"reserved","value":0},{"term":"safetyStock","value":-3},{"term":"available","value":7}]`)
	require.Len(t, a.json("events"), 10)
	require.EqualValues(t, 7, a.json("item", "available"))
	require.Equal(t, `"12"`, a.Header.Get("ETag"))
}

func TestLists(t *testing.T) {
	c := clientOf(t, process.Start(t, t.TempDir(), unlimited))
	require.Equal(t, `{"stores":[]}`+"\n", c.ok(c.get("/v1/stores")).Body)
	require.Equal(t, `{"items":[]}`+"\n", c.ok(c.get("/v1/stores/nowhere/items")).Body)
	for n := range 30 {
		c.ok(c.adjust(fmt.Sprintf("/v1/stores/S1/items/sku-%02d", n), fmt.Sprintf(`{"delta":%d}`, n+1)))
	}
	c.ok(c.adjust("/v1/stores/S1/items/t%C3%A9a", `{"delta":1}`))
	c.ok(c.adjust("/v1/stores/S0/items/sku-00", `{"delta":1}`))
	require.Equal(t, `{"stores":[{"store":"S0","items":1},{"store":"S1","items":31}]}`+"\n", c.ok(c.get("/v1/stores")).Body)

	pages := func(query string, between func()) (skus []string) {
		for cursor := ""; ; {
			a := c.ok(c.get("/v1/stores/S1/items?limit=4&" + query + "&cursor=" + cursor))
			for _, one := range a.json("items").([]any) {
				skus = append(skus, one.(map[string]any)["sku"].(string))
			}
			next, more := a.json("nextCursor").(string)
			if !more {
				return skus
			}
			cursor = next
			between()
		}
	}
	n := 0
	skus := pages("skuPrefix=sku-", func() { // writers continue meanwhile, before and after
		n++
		c.ok(c.adjust(fmt.Sprintf("/v1/stores/S1/items/a-new-%d", n), `{"delta":1}`))
		c.ok(c.adjust("/v1/stores/S1/items/sku-29", `{"delta":1}`))
	})
	require.Len(t, skus, 30)
	require.IsIncreasing(t, skus)
	require.Equal(t, []string{"sku-00", "sku-01", "sku-02"}, pages("skuPrefix=sku-&availableAtMost=3", func() {}))
	require.Equal(t, []string{"téa"}, pages("skuPrefix=te%CC%81", func() {}))

	first := c.ok(c.get("/v1/stores/S1/items?limit=1"))
	cursor := first.json("nextCursor").(string)
	c.refused(c.get("/v1/stores/S0/items?limit=1&cursor="+cursor), 400, "malformed-query")
	c.refused(c.get("/v1/stores?cursor="+cursor), 400, "malformed-query")
	c.refused(c.get("/v1/stores/S1/items?availableAtMost=x"), 400, "malformed-query")
	c.refused(c.get("/v1/stores/S1/items?skuPrefix=%00"), 400, "malformed-query")
	c.refused(c.get("/v1/stores/S%201/items"), 422, "validation-failed")
	stores := c.ok(c.get("/v1/stores?limit=1"))
	require.Contains(t, c.ok(c.get("/v1/stores?limit=1&cursor="+stores.json("nextCursor").(string))).Body, `"store":"S1"`)
}
