package httpapi

import (
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/gin-contrib/cors"
	"github.com/gin-gonic/gin"
)

// BrowserOptions configure the headers for browsers.
type BrowserOptions struct {
	// ContentPolicy is the Content-Security-Policy; empty is DefaultContentPolicy.
	ContentPolicy string
	// HSTS is how long browsers use TLS only; 0 leaves the header to the proxy at which TLS
	// ends, which knows better.
	HSTS time.Duration
	// Origins are the origins of pages that may call the API; "*" is any. Without one, answers
	// say nothing about origins, and browsers let no page of another origin read them.
	Origins []string
}

// DefaultContentPolicy forbids everything to an answer that is opened as a page. Its
// frame-ancestors say what X-Frame-Options would.
const DefaultContentPolicy = "default-src 'none'; frame-ancestors 'none'"

// Header values that are the same in all answers. Nothing may change them.
var (
	nosniff    = []string{"nosniff"}
	noReferrer = []string{"no-referrer"}
	noCache    = []string{"no-cache"} // an answer may be stored, but must be validated by its ETag before use
	byOrigin   = []string{"Origin"}
)

// secureHeaders tells browsers not to guess anything about answers. A map of up to eight
// headers is small; a ninth header costs a microsecond and seven allocations, which only the
// rate limit is worth. Cross-Origin-Resource-Policy is not: it would keep other pages from
// embedding JSON, which nosniff prevents already, and the service knows no credentials that
// they could abuse.
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

// preflightAge is how long browsers may cache a preflight: the longest time that any of them
// accepts.
const preflightAge = 2 * time.Hour

// allowOrigins lets pages of the given origins call the API, without credentials, and answers
// their preflights. Pages of other origins get the answer without any permission, and a
// preflight gets the answer to a method that no route has: the browser hides both from them.
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
			"Allow", "ETag", "Idempotency-Key-Expires", "Idempotent-Replayed", "Location", "Onhand-Position", "RateLimit",
			"RateLimit-Policy", "Retry-After", "X-Request-ID",
		},
		MaxAge: preflightAge,
	}
	if !all {
		config.AllowOrigins = origins
	}
	allow := cors.New(config)
	return func(c *gin.Context) {
		c.Writer.Header()["Vary"] = byOrigin // on every answer, because caches serve them to other origins, too
		asked := c.Request.Header
		if !all && !slices.Contains(origins, asked.Get("Origin")) {
			return // cors would answer with a 403 without a body
		}
		if c.Request.Method == http.MethodOptions && asked.Get("Access-Control-Request-Method") == "" {
			return // cors would treat it as a preflight, which it is not
		}
		// cors ignores an origin that equals Host, as its own. But a proxy may have removed the
		// port or changed the scheme, so that the two origins differ.
		host := c.Request.Host
		c.Request.Host = ""
		allow(c)
		c.Request.Host = host
	}
}
