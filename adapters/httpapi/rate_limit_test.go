package httpapi

import (
	"encoding/json"
	"net/http"
	"net/netip"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/onhand/onhand/adapters/memory"
)

// manualClock is a clock that moves only when the test moves it.
type manualClock struct{ ns atomic.Int64 }

func (h *manualClock) now() time.Time        { return time.Unix(1_800_000_000, h.ns.Load()) }
func (h *manualClock) move(by time.Duration) { h.ns.Add(int64(by)) }
func inSeconds(s float64) (d time.Duration)  { return time.Duration(s * float64(time.Second)) }

var shop, till = netip.MustParseAddr("198.51.100.7"), netip.MustParseAddr("203.0.113.9")

// newTestLimiter makes a limiter on a manual clock.
func newTestLimiter(perSecond float64, burst, clients int) (*rateLimiter, *manualClock) {
	clock := &manualClock{}
	opts := RateOptions{PerSecond: perSecond, Burst: burst, Clients: clients, Now: clock.now}
	return newRateLimiter(opts, newProblems("", LockHeld{}), errRateLimited), clock
}

// countAllowed returns how many of some requests at once are allowed.
func countAllowed(l *rateLimiter, client netip.Addr, requests int) (n int) {
	for range requests {
		if l.allow(client).ok {
			n++
		}
	}
	return n
}

func TestABurstIsExact(t *testing.T) {
	l, clock := newTestLimiter(100, 200, 10)
	var passed atomic.Int64
	var all sync.WaitGroup
	begin := make(chan struct{})
	for range 500 {
		all.Go(func() {
			<-begin
			if l.allow(shop).ok {
				passed.Add(1)
			}
		})
	}
	close(begin)
	all.Wait()
	require.EqualValues(t, 200, passed.Load(), "500 at once")
	require.EqualValues(t, 300, l.refused)
	require.Zero(t, countAllowed(l, shop, 10))
	require.Equal(t, 200, countAllowed(l, till, 500), "others have a bucket of their own")

	clock.move(50 * time.Millisecond)
	require.Equal(t, 5, countAllowed(l, shop, 100), "refused requests took nothing")
	clock.move(time.Hour)
	require.Equal(t, 200, countAllowed(l, shop, 500), "a bucket holds no more than the burst")
}

func TestAClientIsToldWhatItMayStillAsk(t *testing.T) {
	l, clock := newTestLimiter(0.5, 3, 10)
	require.Equal(t, []string{`"default";q=3;w=6`}, l.policy)
	require.Equal(t, allowance{ok: true, remaining: 2, seconds: 2}, l.allow(shop))
	require.Equal(t, allowance{ok: true, remaining: 1, seconds: 2}, l.allow(shop))
	clock.move(500 * time.Millisecond)
	require.Equal(t, allowance{ok: true, remaining: 0, seconds: 2}, l.allow(shop))
	require.Equal(t, allowance{remaining: 0, seconds: 2}, l.allow(shop), "1.5 seconds, rounded up")
	clock.move(1100 * time.Millisecond)
	require.Equal(t, allowance{remaining: 0, seconds: 1}, l.allow(shop))
	l, _ = newTestLimiter(100, 200, 10)
	require.Equal(t, []string{`"default";q=200;w=2`}, l.policy)
	l, _ = newTestLimiter(1e-300, 1_000_000_000, 10)
	require.Equal(t, []string{`"default";q=1000000000;w=2147483647`}, l.policy, "no number is too large for a client")
}

// TestAClientThatWaitsAsToldIsAllowed compares the limiter with the definition of a token bucket:
// over any time it allows at most the burst and the refilled part, and a client that waits as
// long as it is told is allowed.
func TestAClientThatWaitsAsToldIsAllowed(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		perSecond := rapid.Float64Range(0.001, 1000).Draw(t, "per second")
		burst := rapid.IntRange(1, 50).Draw(t, "burst")
		l, clock := newTestLimiter(perSecond, burst, 10)
		begin, passed := clock.now(), 0
		for range rapid.IntRange(1, 200).Draw(t, "requests") {
			clock.move(inSeconds(rapid.Float64Range(0, 3/perSecond).Draw(t, "pause")))
			a := l.allow(shop)
			if !a.ok {
				require.Zero(t, a.remaining)
				clock.move(time.Duration(a.seconds) * time.Second)
				a = l.allow(shop)
				require.True(t, a.ok, "it has waited for %d seconds", a.seconds)
			}
			passed++
			require.LessOrEqual(t, float64(passed), float64(burst)+perSecond*clock.now().Sub(begin).Seconds()+1e-6)
		}
	})
}

func TestAnIPv6NetworkIsOneClient(t *testing.T) {
	for _, c := range []struct {
		a, b string
		one  bool
	}{
		{"198.51.100.7", "198.51.100.8", false},
		{"2001:db8:0:1::1", "2001:db8:0:1:ffff:ffff:ffff:ffff", true},
		{"2001:db8:0:1::1", "2001:db8:0:2::1", false},
		{"0.0.0.1", "::1", false},
	} {
		l, _ := newTestLimiter(1, 1, 10)
		require.True(t, l.allow(netip.MustParseAddr(c.a)).ok)
		require.Equal(t, !c.one, l.allow(netip.MustParseAddr(c.b)).ok, "%s and %s", c.a, c.b)
	}
	l, _ := newTestLimiter(1, 1, 10)
	require.True(t, l.allow(netip.Addr{}).ok, "all without an address are one")
	require.False(t, l.allow(netip.Addr{}).ok)
}

