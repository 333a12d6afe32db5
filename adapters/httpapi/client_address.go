package httpapi

import (
	"net/http"
	"net/netip"
	"strings"
)

// How much of the forwarding headers is read. No chain of proxies is longer, and no address
// with its port, even in quotation marks.
const (
	maxHops    = 32
	maxHopText = 64
)

// trustedProxies are the networks of proxies that say truthfully which client asked them. The
// forwarding headers of any other peer change nothing.
type trustedProxies []netip.Prefix

// newTrustedProxies turns networks of IPv4 in the form of IPv6 into the form of IPv4, because
// addresses are compared in that form.
func newTrustedProxies(networks []netip.Prefix) trustedProxies {
	trusted := make(trustedProxies, 0, len(networks))
	for _, n := range networks {
		if n.Addr().Is4In6() && n.Bits() >= 96 {
			n = netip.PrefixFrom(n.Addr().Unmap(), n.Bits()-96)
		}
		trusted = append(trusted, n.Masked())
	}
	return trusted
}

func (p trustedProxies) contain(address netip.Addr) bool {
	for _, network := range p {
		if network.Contains(address) {
			return true
		}
	}
	return false
}

// client returns the client's address: the peer, or, where trusted proxies stand between, the
// first address before them. Each proxy adds on the right the address that it was asked by, so
// the lists are read from right to left; the client may have made up what stands to the left
// of the first address that is not trusted. Where a list is malformed, the last proxy that it
// leads to counts as the client. The zero Addr is a peer without an address.
func (p trustedProxies) client(r *http.Request) netip.Addr {
	peer, _ := netip.ParseAddrPort(r.RemoteAddr)
	client := plainAddress(peer.Addr())
	if len(p) == 0 || !p.contain(client) {
		return client
	}
	lists, read := r.Header["X-Forwarded-For"], parseHop
	if len(lists) == 0 {
		lists, read = r.Header["Forwarded"], forwardedFor
	}
	hops := 0
	for i := len(lists) - 1; i >= 0; i-- {
		for rest := lists[i]; rest != ""; {
			if hops++; hops > maxHops {
				return client
			}
			before, last := cutLast(rest, ',')
			rest = before
			if last = strings.Trim(last, " \t"); last == "" {
				continue // RFC 9110, section 5.6.1: a list may have empty elements
			}
			address, ok := read(last)
			if !ok {
				return client
			}
			if client = address; !p.contain(client) {
				return client
			}
		}
	}
	return client
}

// plainAddress returns one form for each host: IPv4 as IPv4, and without a zone.
func plainAddress(a netip.Addr) netip.Addr {
	if a.Is4() {
		return a
	}
	return a.Unmap().WithZone("")
}

// clientNetwork returns what counts as one client: an IPv4 address, or an IPv6 network of 64 bits
// by its first address, because the host of one such address has all of them.
func clientNetwork(a netip.Addr) netip.Addr {
	if !a.Is6() {
		return a
	}
	network, _ := a.Prefix(64) // cannot fail: no zone, and long enough
	return network.Addr()
}

// parseHop reads an address, perhaps with a port, which for IPv6 needs brackets.
func parseHop(text string) (netip.Addr, bool) {
	if len(text) > maxHopText {
		return netip.Addr{}, false
	}
	if inner, bracketed := strings.CutPrefix(text, "["); bracketed {
		inside, after, closed := strings.Cut(inner, "]")
		if !closed || after != "" && after[0] != ':' {
			return netip.Addr{}, false
		}
		text = inside
	} else if strings.Count(text, ":") == 1 {
		text, _, _ = strings.Cut(text, ":")
	}
	address, err := netip.ParseAddr(text)
	return plainAddress(address), err == nil
}

// forwardedFor reads the parameter for of an element of Forwarded (RFC 7239, section 4). An
// identifier that hides the address, or "unknown", is no address.
func forwardedFor(element string) (address netip.Addr, ok bool) {
	for rest := element; rest != ""; {
		before, pair := cutLast(rest, ';')
		rest = before
		name, value, _ := strings.Cut(pair, "=")
		if !strings.EqualFold(strings.Trim(name, " \t"), "for") {
			continue
		}
		if ok {
			return netip.Addr{}, false // the parameter occurs twice
		}
		value = strings.Trim(value, " \t")
		if len(value) > 1 && value[0] == '"' && value[len(value)-1] == '"' {
			value = value[1 : len(value)-1]
		}
		if address, ok = parseHop(value); !ok {
			return netip.Addr{}, false
		}
	}
	return address, ok
}

// cutLast divides a list at its last separator outside a quoted string. It looks from right
// to left, so that a quotation mark that a client has left open on the left spoils nothing of
// what proxies have added on the right.
func cutLast(list string, separator byte) (before, last string) {
	quoted := false
	for i := len(list) - 1; i >= 0; i-- {
		switch {
		case list[i] == '"' && !escapes(list[:i]):
			quoted = !quoted
		case list[i] == separator && !quoted:
			return list[:i], list[i+1:]
		}
	}
	return "", list
}

// escapes reports whether text ends with a backslash that escapes the next character.
func escapes(text string) bool {
	return (len(text)-len(strings.TrimRight(text, `\`)))%2 == 1
}
