package endtoend_test

import (
	"fmt"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/onhand/onhand/test/process"
)

// crowd makes n requests at once and counts the answers: "201" or a problem's
// code.
func crowd(n int, ask func(int) answer) map[string]int {
	var all sync.WaitGroup
	var mu sync.Mutex
	counts := map[string]int{}
	for i := range n {
		all.Go(func() {
			a := ask(i)
			got := a.code()
			if got == "" {
				got = fmt.Sprint(a.Status)
			}
			mu.Lock()
			defer mu.Unlock()
			counts[got]++
		})
	}
	all.Wait()
	return counts
}

func TestTwoHundredBuyersOfFiftyUnits(t *testing.T) {
	service := process.Start(t, t.TempDir(), unlimited)
	c := clientOf(t, service)
	c.ok(c.count(itemA, `{"onHand":50}`))
	counts := crowd(200, func(int) answer {
		return c.do("POST", reservations, `{"lines":[`+part("S1", "A", 1)+`],"ttlSeconds":900}`)
	})
	require.Equal(t, map[string]int{"201": 50, "insufficient-stock": 150}, counts)
	c.shows(itemA, map[string]int{"onHand": 50, "reserved": 50, "available": 0, "version": 51})
	require.Len(t, c.list(reservations+"?status=held&sku=A", "reservations"), 50)
	a := c.ok(c.get(itemA + "/explain"))
	require.Len(t, a.json("holds"), 50)
	verified(t, service)
}

func TestCartsThatCross(t *testing.T) {
	service := process.Start(t, t.TempDir(), unlimited)
	c := clientOf(t, service)
	c.ok(c.count(itemA, `{"onHand":30}`))
	c.ok(c.count(itemB, `{"onHand":30}`))
	counts := crowd(80, func(n int) answer {
		first, second := part("S1", "A", 1), part("S2", "B", 1)
		if n%2 == 1 {
			first, second = second, first
		}
		return c.do("POST", reservations, `{"lines":[`+first+`,`+second+`]}`)
	})
	require.Equal(t, map[string]int{"201": 30, "insufficient-stock": 50}, counts)
	for _, item := range []string{itemA, itemB} {
		c.shows(item, map[string]int{"onHand": 30, "reserved": 30, "available": 0, "version": 31})
	}
	verified(t, service)
}

func TestOneCartRaced(t *testing.T) {
	service := process.Start(t, t.TempDir(), unlimited)
	c := clientOf(t, service)
	c.ok(c.count(itemA, `{"onHand":20}`))
	c.created(c.put(cart, `{"lines":[`+part("S1", "A", 10)+`],"owner":"ann"}`))
	require.Equal(t, map[string]int{"200": 1, "precondition-failed": 23}, crowd(24, func(n int) answer {
		return c.do("PUT", cart, fmt.Sprintf(`{"lines":[%s],"owner":"ann"}`, part("S1", "A", 10+n%10)), `If-Match: "1"`)
	}))
	require.Equal(t, map[string]int{"200": 1, "reservation-closed": 23}, crowd(24, func(n int) answer {
		return c.do("POST", cart+[]string{"/commit", "/release"}[n%2], "")
	}))
	require.Equal(t, map[string]int{"201": 24}, crowd(24, func(int) answer {
		return c.do("POST", reservations, `{"lines":[`+part("S1", "A", 1)+`]}`, "Idempotency-Key: raced")
	}), "one hold and 23 times its answer")
	c.shows(itemA, map[string]int{"reserved": 1})
	verified(t, service)
}

func TestKilledAmongCartsNothingChanges(t *testing.T) {
	dir := t.TempDir()
	service := process.Start(t, dir, unlimited)
	c := clientOf(t, service)
	c.ok(c.count(itemA, `{"onHand":1000000}`))
	c.ok(c.count(itemB, `{"onHand":1000000}`))
	ask := func(c client, n int64) (answer, error) {
		return c.try(http.MethodPut, fmt.Sprint(reservations, "/r-", n),
			`{"lines":[`+part("S1", "A", 2)+`,`+part("S2", "B", 1)+`]}`, fmt.Sprint("Idempotency-Key: r-", n))
	}
	const enough = 110
	var asked, answered atomic.Int64
	var known sync.Map
	var working sync.WaitGroup
	kill := make(chan struct{})
	for range 8 {
		working.Go(func() {
			for {
				n := asked.Add(1)
				a, err := ask(c, n)
				if err != nil {
					return // the service is gone
				}
				if !assert.Equal(t, 201, a.Status, a.Body) {
					return
				}
				known.Store(n, a)
				if answered.Add(1) == enough {
					close(kill)
				}
			}
		})
	}
	<-kill
	service.Kill()
	working.Wait()

	service = process.Start(t, dir, unlimited)
	c = clientOf(t, service)
	require.GreaterOrEqual(t, answered.Load(), int64(enough))
	for n := int64(1); n <= asked.Load(); n++ {
		first, was := known.Load(n)
		if was {
			require.Equal(t, first.(answer).Body, c.ok(c.get(fmt.Sprint(reservations, "/r-", n))).Body)
		}
		a, err := ask(c, n)
		require.NoError(t, err)
		require.Equal(t, fmt.Sprint(reservations, "/r-", n), c.created(a))
		if was {
			require.Equal(t, first.(answer).Body, a.Body)
			require.Equal(t, "true", a.Header.Get("Idempotent-Replayed"))
		}
	}
	held := int(asked.Load())
	c.shows(itemA, map[string]int{"reserved": 2 * held, "version": 1 + held})
	c.shows(itemB, map[string]int{"reserved": held, "version": 1 + held})
	a := c.ok(c.get(itemA + "/explain"))
	require.Len(t, a.json("holds"), 100)
	require.EqualValues(t, held-100, a.json("holdsOmitted"))
	c.ok(c.post(reservations+"/r-1/commit", ""))
	verified(t, service)
}
