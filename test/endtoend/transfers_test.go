package endtoend_test

import (
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/onhand/onhand/test/process"
)

const (
	transfers = "/v1/transfers"
	atS2      = "/v1/stores/S2/items/A"
)

// shipment is the body of a transfer from S1 to S2.
func shipment(lines ...string) string {
	return `{"from":"S1","to":"S2","lines":[` + strings.Join(lines, ",") + `],"reference":"van 3"}`
}

// unit is a line of a transfer.
func unit(sku string, quantity int) string {
	return fmt.Sprintf(`{"sku":%q,"quantity":%d}`, sku, quantity)
}

// arrival is a line of a receipt.
func arrival(sku string, good, damaged, lost int) string {
	return fmt.Sprintf(`{"lines":[{"sku":%q,"good":%d,"damaged":%d,"lost":%d}]}`, sku, good, damaged, lost)
}

// fates are the lines of a transfer.
func fates(a answer) []string {
	return lines(a, "sku", "quantity", "pending", "good", "damaged", "lost", "cancelled")
}

func TestATransferInParts(t *testing.T) {
	service := process.Start(t, t.TempDir(), unlimited)
	c := clientOf(t, service)
	c.ok(c.adjust(itemA, `{"delta":20}`))
	c.ok(c.adjust("/v1/stores/S1/items/B", `{"delta":5}`))
	a := c.post(transfers, shipment(unit("A", 7), unit("B", 5), unit(" A", 3)), "X-Actor: driver", "X-Request-ID: r-1")
	path := c.created(a)
	id := strings.TrimPrefix(path, transfers+"/")
	require.Equal(t, fmt.Sprintf(`{"id":%q,"status":"in-transit","from":"S1","to":"S2","lines":[`+
		`{"sku":"A","quantity":10,"pending":10,"good":0,"damaged":0,"lost":0,"cancelled":0},`+
		`{"sku":"B","quantity":5,"pending":5,"good":0,"damaged":0,"lost":0,"cancelled":0}],`+
		`"reference":"van 3","version":1,"createdAt":%[2]q,"updatedAt":%[2]q}`+"\n", id, a.json("createdAt")), a.Body)
	require.Equal(t, `"1"`, a.Header.Get("ETag"))
	require.Equal(t, a.Body, c.ok(c.get(path)).Body)
	c.shows(itemA, map[string]int{"onHand": 10, "available": 10, "incoming": 0})
	c.shows(atS2, map[string]int{"onHand": 0, "available": 0, "incoming": 10, "version": 1})
	require.Contains(t, c.get(itemA+"/events?limit=1").Body, `"type":"onhand.stock.shipped.v1","subject":"stores/S1/items/A"`)
	require.Contains(t, c.get(atS2+"/events").Body, fmt.Sprintf(`"data":{"actor":"driver","requestId":"r-1","transferId":%q,"delta":10,"after":{"onHand":0,`, id))

	a = c.ok(c.post(path+"/receive", arrival("A", 3, 1, 2), `If-Match: "1"`))
	require.Equal(t, []string{"A 10 4 3 1 2 0", "B 5 5 0 0 0 0"}, fates(a))
	require.Equal(t, "in-transit", a.json("status"))
	c.shows(atS2, map[string]int{"onHand": 4, "damaged": 1, "available": 3, "incoming": 4})
	c.refused(c.post(path+"/receive", "", `If-Match: "1"`), 412, "precondition-failed")
	a = c.refused(c.post(path+"/receive", `{"lines":[{"sku":"A","good":2,"lost":3},{"sku":"B","good":5},{"sku":"C","lost":1}]}`), 422, "exceeds-pending")
	require.Contains(t, a.Body, `"lines":[{"sku":"A","requested":5,"pending":4},{"sku":"C","requested":1,"pending":0}]`)
	a = c.refused(c.post(path+"/receive", `{"lines":[{"sku":"B","good":3},{"sku":"B","damaged":3}]}`), 422, "exceeds-pending")
	require.Contains(t, a.Body, `"lines":[{"sku":"B","requested":6,"pending":5}]`, "added up")
	require.Equal(t, []string{"A 10 4 3 1 2 0", "B 5 0 0 0 5 0"},
		fates(c.ok(c.post(path+"/receive", arrival("B", 0, 0, 5)))))
	c.shows("/v1/stores/S2/items/B", map[string]int{"onHand": 0, "incoming": 0})

	a = c.ok(c.post(path+"/cancel", "", `If-Match: "3"`))
	require.Equal(t, []string{"A 10 0 3 1 2 4", "B 5 0 0 0 5 0"}, fates(a))
	require.Equal(t, "cancelled", a.json("status"))
	c.shows(itemA, map[string]int{"onHand": 14, "available": 14})
	c.shows(atS2, map[string]int{"onHand": 4, "incoming": 0, "available": 3})
	for _, again := range []string{"/receive", "/cancel"} {
		require.Equal(t, "cancelled", c.refused(c.post(path+again, ""), 409, "transfer-closed").json("transferStatus"))
	}
	require.Equal(t, []string{"incoming", "lost", "received", "incoming"}, c.types(atS2))
	require.Equal(t, []string{"returned", "shipped", "adjusted"}, c.types(itemA))
	require.Equal(t, []string{"lost", "incoming"}, c.types("/v1/stores/S2/items/B"))
	require.Contains(t, c.get(atS2+"/events?limit=1").Body, fmt.Sprintf(`"transferId":%q,"delta":-4`, id))

	whole := c.created(c.post(transfers, shipment(unit("A", 14))))
	a = c.ok(c.post(whole+"/receive", `{}`))
	require.Equal(t, []string{"A 14 0 14 0 0 0"}, fates(a), "all is good")
	require.Equal(t, "received", a.json("status"))
	require.Equal(t, "received", c.refused(c.post(whole+"/cancel", `{}`), 409, "transfer-closed").json("transferStatus"))
	require.Equal(t, 304, c.get(whole, `If-None-Match: "2"`).Status)
	c.refused(c.get(whole, `If-Match: "1"`), 412, "precondition-failed")
	c.ok(c.get(whole, "Onhand-Min-Position: 7"))
	verified(t, service)
}

