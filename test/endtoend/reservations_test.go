package endtoend_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/onhand/onhand/test/process"
)

const (
	itemB        = "/v1/stores/S2/items/B"
	reservations = "/v1/reservations"
	cart         = "/v1/reservations/cart-1"
)

// post is a POST that is tried as a dry run before.
func (c client) post(path, body string, headers ...string) answer {
	c.t.Helper()
	return c.rehearsed("POST", path, body, headers...)
}

// put is a PUT that is tried as a dry run before.
func (c client) put(path, body string, headers ...string) answer {
	c.t.Helper()
	return c.rehearsed("PUT", path, body, headers...)
}

// rehearsed makes a write first as a dry run, which must answer the same but for
// times and ids, and change nothing. Nor may the write, if it is refused.
func (c client) rehearsed(method, path, body string, headers ...string) answer {
	c.t.Helper()
	position := func() any { return c.get("/v1/status").json("store", "position") }
	before := position()
	dry := c.do(method, path+"?dryRun=true", body, headers...)
	require.Equal(c.t, before, position())
	a := c.do(method, path, body, headers...)
	require.Equal(c.t, a.Status, dry.Status)
	shown := strings.Replace(dry.Body, `,"dryRun":true}`, "}", 1)
	require.Equal(c.t, variable.ReplaceAllString(a.Body, "#"), variable.ReplaceAllString(shown, "#"))
	if a.Status >= 300 {
		require.Equal(c.t, before, position())
		return a
	}
	require.Equal(c.t, true, dry.json("dryRun"), dry.Body)
	for _, name := range []string{"ETag", "Location", "Onhand-Position"} {
		require.Empty(c.t, dry.Header.Get(name))
	}
	return a
}

// created requires a success that made something, and returns where it is.
func (c client) created(a answer) string {
	c.t.Helper()
	require.Equal(c.t, 201, a.Status, a.Body)
	return a.Header.Get("Location")
}

// shows requires numbers of what a path names.
func (c client) shows(path string, numbers map[string]int) {
	c.t.Helper()
	a := c.ok(c.get(path))
	for name, n := range numbers {
		require.EqualValues(c.t, n, a.json(name), "%s: %s", name, a.Body)
	}
}

// part is a line of a request.
func part(store, sku string, quantity int) string {
	return fmt.Sprintf(`{"store":%q,"sku":%q,"quantity":%d}`, store, sku, quantity)
}

// lines are some members of each of an answer's lines.
func lines(a answer, members ...string) (all []string) {
	list, _ := a.json("lines").([]any)
	for _, line := range list {
		var values []string
		for _, name := range members {
			values = append(values, fmt.Sprint(line.(map[string]any)[name]))
		}
		all = append(all, strings.Join(values, " "))
	}
	return all
}

// parts are the lines of a reservation.
func parts(a answer) []string {
	return lines(a, "sku", "quantity", "remaining", "committed", "released", "returned")
}

// when reads a time of an answer.
func when(t *testing.T, a answer, name string) time.Time {
	t.Helper()
	at, err := time.Parse("2006-01-02T15:04:05.000000Z", fmt.Sprint(a.json(name)))
	require.NoError(t, err, a.Body)
	return at
}

// verified ends a service and requires that its log holds what it must. Closing
// connections that were opened and never used spares the wait for them.
func verified(t *testing.T, service *process.Service) {
	t.Helper()
	http.DefaultClient.CloseIdleConnections()
	service.Stop(t)
	output, code := process.Run(t, nil, "verify", "--data-dir", service.DataDir)
	require.Zero(t, code, output)
	require.Contains(t, output, "is right")
}

// types are what happened to an item, newest first.
func (c client) types(item string) (all []string) {
	c.t.Helper()
	for _, e := range c.ok(c.get(item + "/events")).json("events").([]any) {
		all = append(all, strings.TrimSuffix(strings.TrimPrefix(e.(map[string]any)["type"].(string), "onhand.stock."), ".v1"))
	}
	return all
}

