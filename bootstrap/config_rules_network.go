package bootstrap

import (
	"fmt"
	"net/netip"
	"net/url"
	"strings"
)

// networkRules protect the service, its clients and the network inside from attackers.
var networkRules = []rule{
	{
		about: []string{"ONHAND_PUBLIC_URL"}, unsafe: "empty",
		because: "events and problems would lack their source", instead: "set the https URL of the service for clients",
		found: func(c Config, _ hostLimits) string {
			if c.PublicURL == "" {
				return "is empty"
			}
			return ""
		},
	},
	{
		about: []string{"ONHAND_PUBLIC_URL"}, unsafe: "http, unless the host is loopback",
		because: "an attacker could read and change requests", instead: "use https, by a proxy with a certificate",
		found: func(c Config, _ hostLimits) string { return plainHTTP(c.PublicURL) },
	},
	{
		about:   []string{"ONHAND_RATE_LIMIT_RPS", "ONHAND_HOST"},
		unsafe:  "0 while `ONHAND_HOST` is not loopback",
		because: "one client could take all capacity", instead: "set a limit, or listen on loopback and let a proxy limit clients",
		found: func(c Config, _ hostLimits) string {
			if c.RateLimitRPS == 0 && !loopback(c.Host) {
				return "is 0 while ONHAND_HOST is " + c.Host
			}
			return ""
		},
	},
	{
		about:   []string{"ONHAND_TRUSTED_PROXIES"},
		unsafe:  "wider than /8; IPv6: than /16, or /7 inside fc00::/7",
		because: "clients could fake addresses and evade the rate limit", instead: "name only the networks of the proxies",
		found: func(c Config, _ hostLimits) string {
			return anyOf(c.TrustedProxies, func(text string) bool { return wide(prefix(text)) })
		},
	},
	{
		about: []string{"ONHAND_CORS_ALLOWED_ORIGINS"}, unsafe: "`*`",
		because: "any web page could call the API from visitors' browsers", instead: "name the origins of your pages",
		found: func(c Config, _ hostLimits) string {
			return anyOf(c.CORSAllowedOrigins, func(text string) bool { return text == "*" })
		},
	},
	{
		about: []string{"ONHAND_CORS_ALLOWED_ORIGINS"}, unsafe: "an origin of http",
		because: "an attacker could change that page to call the API", instead: "serve the page by https",
		found: func(c Config, _ hostLimits) string {
			return anyOf(c.CORSAllowedOrigins, func(text string) bool { return strings.HasPrefix(text, "http://") })
		},
	},
	{
		about: []string{"ONHAND_ALLOWED_HOSTS"}, unsafe: "`*`",
		because: "any web page could call the API after DNS rebinding", instead: "name the hosts that clients use",
		found: func(c Config, _ hostLimits) string {
			return anyOf(c.AllowedHosts, func(text string) bool { return text == "*" })
		},
	},
	{
		about: []string{"ONHAND_WEBHOOK_ALLOW_HTTP"}, unsafe: "`true`",
		because: "an attacker could read and withhold events", instead: "use receivers with https",
		found: func(c Config, _ hostLimits) string {
			if c.WebhookAllowHTTP {
				return "is true"
			}
			return ""
		},
	},
	{
		about:   []string{"ONHAND_WEBHOOK_ALLOWED_NETWORKS"},
		unsafe:  "loopback, link-local or metadata addresses; wider than /8 (IPv6: /16)",
		because: "a webhook could reach this machine, or the cloud's credentials",
		instead: "name only the networks of the receivers",
		found: func(c Config, _ hostLimits) string {
			return anyOf(c.WebhookNetworks, func(text string) bool { return sensitive(prefix(text)) })
		},
	},
	{
		about: []string{"ONHAND_PPROF_PORT"}, unsafe: "set",
		because: "all local users could read names and keys in memory", instead: "unset it; profile outside production",
		found: func(c Config, _ hostLimits) string {
			if c.PprofPort != 0 {
				return fmt.Sprint("is ", c.PprofPort)
			}
			return ""
		},
	},
	{
		about:   []string{"ONHAND_PPROF_PORT", "ONHAND_PORT"},
		unsafe:  "the same as `ONHAND_PORT`",
		when:    everywhere,
		because: "only one can listen on a port", instead: "use another port, or 0 to serve no profiles",
		found: func(c Config, _ hostLimits) string {
			if c.PprofPort != 0 && c.PprofPort == c.Port {
				return fmt.Sprint("is ONHAND_PORT, ", c.Port)
			}
			return ""
		},
	},
}

// anyOf lists the entries that are not safe.
func anyOf(entries []string, unsafe func(string) bool) string {
	var found []string
	for _, entry := range entries {
		if unsafe(entry) {
			found = append(found, entry)
		}
	}
	if found == nil {
		return ""
	}
	return "has " + strings.Join(found, ", ")
}

func loopback(host string) bool {
	address, err := netip.ParseAddr(host)
	return err == nil && address.Unmap().IsLoopback() || host == "localhost" || strings.HasSuffix(host, ".localhost")
}

func plainHTTP(text string) string {
	u, err := url.Parse(text)
	if err != nil || u.Scheme != "http" || loopback(u.Hostname()) {
		return ""
	}
	return "begins with http"
}

// prefix parses a valid network. A network of mapped addresses becomes the network of IPv4
// that it stands for.
func prefix(text string) netip.Prefix {
	p := netip.MustParsePrefix(text)
	if p.Addr().Is4In6() && p.Bits() >= 96 {
		p = netip.PrefixFrom(p.Addr().Unmap(), p.Bits()-96)
	}
	return p.Masked()
}

var uniqueLocal = netip.MustParsePrefix("fc00::/7")

// wide reports whether a network is wider than the networks of one operator.
func wide(p netip.Prefix) bool {
	if p.Addr().Is4() {
		return p.Bits() < 8
	}
	return p.Bits() < 16 && (!uniqueLocal.Contains(p.Addr()) || p.Bits() < 7)
}

// inside are the addresses of programs that a machine trusts: its own, and those on its link.
var inside = []netip.Prefix{
	prefix("127.0.0.0/8"), prefix("0.0.0.0/8"), prefix("::1/128"), prefix("::/128"),
	prefix("169.254.0.0/16"), prefix("fe80::/10"),
	// Other metadata services of clouds.
	prefix("100.100.100.200/32"), prefix("192.0.0.192/32"), prefix("168.63.129.16/32"), prefix("fd00:ec2::254/128"),
}

func sensitive(p netip.Prefix) bool {
	if wide(p) {
		return true
	}
	for _, q := range inside {
		if p.Overlaps(q) {
			return true
		}
	}
	return false
}
