package httpapi

import (
	"net/http"
	"net/netip"

	"github.com/gin-gonic/gin"
)

// The least that each client may ask of /livez, /readyz and /metrics, where requests are limited
// at all: an orchestrator, a load balancer and Prometheus ask a few times a second together.
const (
	monitoringPerSecond = 100
	monitoringBurst     = 200
)

// isMonitoring reports whether a route is one that monitoring asks, by whatever name and
// address it has found the service.
func isMonitoring(route string) bool {
	return route == "/livez" || route == "/readyz" || route == "/metrics"
}

// newMonitoringLimiter makes the limit of these routes. No other request takes from it, so that
// a client that exceeds its rate can still be watched.
func newMonitoringLimiter(opts RateOptions, p problems) *rateLimiter {
	opts.PerSecond = max(opts.PerSecond, monitoringPerSecond)
	opts.Burst = max(opts.Burst, monitoringBurst)
	return newRateLimiter(opts, p, errRateLimited)
}

// limitMonitoring refuses requests beyond the limit of these routes. A refusal ends its
// connection, which slows its client down.
func (l *rateLimiter) limitMonitoring(c *gin.Context) {
	if !isMonitoring(c.FullPath()) {
		return
	}
	allowed := l.allow(record(c).Client)
	if allowed.ok {
		return
	}
	c.Writer.Header()["Connection"] = closing
	l.problem.send(c, nil, allowed.seconds)
	c.Abort()
}

// Repeats names requests that are alike, so that a log can leave out all but one of them: a
// success of monitoring, or a refusal that costs its client nothing. The zero value is a
// request of its own.
func (r *Record) Repeats() Repeats {
	free := r.Status == http.StatusOK && isMonitoring(r.Route)
	switch r.Code {
	case "rate-limited", "too-many-at-once", "malformed-request", "headers-too-large":
		free = true
	}
	if !free {
		return Repeats{}
	}
	return Repeats{Client: clientNetwork(r.Client), Route: r.Route, Code: r.Code, any: true}
}

// Repeats is a kind of requests of one client.
type Repeats struct {
	Client netip.Addr // an IPv6 network by its first address
	Route  string
	Code   string

	any bool
}
