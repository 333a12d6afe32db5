package bootstrap

import (
	"fmt"
	"net/netip"
	"net/url"
	"strings"
)

// networkRules keep attackers from what only clients and operators may reach.
var networkRules = []rule{
	{
		about: []string{"PUBLIC_URL"}, unsafe: "empty",
		because: "events and problems would not say which service they come from", instead: "set the https URL under which clients find the service",
		found: func(c Config, _ hostLimits) string {
			if c.PublicURL == "" {
				return "is empty"
			}
			return ""
		},
	},
	{
		about: []string{"PUBLIC_URL"}, unsafe: "http, but for a loopback host",
		because: "clients would be led to where others can read and change what is sent", instead: "serve by https, behind a proxy that has the certificate",
		found: func(c Config, _ hostLimits) string { return plainHTTP(c.PublicURL) },
	},
	{
		about: []string{"RATE_LIMIT_RPS", "HOST"}, unsafe: "0 while `HOST` is not loopback",
		because: "one client could take the service from all others", instead: "set a limit, or listen on loopback behind a proxy that has one",
		found: func(c Config, _ hostLimits) string {
			if c.RateLimitRPS == 0 && !loopback(c.Host) {
				return "is 0 while HOST is " + c.Host
			}
			return ""
		},
	},
	{
		about: []string{"TRUSTED_PROXIES"}, unsafe: "a network wider than /8, or /16 of IPv6 outside of fc00::/7",
		because: "clients could claim any address and so pass every limit", instead: "name the proxies' own networks",
		found: func(c Config, _ hostLimits) string {
			return anyOf(c.TrustedProxies, func(text string) bool { return wide(prefix(text)) })
		},
	},
	{
		about: []string{"CORS_ALLOWED_ORIGINS"}, unsafe: "`*`",
		because: "any page could call the API with its visitors' browsers", instead: "name the origins of your pages",
		found: func(c Config, _ hostLimits) string {
			return anyOf(c.CORSAllowedOrigins, func(text string) bool { return text == "*" })
		},
	},
	{
		about: []string{"CORS_ALLOWED_ORIGINS"}, unsafe: "an origin of http",
		because: "an attacker between a browser and that page could call the API", instead: "serve the page by https",
		found: func(c Config, _ hostLimits) string {
			return anyOf(c.CORSAllowedOrigins, func(text string) bool { return strings.HasPrefix(text, "http://") })
		},
	},
	{
		about: []string{"WEBHOOK_ALLOW_HTTP"}, unsafe: "`true`",
		because: "an attacker in between could read and hold back what is sent", instead: "let receivers have https",
		found: func(c Config, _ hostLimits) string {
			if c.WebhookAllowHTTP {
				return "is true"
			}
			return ""
		},
	},
	{
		about: []string{"WEBHOOK_ALLOWED_NETWORKS"}, unsafe: "loopback, link-local or metadata addresses, or a network wider than /8 (IPv6: /16)",
		because: "a client that may set up webhooks could send requests to this machine, or ask the cloud's metadata service for credentials",
		instead: "name the receivers' own networks, narrowly",
		found: func(c Config, _ hostLimits) string {
			return anyOf(c.WebhookNetworks, func(text string) bool { return sensitive(prefix(text)) })
		},
	},
	{
		about: []string{"PPROF_PORT"}, unsafe: "set",
		because: "profiles show names and keys from memory to every user of the machine", instead: "set it for as long as you look, outside of production",
		found: func(c Config, _ hostLimits) string {
			if c.PprofPort != 0 {
				return fmt.Sprint("is ", c.PprofPort)
			}
			return ""
		},
	},
	{
		about: []string{"PPROF_PORT", "PORT"}, unsafe: "the same as `PORT`", when: everywhere,
		because: "only one can listen there", instead: "use another port, or 0 for none",
		found: func(c Config, _ hostLimits) string {
			if c.PprofPort != 0 && c.PprofPort == c.Port {
				return fmt.Sprint("is PORT, ", c.Port)
			}
			return ""
		},
	},
}

// anyOf names the entries that are not safe.
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

// prefix is a checked network; one of mapped addresses as the network of IPv4 that
// it is.
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

// inside are addresses at which a machine trusts its own programs, or those on its link.
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
