package endtoend_test

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/onhand/onhand/test/process"
)

// seldom lets each client ask 20 times, and then once in a quarter of an hour, so
// that what passes is known to the request.
var seldom = []string{"RATE_LIMIT_RPS=0.001", "RATE_LIMIT_BURST=20"}

// passed is how many of 60 requests at once are let through; the others are told
// how to continue.
func (c client) passed(headers ...string) int {
	c.t.Helper()
	var passed, refused atomic.Int64
	var all sync.WaitGroup
	for range 60 {
		all.Go(func() {
			a, err := c.try(http.MethodPost, itemA+"/adjustments", `{"delta":1}`, headers...)
			switch {
			case err != nil:
				c.t.Error(err)
			case a.Status == http.StatusOK:
				passed.Add(1)
			case a.Status != http.StatusTooManyRequests || a.code() != "rate-limited":
				c.t.Error(a.Status, a.Body)
			default:
				refused.Add(1)
				c.toldToWait(a)
			}
		})
	}
	all.Wait()
	require.EqualValues(c.t, 60, passed.Load()+refused.Load())
	return int(passed.Load())
}

// toldToWait requires that a refusal says when the next request is let through.
func (c client) toldToWait(a answer) {
	wait, err := strconv.Atoi(a.Header.Get("Retry-After"))
	if err != nil || wait < 900 || wait > 1000 {
		c.t.Errorf("Retry-After: %s", a.Header.Get("Retry-After"))
	}
	if told := a.Header.Get("RateLimit"); told != fmt.Sprintf(`"default";r=0;t=%d`, wait) {
		c.t.Errorf("RateLimit: %s", told)
	}
	if told := a.Header.Get("RateLimit-Policy"); told != `"default";q=20;w=20000` {
		c.t.Errorf("RateLimit-Policy: %s", told)
	}
}

func TestAClientMayAskSoOftenAndNoMore(t *testing.T) {
	service := process.Start(t, t.TempDir(), seldom...)
	c := clientOf(t, service)
	require.Equal(t, 20, c.passed(), "60 at once")
	for _, header := range []string{
		"X-Forwarded-For: 198.51.100.%d", "Forwarded: for=198.51.100.%d", "X-Real-IP: 198.51.100.%d",
	} {
		for n := range 5 {
			c.refused(c.get(itemA, fmt.Sprintf(header, n)), 429, "rate-limited")
		}
	}
	require.Equal(t, 429, c.do(http.MethodHead, "/nowhere", "").Status, "what does not exist counts, too")
	c.refused(c.get("/v1/events", "Accept: text/event-stream"), 429, "rate-limited")
	for _, path := range []string{"/livez", "/readyz", "/metrics"} {
		for range 50 {
			require.Empty(t, c.ok(c.get(path)).Header.Get("RateLimit"), "%s is exempt", path)
		}
	}
	metrics := c.get("/metrics").Body
	for _, line := range []string{
		"onhand_rate_limit_refused_total 57", "onhand_rate_limit_clients 1", "onhand_rate_limit_clients_limit 100000", `onhand_problems_total{code="rate-limited"} 57`,
	} {
		require.Contains(t, metrics, line+"\n")
	}
	service.Stop(t)
	c = clientOf(t, process.Start(t, service.DataDir))
	require.EqualValues(t, 20, c.get(itemA).json("onHand"), "what was refused did nothing")
	require.EqualValues(t, 0, c.get("/v1/status").json("limits", "rate", "requestsPerSecond"))
}

