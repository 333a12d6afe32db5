package endtoend_test

import (
	"fmt"
	"net/url"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/onhand/onhand/test/process"
)

const (
	// unswept stops the sweeper, so that nothing but requests writes to the log.
	unswept = "SWEEP_INTERVAL_MS=3600000"

	// patience is the time limit for an event to be seen, on a slow machine.
	patience = 3 * time.Minute
)

// buy asks for a unit again and again until there is one.
func (c client) buy(store, sku string) (bought answer) {
	c.t.Helper()
	assert.Eventually(c.t, func() bool {
		bought = c.do("POST", reservations, `{"lines":[`+part(store, sku, 1)+`]}`)
		return bought.code() != "insufficient-stock"
	}, patience, time.Millisecond)
	return bought
}

func TestAHoldEndsAtItsDeadline(t *testing.T) {
	dir := t.TempDir()
	service := process.Start(t, dir, unlimited, unswept)
	c := clientOf(t, service)
	c.ok(c.adjust(itemA, `{"delta":1}`))
	c.ok(c.adjust(itemB, `{"delta":5}`))
	early := c.do("PUT", reservations+"/early", `{"lines":[`+part("S2", "B", 3)+`],"ttlSeconds":1}`)
	c.created(early)
	late := c.do("PUT", cart, `{"lines":[`+part("S1", "A", 1)+`],"ttlSeconds":1,"owner":"ann"}`)
	c.created(late)
	deadline := late.json("expiresAt").(string)
	require.Equal(t, time.Second, when(t, late, "expiresAt").Sub(when(t, late, "createdAt")))

	bought := c.buy("S1", "A")
	c.created(bought)
	require.False(t, when(t, bought, "createdAt").Before(when(t, late, "expiresAt")), "%s, held until %s", bought.Body,
		deadline)
	require.Equal(t, []string{"reserved", "expired", "reserved", "adjusted"}, c.types(itemA))
	require.Contains(t, c.get(itemA+"/events").Body, fmt.Sprintf(`"type":"onhand.stock.expired.v1","subject":"stores/S1/items/A","time":%q`, deadline))

	for _, after := range [][2]string{{"/commit", ""}, {"/extend", `{"ttlSeconds":9}`}} {
		a := c.refused(c.post(cart+after[0], after[1]), 410, "reservation-expired")
		require.Equal(t, deadline, a.json("expiresAt"))
	}
	demand := `{"lines":[` + part("S2", "B", 1) + `],"owner":"bob"}`
	c.refused(c.put(cart, demand, "If-Match: *"), 410, "reservation-expired")
	a := c.refused(c.put(cart, demand, `If-Match: "1"`), 412, "precondition-failed")
	require.Equal(t, `"2"`, a.Header.Get("ETag"), "its end counts, though it is not in the log")
	for _, after := range []string{"/release", "/return"} {
		require.Equal(t, "expired", c.refused(c.post(cart+after, ""), 409, "reservation-closed").json("reservationStatus"))
	}
	ended := c.ok(c.get(cart))
	require.Equal(t, []any{"expired", 2.0, deadline},
		[]any{ended.json("status"), ended.json("version"), ended.json("updatedAt")})
	require.Equal(t, []string{"A 1 0 0 0 0"}, parts(ended))
	require.Equal(t, ended.Body, c.ok(c.get(cart+"?version=2")).Body)
	require.Equal(t, ended.Body, c.ok(c.get(cart+"?asOf="+deadline)).Body)
	before := when(t, late, "expiresAt").Add(-time.Microsecond).Format(time.RFC3339Nano)
	require.Equal(t, late.Body, c.ok(c.get(cart+"?asOf="+url.QueryEscape(before))).Body)
	require.Equal(t, []string{"cart-1", "early"}, c.list(reservations+"?status=expired", "reservations"))
	require.Equal(t, []string{bought.json("id").(string)}, c.list(reservations+"?status=held", "reservations"))

	c.shows(itemB, map[string]int{"reserved": 0, "available": 5, "version": 3})
	require.Equal(t, []string{"reserved", "adjusted"}, c.types(itemB), "reads write nothing")
	a = c.ok(c.get(itemB + "/explain"))
	require.Empty(t, a.json("holds"))
	require.Equal(t, `"3"`, a.Header.Get("ETag"))
	a = c.refused(c.adjust(itemB, `{"delta":1}`, `If-Match: "2"`), 412, "precondition-failed")
	require.Equal(t, `"3"`, a.Header.Get("ETag"))
	require.EqualValues(t, 3,
		c.refused(c.adjust(itemB, `{"delta":1,"expectedVersion":2}`), 409, "version-conflict").json("actual"))
	service.Kill()
	service = process.Start(t, dir, unlimited, unswept)
	c = clientOf(t, service)
	c.shows(itemB, map[string]int{"reserved": 0, "available": 5, "version": 3})
	require.EqualValues(t, 4, c.ok(c.post(itemB+"/adjustments", `{"delta":-5}`, `If-Match: "3"`)).json("version"))
	require.Equal(t, []string{"adjusted", "expired", "reserved", "adjusted"}, c.types(itemB))
	c.ok(c.adjust(itemB, `{"delta":5}`))

	batch := c.keyed("POST", "/v1/batch",
		independent(onID("commit", "early", ""), onItem("adjust", "A", `"delta":1`), onID("release", "early", "")))
	require.Equal(t, []string{"0 410 reservation-expired", "1 200", "2 409 reservation-closed"},
		results(c.multi(batch.first)))
	require.Contains(t, batch.first.Body, fmt.Sprintf(`"expiresAt":%q`, early.json("expiresAt")))
	c.repeated(batch)
	a = c.put(cart, demand)
	require.Equal(t, cart, c.created(a), "a new one, by another owner")
	require.EqualValues(t, 3, a.json("version"))
	service.Stop(t)
	service = process.Start(t, dir, unlimited, unswept)
	c = clientOf(t, service)
	c.repeated(batch)
	require.Equal(t, a.Body, c.ok(c.get(cart)).Body)
	require.Equal(t, ended.Body, c.ok(c.get(cart+"?version=2")).Body)
	require.Equal(t, []string{"early"}, c.list(reservations+"?status=expired", "reservations"))
	verified(t, service)
}

