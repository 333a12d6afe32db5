package httpapi

import (
	"bytes"
	"io"
	"net/http"
	"sync/atomic"

	"github.com/gin-gonic/gin"

	"github.com/onhand/onhand/ports"
)

// probeGuard knows whether a breaker may be probing without asking it, which costs.
type probeGuard struct {
	refused atomic.Bool // the breaker refused a request lately
}

// bufferBody reads the body of a request that may become the probe of a half-open breaker.
// The breaker refuses all other requests until the probe ends, and a slow client must not
// decide when that is.
func (p *probeGuard) bufferBody(c *gin.Context, breaker ports.Breaker) error {
	if !p.refused.Load() {
		return nil
	}
	switch breaker.Status().State {
	case ports.BreakerOpen: // refuses the request for next to nothing
		return nil
	case ports.BreakerClosed:
		p.refused.Store(false)
		return nil
	}
	if c.Request.Body == nil || c.Request.Body == http.NoBody {
		return nil
	}
	body, err := readBody(c, maxBatchBytes) // handlers check their own limits
	if err != nil {
		return err
	}
	c.Request.Body = io.NopCloser(bytes.NewReader(body))
	return nil
}

// observe notes the error of a request.
func (p *probeGuard) observe(err error) {
	if _, open := err.(*ports.OpenError); open { //nolint:errorlint // the port does not wrap it
		p.refused.Store(true)
	}
}
