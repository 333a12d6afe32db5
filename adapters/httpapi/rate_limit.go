package httpapi

import (
	"errors"
	"math"
	"net/netip"
	"strconv"
	"sync"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/hashicorp/golang-lru/v2/simplelru"
	"golang.org/x/time/rate"
)

// RateOptions bound how often each client may ask.
type RateOptions struct {
	PerSecond float64          // 0 is no limit
	Burst     int              // what a client may ask at once
	Clients   int              // remembered at a time, 1 or more
	Now       func() time.Time // required, as is what stands above, where there is a limit
}

// RateStatus is how the limit of requests stands.
type RateStatus struct {
	PerSecond    float64
	Burst        int
	Clients      int   // whose buckets are not full
	ClientsLimit int   // remembered at a time
	Refused      int64 // requests
}

// errRateLimited is told to who asks too often.
var errRateLimited = errors.New("this address has asked more often than it may")

// limiter has a token bucket for each client: an IPv4 address, or an IPv6 network
// of 64 bits, since who has one address of that has all of them.
//
// The table is bounded, so that who has many addresses cannot fill the memory:
// the client that was unseen for longest makes room. What it gains is a full
// bucket, as it would have had after Burst/PerSecond of silence, and never less
// than it had: nobody is refused because others came. To be forgotten before, as
// many other clients as the table has must ask in between, and who commands so many
// addresses may ask once with each of them, for every one of which that buys less
// than the burst that each has anyhow.
//
// A client takes about 260 bytes (BenchmarkClients).
type rateLimiter struct {
	opts    RateOptions
	policy  []string // the value of RateLimit-Policy
	refusal *preparedProblem

	mu      sync.Mutex // also orders the clock's readings, since a bucket's time must not go back
	buckets *simplelru.LRU[netip.Addr, *rate.Limiter]
	refused int64
}

// newLimiter is nil if there is no limit.
func newRateLimiter(opts RateOptions, p problems) *rateLimiter {
	if opts.PerSecond == 0 {
		return nil
	}
	buckets, err := simplelru.NewLRU[netip.Addr, *rate.Limiter](opts.Clients, nil)
	if err != nil {
		panic(err) // the size is not positive
	}
	l := &rateLimiter{opts: opts, buckets: buckets}
	window := wholeSeconds(float64(opts.Burst) / opts.PerSecond)
	l.policy = []string{`"default";q=` + strconv.Itoa(opts.Burst) + ";w=" + strconv.Itoa(window)}
	l.refusal = p.prepare(errRateLimited)
	return l
}

// allowance is what a client may ask after a request.
type allowance struct {
	ok        bool // so may this one
	remaining int  // at once
	seconds   int  // until it is one more, rounded up
}

// take takes a token of a client's bucket, if it has one.
func (l *rateLimiter) allow(client netip.Addr) allowance {
	if client.Is6() {
		network, _ := client.Prefix(64) // cannot fail: no zone, and long enough
		client = network.Addr()
	}
	l.mu.Lock()
	now := l.opts.Now()
	bucket, known := l.buckets.Get(client)
	if !known {
		l.evictFull(now)
		bucket = rate.NewLimiter(rate.Limit(l.opts.PerSecond), l.opts.Burst)
		l.buckets.Add(client, bucket)
	}
	ok := bucket.AllowN(now, 1)
	if !ok {
		l.refused++
	}
	tokens := max(0, bucket.TokensAt(now))
	l.mu.Unlock()
	remaining := math.Floor(tokens)
	return allowance{ok: ok, remaining: int(remaining), seconds: wholeSeconds((remaining + 1 - tokens) / l.opts.PerSecond)}
}

// forget drops the oldest buckets if they are full again, which is what those of
// strangers are. It looks at two for each that comes, so that the table shrinks
// while clients stay away.
func (l *rateLimiter) evictFull(now time.Time) {
	for range 2 {
		_, oldest, ok := l.buckets.GetOldest()
		if !ok || oldest.TokensAt(now) < float64(l.opts.Burst) {
			return
		}
		l.buckets.RemoveOldest()
	}
}

// wholeSeconds rounds up, to what every client can read.
func wholeSeconds(seconds float64) int {
	return int(min(max(1, math.Ceil(seconds)), math.MaxInt32))
}

// limitRate refuses requests of clients that ask too often, before any work, and
// tells all clients what they may still ask (draft-ietf-httpapi-ratelimit-headers-10).
func (s *Server) limitRate(c *gin.Context) {
	switch c.FullPath() {
	case "/livez", "/readyz", "/metrics":
		return // who watches over the service must not lose sight of it
	}
	allowed := s.rate.allow(record(c).Client)
	c.Writer.Header()["Ratelimit-Policy"] = s.rate.policy
	field := strconv.AppendInt(append(make([]byte, 0, 48), `"default";r=`...), int64(allowed.remaining), 10)
	field = strconv.AppendInt(append(field, ";t="...), int64(allowed.seconds), 10)
	setHeader(c, "Ratelimit", string(field))
	if allowed.ok {
		return
	}
	s.rate.refusal.send(c, nil, allowed.seconds)
	c.Abort()
}

// RateStatus tells how the limit of requests stands.
func (s *Server) RateStatus() RateStatus {
	l := s.rate
	if l == nil {
		return RateStatus{}
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	return RateStatus{
		PerSecond: l.opts.PerSecond, Burst: l.opts.Burst, Refused: l.refused,
		Clients: l.buckets.Len(), ClientsLimit: l.opts.Clients,
	}
}

// appear shows the limit on the status page.
func (r RateStatus) statusDocument() gin.H {
	return gin.H{
		"requestsPerSecond": r.PerSecond, "burst": r.Burst, "refused": r.Refused,
		"clients": r.Clients, "clientsLimit": r.ClientsLimit,
	}
}