func TestBadTransfersAreRefused(t *testing.T) {
	service := process.Start(t, t.TempDir(), unlimited)
	c := clientOf(t, service)
	for sku, n := range map[string]int{"A": 10, "B": 2, "C": 9} {
		c.ok(c.adjust("/v1/stores/S1/items/"+sku, fmt.Sprintf(`{"delta":%d}`, n)))
	}
	c.created(c.put(cart, `{"lines":[`+part("S1", "A", 8)+`]}`))
	c.ok(c.policy(itemA, `{"oversellLimit":100,"safetyStock":1}`))
	a := c.refused(c.post(transfers, shipment(unit("A", 2), unit("C", 9), unit("B", 2), unit("D", 1), unit("B", 1))), 409,
		"insufficient-stock")
	require.Contains(t, a.Body, `"lines":[{"store":"S1","sku":"A","requested":2,"available":1,"shortfall":1},{"store":"S1","sku":"B","requested":3,"available":2,"shortfall":1},`+
		`{"store":"S1","sku":"D","requested":1,"available":0,"shortfall":1}]`, "what is promised stays, and nothing is shipped that is not there")
	c.refused(c.get(atS2), 404, "item-not-found")
	for body, pointer := range map[string]string{
		`{}`: "#/from",
		`{"from":"S1","lines":[` + unit("A", 1) + `]}`:            "#/to",
		`{"from":"S1","to":"S1","lines":[` + unit("A", 1) + `]}`:  "#/to",
		`{"from":"S1","to":"S 2","lines":[` + unit("A", 1) + `]}`: "#/to",

		shipment():                                       "#/lines",
		shipment(unit("A", 1), unit("", 1)):              "#/lines/1/sku",
		shipment(unit("A", 0)):                           "#/lines/0/quantity",
		shipment(unit("A", 1000000000000), unit("A", 1)): "#/lines",

		shipment(strings.Repeat(unit("A", 1)+",", 100) + unit("A", 1)): "#/lines",
	} {
		c.points(transfers, body, pointer)
	}
	path := c.created(c.post(transfers, shipment(unit("A", 1))))
	for body, pointer := range map[string]string{
		arrival("A", 0, 0, 0):     "#/lines/0/good",
		arrival("A", -1, 0, 2):    "#/lines/0/good",
		arrival("A", 0, -1, 0):    "#/lines/0/damaged",
		arrival("..", 1, 0, 0):    "#/lines/0/sku",
		`{"lines":[{"good":1}]}`:  "#/lines/0/sku",
		arrival("A", 0, 0, 1<<62): "#/lines/0/lost",
	} {
		c.points(path+"/receive", body, pointer)
	}
	for _, body := range []string{
		`[]`, `{"from":1}`, `{"lines":[{"store":"S1","sku":"A","quantity":1}]}`, shipment("null"), `{"reference":null}`,
	} {
		c.refused(c.do("POST", transfers, body), 400, "malformed-body")
	}
	c.refused(c.do("POST", path+"/receive", `{"good":1}`), 400, "malformed-body")
	c.refused(c.do("POST", path+"/cancel", `{"lines":[]}`), 400, "malformed-body")
	c.refused(c.do("POST", path+"/cancel", `null`), 400, "malformed-body")
	c.refused(c.do("POST", transfers, ""), 415, "unsupported-media-type")
	for _, unknown := range []string{"/unknown/receive", "/unknown/cancel"} {
		c.refused(c.post(transfers+unknown, ""), 404, "transfer-not-found")
	}
	c.refused(c.get(transfers+"/unknown"), 404, "transfer-not-found")
	require.Contains(t, c.refused(c.get(transfers+"/a.b"), 422, "validation-failed").Body, `"pointer":"#/id"`)
	c.refused(c.get(path+"?version=1"), 400, "malformed-query")
	for _, query := range []string{"?status=held", "?store=", "?sku=", "?limit=x", "?cursor=AAAA"} {
		c.refused(c.get(transfers+query), 400, "malformed-query")
	}
	c.refused(c.do("PUT", path, `{}`), 405, "method-not-allowed")
	c.shows(itemA, map[string]int{"onHand": 9, "reserved": 8})
	verified(t, service)
}

