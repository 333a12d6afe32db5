package httpapi

import (
	"sync/atomic"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/onhand/onhand/ports"
)

// traffic is what the parts of the server share about the requests under way.
type traffic struct {
	inFlight atomic.Int64
	draining atomic.Bool
}

// observer makes the exchange of each request: its id, deadline and log record.
type observer struct {
	traffic *traffic
	proxies trustedProxies
	bodies  *bodyQuota
	waits   ports.Bulkhead // bounds the requests that wait without a permit; may be nil
	waiting *shares        // of each client in them
	timeout time.Duration  // 0: none
	newID   ports.IDSource
	log     func(*Record)
}

// observe runs the other handlers of a request, and logs it when it has ended.
func (o *observer) observe(c *gin.Context) {
	id := c.GetHeader("X-Request-Id")
	if !isVisible(id, 128) {
		id = o.newID()
	}
	x := &exchange{ResponseWriter: c.Writer, record: Record{
		Time:      time.Now(),
		Method:    clip(c.Request.Method),
		Route:     c.FullPath(),
		Path:      clip(c.Request.URL.EscapedPath()),
		Client:    o.proxies.client(c.Request),
		UserAgent: clip(c.Request.UserAgent()),
		RequestID: id,
	}}
	o.traffic.inFlight.Add(1)
	defer o.traffic.inFlight.Add(-1)
	x.deadline.parent = c.Request.Context()
	if o.waits != nil {
		x.waits = sharedBulkhead{Bulkhead: o.waits, shares: o.waiting, client: x.record.Client}
		x.permit.waits = &x.waits
	}
	if o.timeout > 0 {
		x.deadline.at = x.record.Time.Add(o.timeout)
	}
	defer x.deadline.end()
	x.body.bodyQuota = o.bodies
	defer x.body.release()
	c.Writer = x
	setHeader(c, "X-Request-Id", id)
	if o.traffic.draining.Load() || hasDoubtfulEnd(c.Request) {
		c.Writer.Header()["Connection"] = closing
	}
	c.Next()
	r := &x.record
	r.Duration = time.Since(r.Time)
	r.Status, r.Bytes = c.Writer.Status(), max(0, c.Writer.Size())
	o.log(r)
}
