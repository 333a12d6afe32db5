package endtoend_test

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/onhand/onhand/test/process"
)

// bulkhead reads a number of a bulkhead.
func (c client) bulkhead(name, number string) int {
	c.t.Helper()
	n, ok := c.ok(c.get("/v1/status")).json("bulkheads", name, number).(float64)
	require.True(c.t, ok, name)
	return int(n)
}

// fills waits until a number of a bulkhead is n.
func (c client) fills(name, number string, n int) {
	c.t.Helper()
	require.Eventually(c.t, func() bool { return c.bulkhead(name, number) == n }, patience, time.Millisecond)
}

// work is an independent batch that takes a while and adds as many units to A as it has
// operations.
func work(operations int) string {
	return independent(slices.Repeat([]string{onItem("adjust", "A", `"delta":1`)}, operations)...)
}

// hungUp reports whether the service closed the connection before the client had sent
// the body. The service does not read the body of a request that it sheds, so a slow
// client may miss the answer.
func hungUp(err error) bool {
	return errors.Is(err, syscall.EPIPE) || errors.Is(err, syscall.ECONNRESET)
}

func TestOverloadIsShedAndDoesNothing(t *testing.T) {
	service := process.Start(t, t.TempDir(), unlimited, "CONCURRENCY_API=1", "LOAD_SHED_QUEUE_MAX=5")
	c := clientOf(t, service)
	body := work(300)
	counts := crowd(120, func(int) answer {
		a, err := c.try(http.MethodPost, "/v1/batch", body)
		if hungUp(err) {
			return answer{Body: `{"code":"overloaded"}`}
		}
		assert.NoError(t, err)
		if a.Status == http.StatusServiceUnavailable {
			assert.Equal(t, "1", a.Header.Get("Retry-After"))
		}
		return a
	})
	require.Equal(t, 120, counts["207"]+counts["overloaded"], "%v", counts)
	require.Positive(t, counts["overloaded"])
	require.GreaterOrEqual(t, counts["207"], 5, "the waiting room is used")
	c.shows(itemA, map[string]int{"onHand": 300 * counts["207"], "version": 300 * counts["207"]})
	require.Equal(t, counts["overloaded"], c.bulkhead("api", "shed"))
	require.Contains(t, c.get("/metrics").Body,
		fmt.Sprintf("onhand_bulkhead_shed_total{bulkhead=\"api\"} %d\n", counts["overloaded"]))
	require.Equal(t, counts["overloaded"], strings.Count(service.Log(), `"code":"overloaded"`), "a record of each")
	verified(t, service)
}

func TestCommitsGetThroughWhileOthersAreShed(t *testing.T) {
	service := process.Start(t, t.TempDir(), unlimited, "CONCURRENCY_API=1", "LOAD_SHED_QUEUE_MAX=5")
	c := clientOf(t, service)
	c.ok(c.count(itemA, `{"onHand":50}`))
	var carts []string
	for range 10 {
		carts = append(carts, c.created(c.once(reservations, `{"lines":[`+part("S1", "A", 1)+`]}`)))
	}
	var load sync.WaitGroup
	var stop atomic.Bool
	defer load.Wait()
	defer stop.Store(true)
	for range 12 {
		load.Go(func() {
			for body := work(50); !stop.Load(); { // not held against the contract, which takes longer than the service does
				a, err := http.Post(service.URL+"/v1/batch", "application/json", strings.NewReader(body))
				if !hungUp(err) && assert.NoError(t, err) {
					_, _ = io.Copy(io.Discard, a.Body)
					_ = a.Body.Close()
					assert.Contains(t, []int{http.StatusMultiStatus, http.StatusServiceUnavailable}, a.StatusCode)
				}
			}
		})
	}
	c.fills("api", "waiting", 4)
	for i, cart := range carts {
		c.ok(c.once(cart+[]string{"/commit", "/release"}[i%2], "")) // one at a time: the kept seat is theirs
	}
	stop.Store(true)
	load.Wait()
	require.Positive(t, c.bulkhead("api", "shed"))
	require.EqualValues(t, 0, c.get(itemA).json("reserved"))
}