func TestTransfersAreRepeatableAndListed(t *testing.T) {
	dir := t.TempDir()
	service := process.Start(t, dir, unlimited)
	c := clientOf(t, service)
	c.ok(c.adjust(itemA, `{"delta":100}`))
	ship := c.keyed("POST", transfers, shipment(unit("A", 6), unit("A", 4)))
	path := ship.first.Header.Get("Location")
	all := []keyed{ship, c.keyed("POST", path+"/receive", arrival("A", 3, 1, 2)), c.keyed("POST", path+"/cancel", "")}
	ids := []string{ship.first.json("id").(string)}
	for n := range 6 {
		a := c.do("POST", transfers, fmt.Sprintf(`{"from":"S1","to":"S%d","lines":[%s]}`, 2+n%2, unit("A", 5)))
		ids = append(ids, a.json("id").(string))
		if n < 3 {
			c.ok(c.do("POST", c.created(a)+"/receive", ""))
		}
	}
	check := func(c client) {
		c.repeated(all...)
		require.Equal(t, []string{"A 10 0 3 1 2 4"}, fates(c.get(path)))
		c.shows(itemA, map[string]int{"onHand": 64})
		c.shows(atS2, map[string]int{"onHand": 14, "incoming": 5})
		for query, want := range map[string][]string{
			"":                           ids,
			"status=in-transit":          ids[4:],
			"status=received":            ids[1:4],
			"status=cancelled":           ids[:1],
			"store=S1":                   ids,
			"store=S3":                   {ids[2], ids[4], ids[6]},
			"store=S3&status=in-transit": {ids[4], ids[6]},
			"store=nowhere":              nil,
		} {
			require.Equal(t, want, c.list(transfers+"?"+query, "transfers"), query)
		}
		cursor := c.get(transfers + "?limit=1").json("nextCursor").(string)
		c.refused(c.get(transfers+"?limit=1&store=S1&cursor="+cursor), 400, "malformed-query")
		c.refused(c.get(reservations+"?limit=1&cursor="+cursor), 400, "malformed-query")
	}
	check(c)
	service.Stop(t)
	service = process.Start(t, dir, unlimited)
	check(clientOf(t, service))
	verified(t, service)
}

func TestStockIsConservedWhileItTravels(t *testing.T) {
	service := process.Start(t, t.TempDir(), unlimited)
	c := clientOf(t, service)
	c.ok(c.adjust(itemA, `{"delta":40}`))
	c.ok(c.adjust(atS2, `{"delta":40}`))
	var vans sync.WaitGroup
	var sent, lost atomic.Int64
	for n := range 60 {
		from, to := "S1", "S2"
		if n%2 == 1 {
			from, to = to, from
		}
		vans.Go(func() {
			a := c.do("POST", transfers, fmt.Sprintf(`{"from":%q,"to":%q,"lines":[%s]}`, from, to, unit("A", 2)))
			if a.code() == "insufficient-stock" {
				return
			}
			sent.Add(1)
			path := a.Header.Get("Location")
			if n%3 > 0 {
				assert.Equal(t, 200, c.do("POST", path+"/receive", "").Status)
				return
			}
			lost.Add(1)
			assert.Equal(t, 200, c.do("POST", path+"/receive", arrival("A", 0, 0, 1)).Status)
			assert.Equal(t, 200, c.do("POST", path+"/cancel", "").Status)
		})
	}
	vans.Wait()
	require.Positive(t, sent.Load())
	one, two := c.get(itemA), c.get(atS2)
	require.EqualValues(t, 80-lost.Load(), one.json("onHand").(float64)+two.json("onHand").(float64))
	require.EqualValues(t, 0, one.json("incoming").(float64)+two.json("incoming").(float64))
	verified(t, service)
}
