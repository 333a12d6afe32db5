package endtoend_test

import (
	"fmt"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/onhand/onhand/test/process"
)

func TestItems(t *testing.T) {
	c := clientOf(t, process.Start(t, t.TempDir(), unlimited))

	t.Run("an adjustment creates, a count corrects, a read shows", func(t *testing.T) {
		c.refused(c.get(itemA), 404, "item-not-found")
		a := c.ok(c.adjust(itemA, `{"delta":10,"reason":"delivery","reference":"PO-1"}`, "X-Actor: till 7", "X-Request-ID: r-1"))
		require.Equal(t, `"1"`, a.Header.Get("ETag"))
		require.Equal(t, "1", a.Header.Get("Onhand-Position"))
		require.Equal(t, "r-1", a.Header.Get("X-Request-Id"))
		require.Equal(t, "application/json", a.Header.Get("Content-Type"))
		require.Equal(t, "nosniff", a.Header.Get("X-Content-Type-Options"))
		a = c.ok(c.count(itemA, `{"onHand":7}`))
		require.Nil(t, a.json("reservationsAtRisk"))
		a = c.ok(c.get(itemA))
		_, err := time.Parse("2006-01-02T15:04:05.000000Z", a.json("updatedAt").(string))
		require.NoError(t, err)
		want := fmt.Sprintf(`{"store":"S1","sku":"A","onHand":7,"reserved":0,"damaged":0,"qualityControl":0,"incoming":0,`+
			`"available":7,"policy":{"safetyStock":0,"oversellLimit":0},"version":2,"updatedAt":%q}`+"\n", a.json("updatedAt"))
		require.Equal(t, want, a.Body)
		require.Equal(t, `"2"`, a.Header.Get("ETag"))
		require.Equal(t, "2", a.Header.Get("Onhand-Position"))
	})
	t.Run("too much is refused with numbers, and free", func(t *testing.T) {
		a := c.refused(c.adjust(itemA, `{"delta":-8}`), 409, "insufficient-stock")
		require.Contains(t, a.Body, `"lines":[{"store":"S1","sku":"A","requested":8,"available":7,"shortfall":1}]`)
		require.Equal(t, `"2"`, c.get(itemA).Header.Get("ETag"))
	})
	t.Run("history is newest first, page by page", func(t *testing.T) {
		a := c.ok(c.get(itemA + "/events?limit=1"))
		require.Contains(t, a.Body, `"id":"2.0"`)
		require.Contains(t, a.Body, `"type":"onhand.stock.counted.v1"`)
		cursor := a.json("nextCursor").(string)
		a = c.ok(c.get(itemA + "/events?limit=500&cursor=" + cursor))
		require.Nil(t, a.json("nextCursor"))
		require.Contains(t, a.Body, `"subject":"stores/S1/items/A"`)
		require.Contains(t, a.Body, `"data":{"actor":"till 7","requestId":"r-1","delta":10,"reason":"delivery","reference":"PO-1","after":{"onHand":10,`)
		c.refused(c.get("/v1/stores/S1/items/B/events"), 404, "item-not-found")
		c.ok(c.adjust("/v1/stores/S1/items/B", `{"delta":1}`))
		c.refused(c.get("/v1/stores/S1/items/B/events?cursor="+cursor), 400, "malformed-query")
	})
	t.Run("a dry run answers the same and changes nothing", func(t *testing.T) {
		a := c.ok(c.adjust(itemA+"", `{"delta":-2}`, "Idempotency-Key: dry"))
		require.EqualValues(t, 5, a.json("onHand"))
		a = c.ok(c.do("POST", itemA+"/adjustments?dryRun=true", `{"delta":-5}`, "Idempotency-Key: dry"))
		require.EqualValues(t, 0, a.json("onHand"))
		require.Equal(t, true, a.json("dryRun"))
		require.Empty(t, a.Header.Get("Onhand-Position"))
		c.refused(c.do("POST", itemA+"/adjustments?dryRun=true", `{"delta":-6}`), 409, "insufficient-stock")
		require.EqualValues(t, 5, c.get(itemA).json("onHand"))
	})
}