func TestAReservationFromHoldToReturn(t *testing.T) {
	service := process.Start(t, t.TempDir(), unlimited, "MAX_RESERVATION_TTL_SECONDS=0")
	c := clientOf(t, service)
	c.ok(c.adjust(itemA, `{"delta":10}`))
	c.ok(c.adjust(itemB, `{"delta":5}`))
	a := c.post(reservations, `{"lines":[{"store":"S1","sku":"A","quantity":3},{"store":"S2","sku":" B ","quantity":2},{"store":"S1","sku":"A","quantity":1}],`+
		`"ttlSeconds":900,"owner":"shop","reference":"order 7"}`, "X-Actor: till 7", "X-Request-ID: r-7")
	path := c.created(a)
	require.Equal(t, fmt.Sprintf(`{"id":%q,"status":"held","lines":[`+
		`{"store":"S1","sku":"A","quantity":4,"remaining":4,"committed":0,"released":0,"returned":0},`+
		`{"store":"S2","sku":"B","quantity":2,"remaining":2,"committed":0,"released":0,"returned":0}],`+
		`"expiresAt":%q,"owner":"shop","reference":"order 7","version":1,"createdAt":%[3]q,"updatedAt":%[3]q}`+"\n",
		strings.TrimPrefix(path, reservations+"/"), a.json("expiresAt"), a.json("createdAt")), a.Body)
	require.Equal(t, 15*time.Minute, when(t, a, "expiresAt").Sub(when(t, a, "createdAt")))
	require.Equal(t, `"1"`, a.Header.Get("ETag"))
	require.Equal(t, a.Body, c.ok(c.get(path)).Body)
	require.Equal(t, `"1"`, c.get(path).Header.Get("ETag"))
	c.shows(itemA, map[string]int{"onHand": 10, "reserved": 4, "available": 6, "version": 2})
	c.shows(itemB, map[string]int{"onHand": 5, "reserved": 2, "available": 3})
	a = c.ok(c.get(itemA + "/explain"))
	require.Contains(t, a.Body, fmt.Sprintf(`"holds":[{"reservationId":%q,"quantity":4,"expiresAt":%q,"owner":"shop"}],"holdsOmitted":0,`,
		strings.TrimPrefix(path, reservations+"/"), c.get(path).json("expiresAt")))
	require.Contains(t, a.Body, `{"term":"reserved","value":-4}`)
	require.Contains(t, a.Body, `"data":{"actor":"till 7","requestId":"r-7","reservationId":`)

	a = c.ok(c.post(path+"/extend", `{"ttlSeconds":60}`, `If-Match: "1"`))
	require.Equal(t, time.Minute, when(t, a, "expiresAt").Sub(when(t, a, "updatedAt")))
	a = c.ok(c.post(path+"/commit", `{"lines":[{"store":"S1","sku":"A","quantity":1}]}`))
	require.Equal(t, []string{"A 4 3 1 0 0", "B 2 2 0 0 0"}, parts(a), "the rest is kept")
	require.Equal(t, "held", a.json("status"))
	c.shows(itemA, map[string]int{"onHand": 9, "reserved": 3, "available": 6})
	a = c.refused(c.post(path+"/commit", `{"lines":[{"store":"S1","sku":"A","quantity":4},{"store":"S2","sku":"B","quantity":2},{"store":"S1","sku":"C","quantity":1}]}`),
		422, "exceeds-reserved")
	require.Contains(t, a.Body, `"lines":[{"store":"S1","sku":"A","requested":4,"remaining":3},{"store":"S1","sku":"C","requested":1,"remaining":0}]`)
	c.refused(c.post(path+"/return", `{"lines":[{"store":"S2","sku":"B","quantity":1}]}`), 422, "exceeds-reserved")
	a = c.ok(c.post(path+"/release", `{"lines":[{"store":"S2","sku":"B","quantity":1}]}`, `If-Match: "3"`))
	require.Equal(t, []string{"A 4 3 1 0 0", "B 2 1 0 1 0"}, parts(a))
	a = c.ok(c.post(path+"/commit", `{"lines":[{"store":"S1","sku":"A","quantity":1}],"remainder":"release"}`))
	require.Equal(t, []string{"A 4 0 2 2 0", "B 2 0 0 2 0"}, parts(a))
	require.Equal(t, "committed", a.json("status"))
	c.shows(itemA, map[string]int{"onHand": 8, "reserved": 0, "available": 8})
	c.shows(itemB, map[string]int{"onHand": 5, "reserved": 0, "available": 5})
	for _, again := range []string{"/commit", "/release"} {
		require.Equal(t, "committed", c.refused(c.post(path+again, ""), 409, "reservation-closed").json("reservationStatus"))
	}
	c.refused(c.post(path+"/extend", `{"ttlSeconds":60}`), 409, "reservation-closed")

	a = c.ok(c.post(path+"/return", `{"lines":[{"store":"S1","sku":"A","quantity":1}]}`))
	require.Equal(t, []string{"A 4 0 2 2 1", "B 2 0 0 2 0"}, parts(a))
	a = c.refused(c.post(path+"/return", `{"lines":[{"store":"S1","sku":"A","quantity":2}]}`), 422, "exceeds-reserved")
	require.Contains(t, a.Body, `"lines":[{"store":"S1","sku":"A","requested":2,"remaining":1}]`)
	require.Equal(t, []string{"A 4 0 2 2 2", "B 2 0 0 2 0"}, parts(c.ok(c.post(path+"/return", `{}`))))
	c.refused(c.post(path+"/return", ""), 409, "reservation-closed")
	c.shows(itemA, map[string]int{"onHand": 10, "reserved": 0, "available": 10})
	require.Equal(t,
		[]string{"returned", "returned", "released", "committed", "committed", "reserved", "adjusted"},
		c.types(itemA))
	require.Equal(t, []string{"released", "released", "reserved", "adjusted"}, c.types(itemB))

	whole := c.created(c.post(reservations, `{"lines":[{"store":"S1","sku":"A","quantity":10}]}`))
	require.Nil(t, c.get(whole).json("expiresAt"), "without a deadline")
	require.Equal(t, []string{"A 10 0 10 0 0"}, parts(c.ok(c.post(whole+"/commit", ""))))
	c.shows(itemA, map[string]int{"onHand": 0, "reserved": 0, "available": 0})
	c.ok(c.post(whole+"/return", ""))
	verified(t, service)
}