func TestWaitingFollowersTakeNoPermit(t *testing.T) {
	service := process.Start(t, t.TempDir(), unlimited, "CONCURRENCY_API=1", "CONCURRENCY_READS=1")
	c := clientOf(t, service)
	c.ok(c.adjust(itemA, `{"delta":1}`))
	c.upToDate()
	c.ok(c.once(synced+"/pause?projection=central-view", ""))
	c.ok(c.adjust(itemA, `{"delta":1}`))
	var all sync.WaitGroup
	var stop atomic.Bool
	again := func(path, header, code string) {
		all.Go(func() {
			for !stop.Load() {
				if a, err := c.try(http.MethodGet, path, "", header); err == nil {
					assert.Equal(t, code, a.code())
				}
			}
		})
	}
	for range 50 {
		s := c.stream("after=0")
		all.Go(func() {
			for {
				if _, err := s.Next(); err != nil {
					return
				}
			}
		})
		again("/v1/events?after=2&sku=B&wait=30", "", "")
		again(itemA, "Onhand-Min-Position: 1000000", "view-behind")
		again("/v1/items/A", "Onhand-Min-Position: 2", "view-behind")
	}
	require.Eventually(t, func() bool {
		a := c.ok(c.get("/v1/status"))
		waits, _ := a.json("bulkheads", "api-waits", "inUse").(float64)
		return a.json("feed", "streams") == 50.0 && a.json("feed", "polls") == 50.0 && waits > 90
	}, patience, time.Millisecond)
	for range 30 {
		c.ok(c.adjust(itemA, `{"delta":1}`))
		c.ok(c.get(itemA))
	}
	stop.Store(true)
	service.Terminate(t)
	all.Wait()
	require.Zero(t, service.Wait(t))
}

func TestAHangingReceiverTakesNoPermit(t *testing.T) {
	service := process.Start(t, t.TempDir(),
		append([]string{"CONCURRENCY_API=2", "CONCURRENCY_SYNC=4", "LOAD_SHED_QUEUE_MAX=10"}, local...)...)
	c := clientOf(t, service)
	free := make(chan struct{})
	receiver := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { <-free }))
	defer receiver.Close()
	defer close(free)
	a := c.once(webhooksPath, fmt.Sprintf(`{"url":%q,"secret":%q}`, receiver.URL, secretOf(firstKey)))
	require.Equal(t, http.StatusCreated, a.Status, a.Body)
	hook := webhooksPath + "/" + a.json("id").(string)
	c.ok(c.adjust(itemA, `{"delta":1}`)) // hangs on its way to the receiver

	var hanging sync.WaitGroup
	defer hanging.Wait()
	defer service.Kill()
	background := func(method, path string) { hanging.Go(func() { _, _ = c.try(method, path, "") }) }
	for range 8 {
		background(http.MethodPost, hook+"/test")
	}
	c.fills("webhook-tests", "inUse", 4)
	c.fills("webhook-tests", "waiting", 4)
	c.refused(c.once(hook+"/test", ""), 503, "overloaded")
	for range 10 {
		background(http.MethodPost, synced)
		background(http.MethodPost, hook+"/disable")
	}
	c.fills("api-control", "inUse", 16)
	c.fills("api-control", "waiting", 4)
	require.Zero(t, c.bulkhead("api", "inUse"))
	counts := crowd(8, func(int) answer {
		for range 20 {
			c.ok(c.adjust(itemA, `{"delta":1}`))
		}
		return c.get(itemA)
	})
	require.Equal(t, map[string]int{"200": 8}, counts)
	require.EqualValues(t, 1+8*20, c.get(itemA).json("onHand"))
}

func TestSlowBodiesTakeNoPermit(t *testing.T) {
	service := process.Start(t, t.TempDir(), unlimited, "CONCURRENCY_API=1")
	c := clientOf(t, service)
	for range 20 {
		_, err := fmt.Fprintf(dial(t, service), "POST %s/adjustments HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 11\r\n\r\n{\"del", itemA)
		require.NoError(t, err)
	}
	c.fills("api-waits", "inUse", 20)
	for range 20 {
		c.ok(c.adjust(itemA, `{"delta":1}`))
	}
	require.Equal(t, 20, c.bulkhead("api-waits", "inUse"), "they are still at it")
}
