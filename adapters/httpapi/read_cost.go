package httpapi

import (
	"net/netip"
	"time"

	"github.com/gin-gonic/gin"
)

const (
	// workPerToken is the work of a read that costs as much as another request. The limits of 100
	// requests per second leave a client two fifths of a processor.
	workPerToken = 4 * time.Millisecond
	// maxDebt bounds the time that a client must wait for what a read has cost.
	maxDebt = time.Minute
)

// charge takes the tokens for the work of a read from its client's bucket. What a read costs is
// known only when it has ended, so the bucket may become a debt, which the client waits for. A read
// that is cheaper than workPerToken costs its own token only.
func (l *rateLimiter) charge(client netip.Addr, work time.Duration) {
	if l == nil || work < workPerToken {
		return
	}
	l.take(client, float64(work/workPerToken))
}

// take takes tokens from a client's bucket, up to a debt that the client waits for.
func (l *rateLimiter) take(client netip.Addr, cost float64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := l.opts.Now()
	bucket := l.bucket(client, now)
	owed := max(0, -bucket.TokensAt(now))
	most := max(1, maxDebt.Seconds()*l.opts.PerSecond-owed)
	for tokens := int(min(most, cost)); tokens > 0; tokens -= l.opts.Burst {
		bucket.ReserveN(now, min(tokens, l.opts.Burst))
	}
}

// refuseDebtor refuses a request of a client that owes the work of others, and reports whether it
// has. Without the check, a client would get all that it has asked for before the first was paid.
func (l *rateLimiter) refuseDebtor(c *gin.Context) bool {
	if l == nil {
		return false
	}
	tokens := l.tokens(record(c).Client)
	if tokens >= 0 {
		return false
	}
	l.problem.send(c, nil, l.allowance(false, tokens).seconds)
	c.Abort()
	return true
}

// tokens returns how many tokens a client has, and counts a refusal if it has less than none.
func (l *rateLimiter) tokens(client netip.Addr) float64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	bucket, known := l.buckets.Peek(clientNetwork(client))
	if !known {
		return 0
	}
	tokens := bucket.TokensAt(l.opts.Now())
	if tokens < 0 {
		l.refused++
	}
	return tokens
}