func TestTheTableOfClientsIsBounded(t *testing.T) {
	l, clock := newTestLimiter(0.1, 2, 1000)
	require.Equal(t, 2, countAllowed(l, shop, 3))
	for n := range uint32(999) {
		require.True(t, l.allow(numberedAddress(n)).ok)
	}
	require.False(t, l.allow(shop).ok, "it was not evicted, and is now the client seen last")
	for n := range uint32(999) {
		require.True(t, l.allow(numberedAddress(1_000_000+n)).ok, "no client is refused because many came")
	}
	require.Equal(t, 1000, l.buckets.Len())
	require.False(t, l.allow(shop).ok)
	for n := range uint32(1000) {
		l.allow(numberedAddress(2_000_000 + n))
	}
	require.Equal(t, 2, countAllowed(l, shop, 3), "the client unseen for longest was evicted, and has a full bucket again")
	require.Equal(t, 1000, l.buckets.Len())

	clock.move(time.Minute)
	for n := range uint32(1000) {
		l.allow(numberedAddress(n))
	}
	clock.move(time.Minute)
	require.True(t, l.allow(till).ok)
	require.Equal(t, 999, l.buckets.Len(), "two that are full again go for each that comes")
}

func TestEveryAnswerTellsOfTheLimit(t *testing.T) {
	clock := &manualClock{}
	s, records := newTestServer(t, memory.NewEventStore(time.Minute, time.Now), Options{
		PublicURL: "https://stock.example", Metrics: http.NotFoundHandler(),
		Rate: RateOptions{PerSecond: 1, Burst: 4, Clients: 10, Now: clock.now},
	})
	for i, c := range []struct {
		method, path string
		status       int
		left         string
	}{
		{"POST", adjustments, 200, `"default";r=3;t=1`},
		{"GET", "/nowhere", 404, `"default";r=2;t=1`},
		{"PATCH", "/v1/stores", 405, `"default";r=1;t=1`},
		{"POST", "/livez", 405, `"default";r=0;t=1`},
		{"GET", "/v1/stores", 429, `"default";r=0;t=1`},
		{"GET", "/nowhere", 429, `"default";r=0;t=1`},
		{"OPTIONS", "/v1/stores", 429, `"default";r=0;t=1`},
		{"GET", "/v1/status", 429, `"default";r=0;t=1`},
	} {
		answer := ask(s, c.method, c.path, strings.NewReader(`{"delta":1}`))
		require.Equal(t, c.status, answer.Code, "request %d", i)
		require.Equal(t, c.left, answer.Header().Get("RateLimit"))
		require.Equal(t, `"default";q=4;w=4`, answer.Header().Get("RateLimit-Policy"))
		if c.status != 429 {
			require.Empty(t, answer.Header().Get("Retry-After"))
			continue
		}
		require.Equal(t, "1", answer.Header().Get("Retry-After"))
		require.Equal(t, "application/problem+json", answer.Header().Get("Content-Type"))
		require.Equal(t, "rate-limited", (*records)[i].Code)
		row, _ := classify(errRateLimited)
		var document, slow map[string]any
		require.NoError(t, json.Unmarshal(answer.Body.Bytes(), &document))
		encoded, err := json.Marshal(s.problems.document(row, nil, errRateLimited))
		require.NoError(t, err)
		require.NoError(t, json.Unmarshal(encoded, &slow))
		slow["requestId"] = "made"
		require.Equal(t, slow, document, "the prepared document equals that of the table")
	}
	for _, path := range []string{"/livez", "/readyz", "/metrics"} {
		for range 10 {
			answer := ask(s, http.MethodGet, path, nil)
			require.NotEqual(t, 429, answer.Code)
			require.Empty(t, answer.Header().Get("RateLimit"), "%s is exempt", path)
		}
	}
	for range monitoringBurst - 3*10 {
		require.Equal(t, http.StatusOK, ask(s, http.MethodGet, "/livez", nil).Code)
	}
	for _, path := range []string{"/livez", "/readyz", "/metrics"} {
		answer := ask(s, http.MethodGet, path, nil)
		require.Equal(t, 429, answer.Code, "monitoring has a limit of its own")
		require.Equal(t, "1", answer.Header().Get("Retry-After"))
		require.Equal(t, "close", answer.Header().Get("Connection"))
	}
	require.Equal(t, RateStatus{PerSecond: 1, Burst: 4, Clients: 1, ClientsLimit: 10, Refused: 4}, s.RateStatus())
	clock.move(time.Second)
	require.Contains(t, ask(s, http.MethodGet, "/v1/status", nil).Body.String(),
		`"rate":{"burst":4,"clients":1,"clientsLimit":10,"refused":4,"requestsPerSecond":1}`)
}

func TestWithoutARateLimitAnswersSayNothingOfIt(t *testing.T) {
	s, _ := newTestServer(t, memory.NewEventStore(time.Minute, time.Now), Options{Rate: RateOptions{Burst: 1, Clients: 1}})
	for range 10 {
		answer := ask(s, http.MethodGet, "/v1/status", nil)
		require.Equal(t, 200, answer.Code)
		require.Empty(t, answer.Header().Get("RateLimit"))
		require.Empty(t, answer.Header().Get("RateLimit-Policy"))
	}
	require.Zero(t, s.RateStatus())
}
