package endtoend_test

import (
	"fmt"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/onhand/onhand/test/process"
)

// keyed is a command under a key, with the first answer to it.
type keyed struct {
	method, path, body, key string
	first                   answer
}

// keyed makes a write that can be repeated.
func (c client) keyed(method, path, body string) keyed {
	c.t.Helper()
	k := keyed{method: method, path: path, body: body, key: fmt.Sprintf("%s:%s:%x", method, path, len(body))}
	k.first = c.do(method, path, body, "Idempotency-Key: "+k.key)
	require.Less(c.t, k.first.Status, 300, k.first.Body)
	require.Empty(c.t, k.first.Header.Get("Idempotent-Replayed"), "it is the first")
	return k
}

// repeated requires the first answer to a command again, and that its key is good
// for nothing else.
func (c client) repeated(all ...keyed) {
	c.t.Helper()
	for _, k := range all {
		a := c.do(k.method, k.path, k.body, "Idempotency-Key: "+k.key)
		require.Equal(c.t, k.first.Status, a.Status, a.Body)
		require.Equal(c.t, k.first.Body, a.Body)
		for _, name := range []string{"Content-Type", "ETag", "Location", "Onhand-Position"} {
			require.Equal(c.t, k.first.Header.Values(name), a.Header.Values(name), name)
		}
		require.Equal(c.t, "true", a.Header.Get("Idempotent-Replayed"))
		c.refused(c.do("POST", itemA+"/adjustments", `{"delta":77}`, "Idempotency-Key: "+k.key), 422,
			"idempotency-key-reused")
	}
}

func TestEveryCommandOnAReservationIsRepeatable(t *testing.T) {
	dir := t.TempDir()
	service := process.Start(t, dir, unlimited)
	c := clientOf(t, service)
	c.ok(c.adjust(itemA, `{"delta":100}`))
	demand := `{"lines":[` + part("S1", "A", 3) + `,` + part("S1", "A", 2) + `],"ttlSeconds":900,"owner":"ann"}`
	all := []keyed{c.keyed("POST", reservations, demand)}
	same := `{ "owner":"ann", "ttlSeconds":900, "lines":[` + part("S1", "A", 5) + `] }`
	a := c.do("POST", reservations, same, "Idempotency-Key: "+all[0].key)
	require.Equal(t, all[0].first.Body, a.Body, "the same command in other words")
	all = append(all,
		c.keyed("PUT", cart, demand),
		c.keyed("PUT", cart, `{"lines":[`+part("S1", "A", 9)+`],"owner":"ann"}`),
		c.keyed("POST", cart+"/extend", `{"ttlSeconds":900}`),
		c.keyed("POST", cart+"/commit", `{"lines":[`+part("S1", "A", 2)+`]}`),
		c.keyed("POST", cart+"/release", `{"lines":[`+part("S1", "A", 1)+`]}`),
		c.keyed("POST", cart+"/commit", ""),
		c.keyed("POST", cart+"/return", `{"lines":[`+part("S1", "A", 8)+`]}`),
	)
	require.Equal(t, []int{201, 201, 200}, []int{all[0].first.Status, all[1].first.Status, all[2].first.Status})
	require.Equal(t, cart, all[1].first.Header.Get("Location"))
	c.refused(c.do("POST", cart+"/release", "", "Idempotency-Key: refused"), 409, "reservation-closed")
	c.repeated(all...)
	numbers := map[string]int{"onHand": 100, "reserved": 5}
	c.shows(itemA, numbers)
	service.Stop(t)
	service = process.Start(t, dir, unlimited)
	c = clientOf(t, service)
	c.repeated(all...)
	c.shows(itemA, numbers)
	c.created(c.do("PUT", reservations+"/cart-2", demand, "Idempotency-Key: refused"))
	verified(t, service)
}

// list gives the ids of all pages of a list.
func (c client) list(path, name string) (ids []string) {
	c.t.Helper()
	for next, more := "", true; more; {
		a := c.ok(c.get(path + "&limit=2&cursor=" + next))
		for _, one := range a.json(name).([]any) {
			ids = append(ids, one.(map[string]any)["id"].(string))
		}
		next, more = a.json("nextCursor").(string)
	}
	return ids
}

