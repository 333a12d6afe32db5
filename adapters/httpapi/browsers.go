package httpapi

import (
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/gin-contrib/cors"
	"github.com/gin-gonic/gin"
)

// BrowserOptions are what browsers are told.
type BrowserOptions struct {
	// ContentPolicy is the Content-Security-Policy; empty is DefaultContentPolicy.
	ContentPolicy string
	// HSTS is how long browsers are to come by TLS only; 0 does not tell them, since
	// TLS ends in front of the service, where it is better known.
	HSTS time.Duration
	// Origins are those whose pages may call the API; "*" is any. Without one,
	// answers say nothing about it, and browsers let no other page read them.
	Origins []string
}

// DefaultContentPolicy lets an answer that somebody opens as a page do nothing. Its
// frame-ancestors say what X-Frame-Options would.
const DefaultContentPolicy = "default-src 'none'; frame-ancestors 'none'"

// Header values that do not differ from answer to answer. Nobody changes them.
var (
	nosniff    = []string{"nosniff"}
	noReferrer = []string{"no-referrer"}
	noCache    = []string{"no-cache"} // keep it, but ask before using it: the ETag tells
	byOrigin   = []string{"Origin"}
)

// secureHeaders tells browsers to do nothing clever with answers. A map of up to
// eight headers is small; a ninth costs a microsecond and seven allocations, which a
// limit of requests pays for what it tells. Cross-Origin-Resource-Policy is not worth
// it: what it keeps other pages from embedding is JSON, which nosniff keeps from them
// already, and the service knows no credentials that they could borrow.
func secureHeaders(opts BrowserOptions) gin.HandlerFunc {
	policy, secure := []string{DefaultContentPolicy}, []string(nil)
	if opts.ContentPolicy != "" {
		policy = []string{opts.ContentPolicy}
	}
	if opts.HSTS > 0 {
		secure = []string{"max-age=" + strconv.Itoa(int(opts.HSTS/time.Second)) + "; includeSubDomains"}
	}
	return func(c *gin.Context) {
		h := c.Writer.Header()
		h["X-Content-Type-Options"] = nosniff
		h["Referrer-Policy"] = noReferrer
		h["Content-Security-Policy"] = policy
		h["Cache-Control"] = noCache
		if secure != nil {
			h["Strict-Transport-Security"] = secure
		}
	}
}

// preflightAge is how long browsers may remember what they may do: as long as
// any of them does.
const preflightAge = 2 * time.Hour

// allowOrigins lets pages of other origins call the API, without credentials. It
// answers their preflights. To all others it says nothing: they get the ordinary
// answer, a preflight that of a method which no route has, and the browser keeps
// it from the page.
func allowOrigins(origins []string) gin.HandlerFunc {
	all := slices.Contains(origins, "*")
	config := cors.Config{
		AllowAllOrigins: all,
		AllowMethods:    []string{http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodDelete},
		AllowHeaders: []string{
			"Accept", "Cache-Control", "Content-Type", "Idempotency-Key", "If-Match", "If-None-Match", "Last-Event-ID",
			"Onhand-Min-Position", "Traceparent", "Tracestate", "X-Actor", "X-Request-ID",
		},
		ExposeHeaders: []string{
			"Allow", "ETag", "Idempotent-Replayed", "Location", "Onhand-Position", "RateLimit", "RateLimit-Policy", "Retry-After", "X-Request-ID",
		},
		MaxAge: preflightAge,
	}
	if !all {
		config.AllowOrigins = origins
	}
	allow := cors.New(config)
	return func(c *gin.Context) {
		c.Writer.Header()["Vary"] = byOrigin // also on answers that this origin, or none, asked for
		asked := c.Request.Header
		if !all && !slices.Contains(origins, asked.Get("Origin")) {
			return // cors would answer with a bare 403
		}
		if c.Request.Method == http.MethodOptions && asked.Get("Access-Control-Request-Method") == "" {
			return // no preflight, although cors would take it for one
		}
		// cors says nothing to an origin that Host names: it takes it for our own. But a proxy
		// may have left out our port, or scheme, in which that differs.
		host := c.Request.Host
		c.Request.Host = ""
		allow(c)
		c.Request.Host = host
	}
}