func TestAReservationUnderAnIdOfTheClients(t *testing.T) {
	service := process.Start(t, t.TempDir(), unlimited, "MAX_RESERVATION_TTL_SECONDS=0")
	c := clientOf(t, service)
	c.ok(c.adjust(itemA, `{"delta":10}`))
	c.ok(c.adjust(itemB, `{"delta":5}`))
	demand := func(owner string, a, b int) string {
		var list []string
		if a > 0 {
			list = append(list, part("S1", "A", a))
		}
		if b > 0 {
			list = append(list, part("S2", "B", b))
		}
		return fmt.Sprintf(`{"lines":[%s],"owner":%q}`, strings.Join(list, ","), owner)
	}
	require.Equal(t, cart, c.created(c.put(cart, demand("ann", 3, 0), "If-None-Match: *")))
	c.refused(c.put(cart, demand("ann", 3, 0), "If-None-Match: *"), 412, "precondition-failed")
	c.refused(c.put(cart, demand("bob", 4, 1)), 403, "not-owner")
	c.refused(c.put(cart, demand("", 4, 1)), 403, "not-owner")

	a := c.ok(c.put(cart, demand("ann", 10, 0)))
	require.Empty(t, a.Header.Get("Location"), "replaced")
	require.Equal(t, []string{"A 10 10 0 0 0"}, parts(a), "it is not in its own way")
	c.shows(itemA, map[string]int{"reserved": 10, "available": 0})
	require.Contains(t, c.get(itemA+"/events?limit=1").Body, `"replaces":{"quantity":3}`)
	a = c.refused(c.put(cart, demand("ann", 11, 0)), 409, "insufficient-stock")
	require.Contains(t, a.Body, `"lines":[{"store":"S1","sku":"A","requested":11,"available":10,"shortfall":1}]`)
	c.ok(c.put(cart, demand("ann", 4, 5)))
	c.shows(itemA, map[string]int{"reserved": 4})
	a = c.refused(c.put(cart, demand("ann", 0, 2), `If-Match: "2"`), 412, "precondition-failed")
	require.Equal(t, `"3"`, a.Header.Get("ETag"), "the present one")
	require.Equal(t, []string{"B 2 2 0 0 0"}, parts(c.ok(c.put(cart, demand("ann", 0, 2), `If-Match: "3"`))))
	c.shows(itemA, map[string]int{"reserved": 0})
	c.shows(itemB, map[string]int{"reserved": 2})

	require.Equal(t, "released", c.ok(c.post(cart+"/release", "")).json("status"))
	for _, again := range []string{"/commit", "/release", "/return"} {
		require.Equal(t, "released", c.refused(c.post(cart+again, ""), 409, "reservation-closed").json("reservationStatus"))
	}
	c.refused(c.post(cart+"/extend", `{"ttlSeconds":9}`), 409, "reservation-closed")
	a = c.put(cart, demand("bob", 2, 0))
	require.Equal(t, cart, c.created(a), "a new one, by another owner")
	require.Equal(t, `"6"`, a.Header.Get("ETag"), "the history goes on")
	require.Equal(t, a.json("updatedAt"), a.json("createdAt"))
	c.ok(c.post(cart+"/commit", `{"lines":[{"store":"S1","sku":"A","quantity":1}]}`))
	require.Equal(t, "held",
		c.refused(c.put(cart, demand("bob", 1, 0)), 409, "reservation-closed").json("reservationStatus"))
	c.ok(c.post(cart+"/commit", ""))
	require.Equal(t, "committed",
		c.refused(c.put(cart, demand("bob", 1, 0)), 409, "reservation-closed").json("reservationStatus"))
	c.shows(itemA, map[string]int{"onHand": 8, "reserved": 0})

	require.Equal(t, 304, c.get(cart, `If-None-Match: "8"`).Status)
	c.refused(c.get(cart, `If-Match: "7"`), 412, "precondition-failed")
	c.ok(c.get(cart, `If-Match: "8"`, `If-None-Match: "7"`))
	c.refused(c.post(cart+"/return", "", `If-Match: "7"`), 412, "precondition-failed")
	c.refused(c.post(cart+"/return", "", `If-Match: 8`), 400, "malformed-header")
	c.ok(c.post(cart+"/return", "", `If-Match: "8"`))
	verified(t, service)
}
