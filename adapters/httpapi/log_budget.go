package httpapi

import (
	"errors"
	"net/netip"

	"github.com/gin-gonic/gin"
)

var errLogBudget = errors.New(
	"this client's writes exceed its budget of bytes in the log: wait for the seconds in Retry-After, and send smaller writes",
)

// logBudget bounds how many bytes of the log each client may write, beside the number of its requests: a
// few bytes of a request may write many. It is the token bucket of rateLimiter with bytes for tokens. What a
// command writes is known only once it is durable, so a client may owe bytes, for a minute
// at most. While it does, its writes are refused; reads are not.
type logBudget struct{ *rateLimiter }

// newLogBudget returns a budget without a limit if its options have none.
func newLogBudget(opts RateOptions, p problems) logBudget {
	return logBudget{newRateLimiter(opts, p, errLogBudget)}
}

// spender returns a function that charges a client with what a command has written, nil without a
// limit. The request may be over by then: a client that leaves pays, too.
func (b logBudget) spender(client netip.Addr) func(bytes int64) {
	if b.rateLimiter == nil {
		return nil
	}
	return func(bytes int64) { b.take(client, float64(bytes)) }
}

func (r RateStatus) logDocument() gin.H {
	return gin.H{
		"bytesPerSecond": int64(r.PerSecond), "burstBytes": r.Burst, "refused": r.Refused,
		"clients": r.Clients, "clientsLimit": r.ClientsLimit,
	}
}
