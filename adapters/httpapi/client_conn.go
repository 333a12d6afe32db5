package httpapi

import (
	"context"
	"net"
	"net/http"
	"net/netip"
	"sync/atomic"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/onhand/onhand/ports"
)

// clientConn is a connection with a place.
type clientConn struct {
	answeredConn
	owner  *connections
	client netip.Addr
	proxy  bool
	scarce bool // has one of the last places
	since  time.Time
	state  atomic.Int32 // a http.ConnState
}

// isIdle reports whether no request is under way on a connection of a client that has so many.
func (c *clientConn) isIdle(ofClient int) bool {
	switch http.ConnState(c.state.Load()) {
	case http.StateIdle:
		return true
	case http.StateNew:
		return ofClient > manyOfAClient && time.Since(c.since) > newTime //nolint:forbidigo // measures
	default:
		return false
	}
}

// Close implements net.Conn.
func (c *clientConn) Close() error {
	c.owner.mu.Lock()
	c.owner.remove(c)
	c.owner.mu.Unlock()
	return c.Conn.Close() //nolint:wrapcheck // net/http compares it
}

// connectionKey finds the connection in the context of its requests.
type connectionKey struct{}

func withConnection(ctx context.Context, conn net.Conn) context.Context {
	return context.WithValue(ctx, connectionKey{}, conn)
}

// limitCrowd keeps the last places for monitoring while there are few: its answers end their
// connections, and other requests on the last places are refused.
func (l *connections) limitCrowd(p problems) gin.HandlerFunc {
	full := p.prepare(&ports.FullError{})
	return func(c *gin.Context) {
		if !l.crowded.Load() {
			return
		}
		if isMonitoring(c.FullPath()) {
			c.Writer.Header()["Connection"] = closing
			return
		}
		conn, known := c.Request.Context().Value(connectionKey{}).(*clientConn)
		if !known || !conn.scarce {
			return
		}
		c.Writer.Header()["Connection"] = closing
		full.send(c, &ports.FullError{Name: "connections", Limit: l.opts.Max}, full.row.retryAfter)
		c.Abort()
	}
}
