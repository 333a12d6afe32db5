package endtoend_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/onhand/onhand/test/process"
)

// points requires that a body is refused for one value.
func (c client) points(path, body, pointer string) {
	c.t.Helper()
	a := c.refused(c.do("POST", path, body), 422, "validation-failed")
	require.Contains(c.t, a.Body, fmt.Sprintf(`"errors":[{"pointer":%q`, pointer), body)
}

func TestBadReservationsAreRefused(t *testing.T) {
	service := process.Start(t, t.TempDir(), unlimited)
	c := clientOf(t, service)
	c.ok(c.adjust(itemA, `{"delta":10}`))
	c.created(c.put(cart, `{"lines":[`+part("S1", "A", 4)+`]}`))
	line := func(rest string) string { return `{"lines":[` + part("S1", "A", 1) + `],` + rest + `}` }
	for body, pointer := range map[string]string{
		`{}`:                                    "#/lines",
		`{"lines":[]}`:                          "#/lines",
		`{"lines":[` + part("S1", "", 1) + `]}`: "#/lines/0/sku",
		`{"lines":[` + part("S1", "..", 1) + `]}`:                                              "#/lines/0/sku",
		`{"lines":[` + part("S 1", "A", 1) + `]}`:                                              "#/lines/0/store",
		`{"lines":[` + part("S1", "A", 0) + `]}`:                                               "#/lines/0/quantity",
		`{"lines":[` + part("S1", "A", 1) + `,` + part("S1", "B", -1) + `]}`:                   "#/lines/1/quantity",
		`{"lines":[` + part("S1", "A", 1000000000001) + `]}`:                                   "#/lines/0/quantity",
		`{"lines":[{"store":"S1","sku":"A","quantity":99999999999999999999}]}`:                 "#/lines/0/quantity",
		`{"lines":[{"store":"S1","quantity":1}]}`:                                              "#/lines/0/sku",
		`{"lines":[` + part("S1", "A", 1000000000000) + `,` + part("S1", "A", 1) + `]}`:        "#/lines",
		`{"lines":[` + strings.Repeat(part("S1", "A", 1)+",", 100) + part("S1", "A", 1) + `]}`: "#/lines",

		`{"lines":[{"store":"S1","sku":"A","quantity":1.5}]}`:  "#/lines/0/quantity",
		line(`"ttlSeconds":1.5`):                               "#/ttlSeconds",
		line(`"ttlSeconds":0`):                                 "#/ttlSeconds",
		line(`"ttlSeconds":-1`):                                "#/ttlSeconds",
		line(`"ttlSeconds":316224001`):                         "#/ttlSeconds",
		line(`"owner":"a\nb"`):                                 "#/owner",
		line(`"reference":"` + strings.Repeat("x", 129) + `"`): "#/reference",
	} {
		c.points(reservations, body, pointer)
	}
	a := c.refused(c.post(reservations, `{"lines":[`+part("S1", "A", 0)+`,`+part("-", "A", 1)+`],"ttlSeconds":0}`), 422,
		"validation-failed")
	for _, pointer := range []string{"#/lines/0/quantity", "#/lines/1/store", "#/ttlSeconds"} {
		require.Contains(t, a.Body, pointer, "all at once")
	}
	c.points(cart+"/commit", `{"lines":[`+part("S1", "A", 0)+`]}`, "#/lines/0/quantity")
	c.points(cart+"/commit", `{"remainder":"drop"}`, "#/remainder")
	c.points(cart+"/release", `{"lines":[`+part("", "A", 1)+`]}`, "#/lines/0/store")
	c.points(cart+"/return", `{"lines":[`+part("S1", "A", 1)+`,`+part("S1", "A", -5)+`]}`, "#/lines/1/quantity")
	c.points(cart+"/extend", `{}`, "#/ttlSeconds")
	c.points(cart+"/extend", `{"ttlSeconds":0}`, "#/ttlSeconds")
	for _, body := range []string{
		`[]`, `{"lines":{}}`, `{"lines":null}`, line(`"ttlSeconds":null`), line(`"owner":5`), line(`"id":"x"`), line(`"lines":[]`),
		`{"lines":[{"store":"S1","sku":"A","quantity":1,"price":1}]}`, `{"lines":[null]}`,
	} {
		c.refused(c.do("POST", reservations, body), 400, "malformed-body")
	}
	for _, body := range []string{`null`, `{"lines":"all"}`, `{"remainder":null}`, `{"owner":"me"}`, `{}{}`} {
		c.refused(c.do("POST", cart+"/commit", body), 400, "malformed-body")
	}
	c.refused(c.do("POST", cart+"/extend", ""), 415, "unsupported-media-type")
	c.refused(c.do("POST", reservations, ""), 415, "unsupported-media-type")
	c.refused(c.do("POST", cart+"/commit", "{}", "Content-Type: "), 415, "unsupported-media-type")
	c.refused(c.do("POST", reservations, line(`"owner":"`+strings.Repeat("x", 1<<20)+`"`)), 413, "body-too-large")
	c.refused(c.post(reservations, line(`"owner":"me"`), "If-Match: *"), 412, "precondition-failed")

	for _, id := range []string{"a.b", "a%2Fb", "%C3%A9", strings.Repeat("x", 65)} {
		a := c.refused(c.get(reservations+"/"+id), 422, "validation-failed")
		require.Contains(t, a.Body, `"pointer":"#/id"`)
		c.refused(c.do("PUT", reservations+"/"+id, line(`"owner":"me"`)), 422, "validation-failed")
	}
	for _, path := range []string{"/commit", "/release", "/return"} {
		c.refused(c.do("POST", reservations+"/unknown"+path, ""), 404, "reservation-not-found")
	}
	c.refused(c.do("POST", reservations+"/unknown/extend", `{"ttlSeconds":9}`), 404, "reservation-not-found")
	c.refused(c.get(reservations+"/unknown"), 404, "reservation-not-found")
	c.refused(c.get(reservations+"/unknown?version=1"), 404, "reservation-not-found")
	c.refused(c.do("DELETE", cart, ""), 405, "method-not-allowed")
	c.refused(c.get(cart+"/commit"), 405, "method-not-allowed")
	c.refused(c.get(cart+"/x"), 404, "route-not-found")
	for _, query := range []string{
		"?status=open", "?status=", "?store=S%201", "?store=", "?sku=", "?sku=..", "?limit=0", "?cursor=x", "?buyer=me",
		"?sku=A&sku=B",
	} {
		c.refused(c.get(reservations+query), 400, "malformed-query")
	}
	for _, query := range []string{
		"?asOf=yesterday", "?version=0", "?version=1&asOf=2026-01-01T00:00:00Z", "?dryRun=true",
	} {
		c.refused(c.get(cart+query), 400, "malformed-query")
	}
	c.refused(c.do("POST", cart+"/release?dryRun=perhaps", ""), 400, "malformed-query")
	c.shows(itemA, map[string]int{"reserved": 4, "version": 2})
	verified(t, service)
}

