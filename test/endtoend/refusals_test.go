package endtoend_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/onhand/onhand/test/process"
)

func TestBadInputIsRefusedAndChangesNothing(t *testing.T) {
	c := clientOf(t, process.Start(t, t.TempDir(), unlimited))
	c.ok(c.adjust(itemA, `{"delta":5}`))
	for _, body := range []string{
		`{"delta":"5"}`, `{"delta":true}`, `[]`, `5`, `null`, `{"delta":5`,
		`{"delta":5,"delta":6}`, `{"Delta":5}`, `{"delta":5,"unknown":1}`, `{"delta":5} {}`, `{"delta":5}x`,
		"{\"delta\":5,\"reason\":\"\xff\"}", `{"delta":5,"reason":"\ud800"}`, ` `, `{"delta":5,"store":"S2"}`,
		`{"delta":null}`, `{"delta":5,"expectedVersion":null}`, `{"delta":5,"reason":null}`,
		strings.Repeat(`{"delta":`, 20000) + "1" + strings.Repeat("}", 20000),
	} {
		c.refused(c.adjust(itemA, body), 400, "malformed-body")
	}
	for body, pointer := range map[string]string{
		`{}`:                               "#/delta",
		`{"delta":0}`:                      "#/delta",
		`{"delta":5.5}`:                    "#/delta",
		`{"delta":5e-1}`:                   "#/delta",
		`{"delta":1000000000001}`:          "#/delta",
		`{"delta":999999999999999}`:        "#/delta",
		`{"delta":99999999999999999999}`:   "#/delta",
		`{"delta":1000000000000}`:          "#/delta", // it would pass the largest quantity on top of the stock
		`{"delta":1,"reason":"a\nb"}`:      "#/reason",
		`{"delta":1,"expectedVersion":-1}`: "#/expectedVersion",
		fmt.Sprintf(`{"delta":1,"reason":%q}`, strings.Repeat("x", 501)):    "#/reason",
		fmt.Sprintf(`{"delta":1,"reference":%q}`, strings.Repeat("x", 129)): "#/reference",
	} {
		a := c.refused(c.adjust(itemA, body), 422, "validation-failed")
		require.Contains(t, a.Body, fmt.Sprintf(`"pointer":%q`, pointer), body)
	}
	c.refused(c.count(itemA, `{}`), 422, "validation-failed")
	c.refused(c.count(itemA, `{"onHand":-1}`), 422, "validation-failed")
	a := c.refused(c.adjust(itemA, `{"delta":0,"reason":"a\u0000"}`), 422, "validation-failed")
	require.Contains(t, a.Body, "#/delta")
	require.Contains(t, a.Body, "#/reason", "all at once")

	c.refused(c.adjust(itemA, `{"delta":1}`, "Content-Type: "), 415, "unsupported-media-type")
	c.refused(c.do("POST", itemA+"/adjustments", ""), 415, "unsupported-media-type")
	c.refused(c.do("POST", itemA+"/adjustments", "", "Content-Type: application/json"), 400, "malformed-body")
	c.refused(c.adjust(itemA, `{"delta":1,"reason":"`+strings.Repeat("x", 1<<20)+`"}`), 413, "body-too-large")
	c.refused(c.do("DELETE", itemA, ""), 405, "method-not-allowed")
	require.Equal(t, "GET, HEAD", c.do("DELETE", itemA, "").Header.Get("Allow"))
	c.refused(c.get("/v2"), 404, "route-not-found")
	for _, query := range []string{"?x=1", "?dryRun=maybe", "?dryRun=true&dryRun=true", "?dryRun=%zz", "?limit=1"} {
		c.refused(c.do("POST", itemA+"/adjustments"+query, `{"delta":1}`), 400, "malformed-query")
	}
	for _, query := range []string{"?limit=0", "?limit=-1", "?limit=x", "?limit=", "?cursor=x", "?cursor=AAAA", "?x="} {
		c.refused(c.get(itemA+"/events"+query), 400, "malformed-query")
	}
	c.refused(c.get(itemA+"?limit=1"), 400, "malformed-query")
	for _, header := range []string{
		`Idempotency-Key: a b`, `Idempotency-Key: "a`, `Idempotency-Key: "a"b"`, `Idempotency-Key: ü`, `Idempotency-Key: ""`,
		"Idempotency-Key: " + strings.Repeat("k", 256), "X-Actor: " + strings.Repeat("a", 129), "X-Actor: \xff",
	} {
		c.refused(c.adjust(itemA, `{"delta":1}`, header), 400, "malformed-header")
	}
	c.refused(c.adjust(itemA, `{"delta":1}`, "Idempotency-Key: a", "Idempotency-Key: b"), 400, "malformed-header")
	c.refused(c.adjust(itemA, `{"delta":1}`, "X-Actor: a", "X-Actor: b"), 400, "malformed-header")
	c.refused(c.adjust(itemA, `{"delta":1}`, "Content-Type: text/plain"), 400, "malformed-header")
	c.ok(c.get(itemA + "/events?limit=3000000000"))
	a = c.ok(c.get(itemA))
	require.EqualValues(t, 5, a.json("onHand"))
	require.Equal(t, "1", a.Header.Get("Onhand-Position"), "nothing was written")
}