func TestListsOfReservations(t *testing.T) {
	dir := t.TempDir()
	service := process.Start(t, dir, unlimited)
	c := clientOf(t, service)
	for _, item := range []string{itemA, itemB, "/v1/stores/S1/items/B"} {
		c.ok(c.adjust(item, `{"delta":100}`))
	}
	for n := range 12 {
		path := fmt.Sprintf("%s/r-%02d", reservations, n)
		demand := [][]string{{part("S1", "A", 2)}, {part("S1", "A", 2), part("S2", "B", 2)}, {part("S1", "B", 2)}}[n%3]
		c.created(c.do("PUT", path, `{"lines":[`+strings.Join(demand, ",")+`]}`))
		switch n / 3 {
		case 1:
			c.ok(c.do("POST", path+"/commit", ""))
		case 2:
			c.ok(c.do("POST", path+"/release", ""))
		}
	}
	ids := func(numbers ...int) (all []string) {
		for _, n := range numbers {
			all = append(all, fmt.Sprintf("r-%02d", n))
		}
		return all
	}
	check := func(c client) {
		for query, want := range map[string][]string{
			"":                       ids(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11),
			"status=held":            ids(0, 1, 2, 9, 10, 11),
			"status=committed":       ids(3, 4, 5),
			"status=released":        ids(6, 7, 8),
			"status=expired":         nil,
			"store=S2":               ids(1, 4, 7, 10),
			"sku=B":                  ids(1, 2, 4, 5, 7, 8, 10, 11),
			"store=S1&sku=B":         ids(2, 5, 8, 11),
			"store=S2&sku=A":         nil,
			"store=S1&status=held":   ids(0, 1, 2, 9, 10, 11),
			"sku=%20A&status=held":   ids(0, 1, 9, 10),
			"sku=A&status=committed": ids(3, 4),
		} {
			require.Equal(t, want, c.list(reservations+"?"+query, "reservations"), query)
		}
		a := c.ok(c.get(reservations + "?store=S2&status=committed"))
		require.JSONEq(t, `{"reservations":[`+c.get(reservations+"/r-04").Body+`]}`, a.Body)
		cursor := c.get(reservations + "?limit=1").json("nextCursor").(string)
		c.refused(c.get(reservations+"?limit=1&status=held&cursor="+cursor), 400, "malformed-query")
		c.refused(c.get("/v1/transfers?limit=1&cursor="+cursor), 400, "malformed-query")
	}
	check(c)
	service.Stop(t)
	service = process.Start(t, dir, unlimited)
	check(clientOf(t, service))
	verified(t, service)
}

func TestThePastOfAReservation(t *testing.T) {
	dir := t.TempDir()
	service := process.Start(t, dir, unlimited)
	c := clientOf(t, service)
	c.ok(c.adjust(itemA, `{"delta":10}`))
	before := c.ok(c.get(itemA)).json("updatedAt").(string)
	past := []answer{
		c.put(cart, `{"lines":[`+part("S1", "A", 5)+`],"owner":"ann"}`),
		c.put(cart, `{"lines":[`+part("S1", "A", 4)+`],"owner":"ann","ttlSeconds":900}`),
		c.post(cart+"/extend", `{"ttlSeconds":1800}`),
		c.post(cart+"/commit", `{"lines":[`+part("S1", "A", 1)+`]}`),
		c.post(cart+"/release", ""),
		c.post(cart+"/return", ""),
	}
	check := func(c client) {
		for n, a := range past {
			got := c.ok(c.get(fmt.Sprintf("%s?version=%d", cart, n+1)))
			require.Equal(t, a.Body, got.Body)
			require.Equal(t, fmt.Sprintf(`"%d"`, n+1), got.Header.Get("ETag"))
			require.Equal(t, 304,
				c.get(fmt.Sprintf("%s?version=%d", cart, n+1), "If-None-Match: "+got.Header.Get("ETag")).Status)
			at := url.QueryEscape(a.json("updatedAt").(string))
			if n+1 == len(past) || past[n+1].json("updatedAt") != a.json("updatedAt") {
				require.Equal(t, a.Body, c.ok(c.get(cart+"?asOf="+at)).Body)
			}
		}
		c.refused(c.get(cart+"?asOf=2999-01-01T00:00:00Z"), 422, "validation-failed")
		c.refused(c.get(cart+"?version=7"), 404, "reservation-not-found")
		c.refused(c.get(cart+"?asOf="+before), 404, "reservation-not-found")
		c.ok(c.get(cart, "Onhand-Min-Position: 7"))
	}
	check(c)
	service.Stop(t)
	service = process.Start(t, dir, unlimited)
	check(clientOf(t, service))
	verified(t, service)
}

func TestPreconditionsOfReservationsCanBeRequired(t *testing.T) {
	service := process.Start(t, t.TempDir(), unlimited, "PRECONDITION_REQUIRED=true")
	c := clientOf(t, service)
	c.ok(c.count(itemA, `{"onHand":9,"expectedVersion":0}`))
	demand := `{"lines":[` + part("S1", "A", 4) + `]}`
	c.created(c.post(reservations, demand))
	c.refused(c.put(cart, demand), 428, "precondition-required")
	c.created(c.put(cart, demand, "If-None-Match: *"))
	c.refused(c.post(cart+"/commit", ""), 428, "precondition-required")
	c.ok(c.post(cart+"/commit", "", `If-Match: "1"`))
	verified(t, service)
}