func TestPreconditions(t *testing.T) {
	c := clientOf(t, process.Start(t, t.TempDir(), unlimited))
	c.refused(c.adjust(itemA, `{"delta":1}`, "If-Match: *"), 412, "precondition-failed")
	c.ok(c.adjust(itemA, `{"delta":1}`, "If-None-Match: *"))
	a := c.refused(c.adjust(itemA, `{"delta":1}`, "If-None-Match: *"), 412, "precondition-failed")
	require.Equal(t, `"1"`, a.Header.Get("ETag"), "the present one")
	a = c.refused(c.adjust(itemA, `{"delta":1}`, `If-Match: "7"`), 412, "precondition-failed")
	require.Equal(t, `"1"`, a.Header.Get("ETag"))
	c.refused(c.adjust(itemA, `{"delta":1}`, `If-Match: W/"1"`), 412, "precondition-failed")
	c.ok(c.adjust(itemA, `{"delta":1}`, `If-Match: "9", "1"`))
	c.ok(c.adjust(itemA, `{"delta":1,"expectedVersion":2}`, `If-Match: *`))
	a = c.refused(c.count(itemA, `{"onHand":1,"expectedVersion":2}`), 409, "version-conflict")
	require.EqualValues(t, 2, a.json("expected"))
	require.EqualValues(t, 3, a.json("actual"))
	c.refused(c.count("/v1/stores/S1/items/new", `{"onHand":1,"expectedVersion":1}`), 409, "version-conflict")
	c.ok(c.count("/v1/stores/S1/items/new", `{"onHand":1,"expectedVersion":0}`))
	for _, bad := range []string{"5", `"5`, `"5" "6"`, ",", `"a b"`, "W/5"} {
		c.refused(c.adjust(itemA, `{"delta":1}`, "If-Match: "+bad), 400, "malformed-header")
	}

	require.Equal(t, 304, c.get(itemA, `If-None-Match: "3"`).Status)
	require.Equal(t, 304, c.get(itemA, `If-None-Match: W/"3", "8"`).Status)
	c.ok(c.get(itemA, `If-None-Match: "2"`))
	c.refused(c.get(itemA, `If-Match: "2"`), 412, "precondition-failed")

	c.ok(c.get(itemA, "Onhand-Min-Position: 4"))
	c.refused(c.get(itemA, "Onhand-Min-Position: 5"), 503, "view-behind")
	c.refused(c.get(itemA, "Onhand-Min-Position: -1"), 400, "malformed-header")
}

func TestAHundredDecrementsOfFiftyUnits(t *testing.T) {
	c := clientOf(t, process.Start(t, t.TempDir(), unlimited))
	c.ok(c.count(itemA, `{"onHand":50}`))
	var buyers sync.WaitGroup
	var sold, refused atomic.Int64
	for range 100 {
		buyers.Go(func() {
			switch a := c.adjust(itemA, `{"delta":-1}`); {
			case a.Status == http.StatusOK:
				sold.Add(1)
			case a.code() == "insufficient-stock":
				refused.Add(1)
			default:
				t.Errorf("unexpected answer: %s", a.Body)
			}
		})
	}
	buyers.Wait()
	require.Equal(t, []int64{50, 50}, []int64{sold.Load(), refused.Load()})
	a := c.get(itemA)
	require.EqualValues(t, 0, a.json("onHand"))
	require.EqualValues(t, 51, a.json("version"))
}

func TestNamesOfItems(t *testing.T) {
	c := clientOf(t, process.Start(t, t.TempDir(), unlimited))
	for sku, escaped := range map[string]string{
		"A/B 1":  "A%2FB%201",
		"a+b":    "a+b",
		"日本語":    "%E6%97%A5%E6%9C%AC%E8%AA%9E",
		"a%b":    "a%25b",
		"école":  "e%CC%81cole",
		"../etc": "..%2Fetc",
		`"'<&>`:  "%22'%3C&%3E",
	} {
		item := "/v1/stores/S1/items/" + escaped
		a := c.ok(c.adjust(item, `{"delta":3}`))
		require.Equal(t, sku, a.json("sku"))
		require.EqualValues(t, 3, c.ok(c.get(item)).json("onHand"), sku)
		a = c.ok(c.get(item + "/events"))
		require.Contains(t, a.Body, `"subject":"stores/S1/items/`)
	}
	require.EqualValues(t, 3, c.ok(c.get("/v1/stores/S1/items/%C3%A9cole")).json("onHand"),
		"composed or not, it is the same SKU")
	require.EqualValues(t, 3, c.ok(c.get("/v1/stores/S1/items/%20a%2Bb%20")).json("onHand"), "trimmed")
	for _, bad := range []string{"%2E%2E", "..", ".", "%20", "a%00b", "a%0Ab", "%FF", strings.Repeat("x", 129)} {
		c.refused(c.adjust("/v1/stores/S1/items/"+bad, `{"delta":1}`), 422, "validation-failed")
	}
	a := c.refused(c.get("/v1/stores/S%201/items/A"), 422, "validation-failed")
	require.Contains(t, a.Body, `"pointer":"#/store"`)
	c.refused(c.get("/v1/stores/S1/items/A/B"), 404, "route-not-found")
}
