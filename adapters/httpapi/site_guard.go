package httpapi

import (
	"errors"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strings"

	"github.com/gin-gonic/gin"
)

// errCrossOrigin refuses a write of a web page of another origin. No setting turns the check
// off, except for the origins that may call the API.
var errCrossOrigin = errors.New("the request comes from a web page of another origin, which may not write: " +
	"ONHAND_CORS_ALLOWED_ORIGINS names the origins that may")

// foreignHostError refuses a request that asks for another host.
type foreignHostError struct{ host string }

func (e *foreignHostError) Error() string {
	return "the service does not answer for the host " + clip(e.host) +
		": use the host of ONHAND_PUBLIC_URL, an IP address or localhost, or name the host in ONHAND_ALLOWED_HOSTS"
}

// siteGuard protects the API from web pages that a user of its network visits. Such a page
// reaches a service that the page's own server cannot reach. It may send a write and ignore
// the answer (cross-site request forgery), or let its own name lead to the service, to be of
// the same origin (DNS rebinding).
type siteGuard struct {
	origins *http.CrossOriginProtection // nil: pages of any origin may write
	hosts   []string                    // names in small letters; nil: the service answers for any
}

// newSiteGuard trusts the origins of the options, and that of the public URL: a proxy may give
// the service another Host than browsers send.
func newSiteGuard(opts Options) *siteGuard {
	g := &siteGuard{}
	for _, name := range opts.Hosts {
		g.hosts = append(g.hosts, plainHost(name))
	}
	if slices.Contains(g.hosts, "*") {
		g.hosts = nil
	}
	if slices.Contains(opts.Browsers.Origins, "*") {
		return g
	}
	g.origins = http.NewCrossOriginProtection()
	trusted := opts.Browsers.Origins
	if own, err := url.Parse(opts.PublicURL); err == nil && own.Host != "" {
		trusted = append(slices.Clip(trusted), strings.ToLower(own.Scheme+"://"+own.Host))
	}
	for _, origin := range trusted {
		if err := g.origins.AddTrustedOrigin(origin); err != nil {
			panic(err) // the configuration checks origins
		}
	}
	return g
}

// check returns why a request must be refused, or nil.
func (g *siteGuard) check(c *gin.Context) error {
	if g.hosts != nil && mayServeAPage(c) && !g.answersFor(c.Request.Host) {
		return &foreignHostError{host: c.Request.Host}
	}
	if g.origins != nil && g.origins.Check(c.Request) != nil {
		return errCrossOrigin
	}
	return nil
}

// mayServeAPage reports whether a foreign page could gain from a request: by any write, or by a read
// that a browser sends. Browsers name languages in every request; a page can change these, but not
// leave them out. So programs may read by any name that leads to the service.
func mayServeAPage(c *gin.Context) bool {
	if isMonitoring(c.FullPath()) {
		return false
	}
	if c.Request.Method != http.MethodGet && c.Request.Method != http.MethodHead {
		return true
	}
	return slices.ContainsFunc(marksOfBrowsers, func(name string) bool { return c.Request.Header[name] != nil })
}

// marksOfBrowsers are headers, in canonical form, by which a read may come from a page.
var marksOfBrowsers = []string{"Accept-Language", "Origin", "Referer", "Sec-Fetch-Site"}

// answersFor reports whether a request may ask for the host. An IP address is always right,
// because no name leads to it: a page of that origin comes from the service itself. So is a
// name that means this machine everywhere. Only a client of HTTP/1.0, which is no browser, may
// send no host.
func (g *siteGuard) answersFor(host string) bool {
	if host == "" || slices.Contains(g.hosts, host) {
		return true
	}
	name := plainHost(host)
	if _, err := netip.ParseAddr(name); err == nil {
		return true
	}
	return name == "localhost" || strings.HasSuffix(name, ".localhost") || slices.Contains(g.hosts, name)
}

// plainHost returns the host in small letters, without its port, the brackets of an address and
// the dot of the root.
func plainHost(host string) string {
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	} else if inner, bracketed := strings.CutPrefix(host, "["); bracketed {
		host = strings.TrimSuffix(inner, "]")
	}
	return strings.ToLower(strings.TrimSuffix(host, "."))
}

// guardSites refuses the requests of foreign pages, before any work.
func guardSites(opts Options, p problems) gin.HandlerFunc {
	guard := newSiteGuard(opts)
	return func(c *gin.Context) {
		if err := guard.check(c); err != nil {
			p.write(c, err)
			c.Abort()
		}
	}
}