func TestThroughATrustedProxyEachClientHasItsOwn(t *testing.T) {
	service := process.Start(t, t.TempDir(), append([]string{"TRUSTED_PROXIES=127.0.0.0/8,10.0.0.0/8"}, seldom...)...)
	c := clientOf(t, service)
	require.Equal(t, 20, c.passed("X-Forwarded-For: 198.51.100.1, 10.0.0.1"))
	require.Equal(t, 20, c.passed("X-Forwarded-For: 198.51.100.2"))
	require.Equal(t, 20, c.passed(`Forwarded: for="[2001:db8::1]:4711";proto=https`))
	require.Equal(t, 20, c.passed(), "the proxy itself")
	for n := range 5 {
		for _, headers := range [][]string{
			{fmt.Sprintf("X-Forwarded-For: 203.0.113.%d, 198.51.100.2", n)},
			{fmt.Sprintf("X-Forwarded-For: 203.0.113.%d", n), "X-Forwarded-For: 198.51.100.2"},
			{fmt.Sprintf("Forwarded: for=203.0.113.%d, for=\"[2001:db8::%d]\"", n, n)}, // one network
			{"X-Forwarded-For: ::ffff:198.51.100.2"},
			{fmt.Sprintf("X-Forwarded-For: 203.0.113.%d, nonsense", n)},
		} {
			c.refused(c.get(itemA, headers...), 429, "rate-limited")
		}
	}
	c.ok(c.get(itemA, "X-Forwarded-For: 203.0.113.1"))
	a := c.ok(c.get("/v1/status", "X-Forwarded-For: 203.0.113.2"))
	require.EqualValues(t, 6, a.json("limits", "rate", "clients"))
	service.Stop(t)
	require.Contains(t, service.Log(), `"client":"203.0.113.1"`)
	require.Contains(t, service.Log(), `"client":"2001:db8::1"`)
	require.NotContains(t, service.Log(), `"client":"::ffff`)
}

func TestTheTableOfClientsMakesRoom(t *testing.T) {
	settings := append([]string{"TRUSTED_PROXIES=127.0.0.0/8", "RATE_LIMIT_CLIENTS=50"}, seldom...)
	c := clientOf(t, process.Start(t, t.TempDir(), settings...))
	for n := range 200 {
		c.ok(c.get("/v1/stores", fmt.Sprintf("X-Forwarded-For: 198.51.100.%d", n)))
	}
	require.EqualValues(t, 50, c.get("/v1/status").json("limits", "rate", "clients"))
}

func TestABrowserMayCallTheAPI(t *testing.T) {
	settings := []string{
		"CORS_ALLOWED_ORIGINS=https://shop.example,http://localhost:5173", "HSTS_MAX_AGE_SECONDS=3600",
		"CONTENT_SECURITY_POLICY=sandbox",
	}
	c := clientOf(t, process.Start(t, t.TempDir(), append(settings, seldom...)...))
	const page = "Origin: http://localhost:5173"
	for range 60 {
		a := c.do(http.MethodOptions, itemA+"/adjustments", "", page, "Access-Control-Request-Method: POST",
			"Access-Control-Request-Headers: content-type,idempotency-key")
		require.Equal(t, http.StatusNoContent, a.Status, "no preflight is limited")
		require.Equal(t, "http://localhost:5173", a.Header.Get("Access-Control-Allow-Origin"))
	}
	answers := []answer{c.adjust(itemA, `{"delta":1}`, page), c.get("/v1/events", page)}
	stream := c.stream("", page).Answer
	answers = append(answers, answer{Status: stream.StatusCode, Header: stream.Header})
	for range 60 {
		answers = append(answers, c.get(itemA, page))
	}
	statuses := map[int]int{}
	for _, a := range answers {
		statuses[a.Status]++
		require.Equal(t, "http://localhost:5173", a.Header.Get("Access-Control-Allow-Origin"))
		require.Contains(t, strings.Split(a.Header.Get("Access-Control-Expose-Headers"), ","), "Retry-After")
		require.Equal(t, "sandbox", a.Header.Get("Content-Security-Policy"))
		require.Equal(t, "max-age=3600; includeSubDomains", a.Header.Get("Strict-Transport-Security"))
		require.NotEmpty(t, a.Header.Get("RateLimit"))
	}
	require.Equal(t, map[int]int{200: 20, 429: 43}, statuses)
	a := c.get("/livez", "Origin: https://evil.example")
	require.Empty(t, a.Header.Get("Access-Control-Allow-Origin"))
	require.Equal(t, "Origin", a.Header.Get("Vary"))
	a = c.do(http.MethodOptions, itemA, "", "Origin: https://evil.example", "Access-Control-Request-Method: GET")
	require.Empty(t, a.Header.Get("Access-Control-Allow-Origin"))
}