func TestShortStockIsToldLineByLine(t *testing.T) {
	service := process.Start(t, t.TempDir(), unlimited)
	c := clientOf(t, service)
	for sku, n := range map[string]int{"A": 1, "B": 2, "C": 50} {
		c.ok(c.adjust("/v1/stores/S1/items/"+sku, fmt.Sprintf(`{"delta":%d}`, n)))
	}
	a := c.refused(c.post(reservations, `{"lines":[`+strings.Join([]string{
		part("S1", "A", 5), part("S1", "C", 50), part("S1", "B", 2), part("S1", "unknown", 1), part("S1", "B", 1),
	}, ",")+`]}`), 409, "insufficient-stock")
	require.Contains(t, a.Body, `"lines":[{"store":"S1","sku":"A","requested":5,"available":1,"shortfall":4},`+
		`{"store":"S1","sku":"B","requested":3,"available":2,"shortfall":1},{"store":"S1","sku":"unknown","requested":1,"available":0,"shortfall":1}]`)
	c.refused(c.get("/v1/stores/S1/items/unknown"), 404, "item-not-found")
	c.shows("/v1/stores/S1/items/C", map[string]int{"reserved": 0, "version": 1})
	require.Equal(t, `{"reservations":[]}`+"\n", c.ok(c.get(reservations)).Body)

	c.ok(c.policy(itemA, `{"safetyStock":1,"oversellLimit":3}`))
	a = c.refused(c.post(reservations, `{"lines":[`+part("S1", "A", 4)+`]}`), 409, "insufficient-stock")
	require.Contains(t, a.Body, `"requested":4,"available":0,"shortfall":1`, "available as the item shows it; the limit makes the shortfall smaller")
	c.created(c.put(cart, `{"lines":[`+part("S1", "A", 3)+`]}`))
	c.shows(itemA, map[string]int{"onHand": 1, "reserved": 3, "available": -3})
	require.Contains(t, c.refused(c.post(cart+"/commit", ""), 409, "insufficient-stock").Body,
		`"lines":[{"store":"S1","sku":"A","requested":3,"available":1,"shortfall":2}]`)
	c.shows(itemA, map[string]int{"onHand": 1, "reserved": 3})
	c.ok(c.adjust(itemA, `{"delta":9}`))
	c.ok(c.policy(itemA, `{"oversellLimit":1}`))
	a = c.refused(c.adjust(itemA, `{"delta":-9}`), 409, "would-break-reservations")
	require.Equal(t, []any{3.0, 1.0, 1.0}, []any{a.json("reserved"), a.json("sellable"), a.json("oversellLimit")})
	c.refused(c.move(itemA, `{"from":"sellable","to":"damaged","quantity":10}`), 409, "would-break-reservations")
	require.EqualValues(t, 1, c.ok(c.count(itemA, `{"onHand":2}`)).json("reservationsAtRisk"), "a count is the truth")
	require.Equal(t, []string{"A 3 1 2 0 0"}, parts(c.ok(c.post(cart+"/commit", `{"lines":[`+part("S1", "A", 2)+`]}`))))
	c.ok(c.post(cart+"/release", ""))
	verified(t, service)
}