func TestIdempotencyKeysCanBeRequired(t *testing.T) {
	c := clientOf(t,
		process.Start(t, t.TempDir(), unlimited, "IDEMPOTENCY_REQUIRED=true", "PUBLIC_URL=https://stock.example/"))
	a := c.refused(c.adjust(itemA, `{"delta":1}`), 400, "idempotency-key-required")
	require.Equal(t, "https://stock.example/problems/idempotency-key-required", a.json("type"))
	c.ok(c.adjust(itemA, `{"delta":1}`, "Idempotency-Key: k"))
}

func TestOperationsRoutes(t *testing.T) {
	service := process.Start(t, t.TempDir(), unlimited)
	c := clientOf(t, service)
	for _, path := range []string{"/livez", "/readyz", "/readyz?verbose"} {
		require.Equal(t, "ok", c.ok(c.get(path)).json("status"))
	}
	require.Equal(t, "ok", c.get("/readyz").json("checks", "storage", "status"))
	c.ok(c.adjust(itemA, `{"delta":1}`))
	a := c.ok(c.get("/v1/status"))
	require.Equal(t, "json", a.json("store", "kind"))
	require.EqualValues(t, 1, a.json("store", "position"))
	require.Equal(t, false, a.json("store", "readOnly"))
	require.Len(t, a.json("store", "headHash"), 64)
	require.Contains(t, c.ok(c.get("/openapi.yaml")).Body, "openapi: 3.1")
	require.Contains(t, c.ok(c.get("/problems/insufficient-stock")).Body, "The request needs more units")
	c.refused(c.get("/problems/unheard-of"), 404, "route-not-found")
	head := c.do(http.MethodHead, itemA, "")
	require.Equal(t, 200, head.Status)
	require.Equal(t, `"1"`, head.Header.Get("ETag"))
	made := c.get("/livez", "X-Request-ID: not visible").Header.Get("X-Request-Id")
	require.Len(t, made, 36)

	forged := "A%0A%7B%22level%22%3A%22forged%22%7D"
	c.refused(c.get("/v1/stores/S1/items/"+forged, "User-Agent: \"},{\"x\":\""), 422, "validation-failed")
	service.Stop(t)
	for line := range strings.Lines(service.Log()) {
		require.True(t, strings.HasPrefix(line, `{"time":"`), line)
		require.NotContains(t, line, `"level":"forged"`)
	}
	require.Contains(t, service.Log(), `"message":"request","method":"POST","route":"/v1/stores/:store/items/:sku/adjustments","path":"/v1/stores/S1/items/A/adjustments","status":200`)
}