// TestNoUnitIsSoldBeforeTheDeadlineOfItsHold has no sweeper, which could write between a refusal and
// the look at the log that proves that the refusal wrote nothing.
func TestNoUnitIsSoldBeforeTheDeadlineOfItsHold(t *testing.T) {
	service := process.Start(t, t.TempDir(), unlimited, unswept)
	c := clientOf(t, service)
	c.ok(c.adjust(itemA, `{"delta":10}`))
	held := c.do("PUT", cart, `{"lines":[`+part("S1", "A", 10)+`],"ttlSeconds":1}`)
	c.created(held)
	require.Equal(t, map[string]int{"201": 10}, crowd(10, func(int) answer {
		a := c.buy("S1", "A")
		assert.GreaterOrEqual(t, fmt.Sprint(a.json("createdAt")), held.json("expiresAt"))
		return a
	}))
	c.refused(c.post(cart+"/commit", ""), 410, "reservation-expired")
	c.shows(itemA, map[string]int{"onHand": 10, "reserved": 10, "available": 0, "version": 13})
	verified(t, service)
}

func TestDeadlinesThatMove(t *testing.T) {
	service := process.Start(t, t.TempDir(), unlimited, unswept)
	c := clientOf(t, service)
	c.ok(c.adjust(itemA, `{"delta":3}`))
	c.ok(c.adjust(itemB, `{"delta":1}`))
	for ttl := 1; ; ttl *= 2 { // until the machine is fast enough to extend in time
		c.created(c.do("PUT", cart, fmt.Sprintf(`{"lines":[%s],"ttlSeconds":%d}`, part("S1", "A", 2), ttl)))
		if a := c.do("POST", cart+"/extend", `{"ttlSeconds":900}`); a.code() != "reservation-expired" {
			c.ok(a)
			break
		}
	}
	c.created(c.do("PUT", reservations+"/part", `{"lines":[`+part("S1", "A", 1)+`]}`))
	c.ok(c.do("POST", reservations+"/part/extend", `{"ttlSeconds":1}`))
	c.created(c.do("PUT", reservations+"/b", `{"lines":[`+part("S2", "B", 1)+`],"ttlSeconds":1}`))
	c.created(c.buy("S2", "B")) // the other deadlines are over too
	require.Equal(t, "expired", c.get(reservations+"/part").json("status"))
	require.Equal(t, "held", c.get(cart).json("status"), "extended in time")
	c.shows(itemA, map[string]int{"reserved": 2, "available": 1})
	require.Equal(t, []string{"A 2 0 2 0 0"}, parts(c.ok(c.post(cart+"/commit", ""))))
	verified(t, service)
}

func TestTheSweeperWritesDeadlinesThatNoRequestMeets(t *testing.T) {
	service := process.Start(t, t.TempDir(), unlimited, "SWEEP_INTERVAL_MS=20")
	c := clientOf(t, service)
	c.ok(c.adjust(itemA, `{"delta":9}`))
	held := c.do("PUT", cart, `{"lines":[`+part("S1", "A", 4)+`],"ttlSeconds":1}`, "X-Actor: ann")
	c.created(held)
	require.Eventually(t, func() bool { return c.types(itemA)[0] == "expired" }, patience, 5*time.Millisecond)
	a := c.ok(c.get(itemA + "/events?limit=1"))
	require.Contains(t, a.Body, fmt.Sprintf(`"time":%q`, held.json("expiresAt")))
	require.Contains(t, a.Body, `"data":{"actor":"onhand-sweeper",`)
	c.shows(itemA, map[string]int{"reserved": 0, "available": 9, "version": 3})
	require.Equal(t, []any{"expired", 2.0}, []any{c.get(cart).json("status"), c.get(cart).json("version")})
	verified(t, service)
}
