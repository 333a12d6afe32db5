package httpapi

import (
	"bytes"
	"io"
	"net/http"
	"sync/atomic"

	"github.com/gin-gonic/gin"

	"github.com/onhand/onhand/ports"
)

// probing is what a way knows of its breaker without asking it, which costs.
type probeGuard struct {
	refused atomic.Bool // a request lately
}

// enter lets a request go to the breaker. While one request at a time is let through as a
// probe, its body must be there before: all others are refused until the probe is over,
// and that must not be for a client to decide.
func (p *probeGuard) bufferBody(c *gin.Context, breaker ports.Breaker) error {
	if !p.refused.Load() {
		return nil
	}
	switch breaker.Status().State {
	case ports.BreakerOpen: // refuses it for next to nothing
		return nil
	case ports.BreakerClosed:
		p.refused.Store(false)
		return nil
	}
	if c.Request.Body == nil || c.Request.Body == http.NoBody {
		return nil
	}
	body, err := readBody(c, maxBatchBytes) // handlers look for what is too much for them
	if err != nil {
		return err
	}
	c.Request.Body = io.NopCloser(bytes.NewReader(body))
	return nil
}

// seen notes what a request met.
func (p *probeGuard) observe(err error) {
	if _, open := err.(*ports.OpenError); open { //nolint:errorlint // as it comes from the port
		p.refused.Store(true)
	}
}
