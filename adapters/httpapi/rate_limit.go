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

// RateOptions bound how many requests each client may make.
type RateOptions struct {
	PerSecond float64          // 0 is no limit; with a limit, all other fields are required
	Burst     int              // requests of a client at once
	Clients   int              // remembered at a time, 1 or more
	Now       func() time.Time // the clock
}

// RateStatus is the state of the rate limit.
type RateStatus struct {
	PerSecond    float64
	Burst        int
	Clients      int   // with buckets that are not full
	ClientsLimit int   // remembered at a time
	Refused      int64 // requests
}

func (r RateStatus) document() gin.H {
	return gin.H{
		"requestsPerSecond": r.PerSecond, "burst": r.Burst, "refused": r.Refused,
		"clients": r.Clients, "clientsLimit": r.ClientsLimit,
	}
}

var errRateLimited = errors.New("this client exceeds its request rate: wait for the seconds in Retry-After")

// rateLimiter has a token bucket for each client: an IPv4 address, or an IPv6 network of 64
// bits, because the host of one such address has all of them.
//
// The table is bounded, so that a host with many addresses cannot fill the memory: a new
// client takes the row of the client that was unseen for longest. The evicted client gains a
// full bucket, as it would after Burst/PerSecond of silence, and loses nothing: no client is
// refused because others came. A client is evicted earlier only if as many others as the table
// has rows ask in between, and a host that commands so many addresses gains less by that than
// the burst that each of them has anyway.
//
// A client takes about 260 bytes (BenchmarkClients).
type rateLimiter struct {
	opts    RateOptions
	policy  []string // the value of RateLimit-Policy
	problem *preparedProblem

	mu      sync.Mutex // also orders the clock's readings, because a bucket's time must not go back
	buckets *simplelru.LRU[netip.Addr, *rate.Limiter]
	refused int64
}

// newRateLimiter returns nil if there is no limit. Requests beyond it get the refusal.
func newRateLimiter(opts RateOptions, p problems, refusal error) *rateLimiter {
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
	l.problem = p.prepare(refusal)
	return l
}

// allowance is what a client may ask after a request.
type allowance struct {
	ok        bool // the request itself is allowed
	remaining int  // requests at once
	seconds   int  // until there is one more, rounded up
}

// allow takes a token from a client's bucket, if it has one.
func (l *rateLimiter) allow(client netip.Addr) allowance {
	l.mu.Lock()
	now := l.opts.Now()
	bucket := l.bucket(client, now)
	ok := bucket.AllowN(now, 1)
	if !ok {
		l.refused++
	}
	tokens := bucket.TokensAt(now)
	l.mu.Unlock()
	return l.allowance(ok, tokens)
}

// bucket returns the bucket of a client, a full one if the client is unknown. The lock is held.
func (l *rateLimiter) bucket(client netip.Addr, now time.Time) *rate.Limiter {
	client = clientNetwork(client)
	bucket, known := l.buckets.Get(client)
	if !known {
		l.evictFull(now)
		bucket = rate.NewLimiter(rate.Limit(l.opts.PerSecond), l.opts.Burst)
		l.buckets.Add(client, bucket)
	}
	return bucket
}

// allowance describes a bucket with so many tokens, which are less than none while the client
// still owes the work of earlier requests.
func (l *rateLimiter) allowance(ok bool, tokens float64) allowance {
	remaining := math.Floor(max(0, tokens))
	return allowance{
		ok: ok, remaining: int(remaining), seconds: wholeSeconds((remaining + 1 - tokens) / l.opts.PerSecond),
	}
}

// evictFull drops the oldest buckets if they are full again: a full bucket is that of an
// unknown client. It looks at two for each client that comes, so that the table shrinks while
// clients stay away.
func (l *rateLimiter) evictFull(now time.Time) {
	for range 2 {
		_, oldest, ok := l.buckets.GetOldest()
		if !ok || oldest.TokensAt(now) < float64(l.opts.Burst) {
			return
		}
		l.buckets.RemoveOldest()
	}
}

// wholeSeconds rounds up, to a number that every client can read.
func wholeSeconds(seconds float64) int {
	return int(min(max(1, math.Ceil(seconds)), math.MaxInt32))
}

// limit refuses requests of clients that exceed their rate, before any work, and tells all clients
// how many requests they have left (draft-ietf-httpapi-ratelimit-headers-10).
func (l *rateLimiter) limit(c *gin.Context) {
	if isMonitoring(c.FullPath()) {
		return // has a limit of its own
	}
	allowed := l.allow(record(c).Client)
	c.Writer.Header()["Ratelimit-Policy"] = l.policy
	field := strconv.AppendInt(append(make([]byte, 0, 48), `"default";r=`...), int64(allowed.remaining), 10)
	field = strconv.AppendInt(append(field, ";t="...), int64(allowed.seconds), 10)
	setHeader(c, "Ratelimit", string(field))
	if allowed.ok {
		return
	}
	l.problem.send(c, nil, allowed.seconds)
	c.Abort()
}

// status returns the zero RateStatus if there is no limit.
func (l *rateLimiter) status() RateStatus {
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
