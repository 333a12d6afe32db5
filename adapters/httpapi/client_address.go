package httpapi

import (
	"net/http"
	"net/netip"
	"strings"
)

// How much of forwarding headers is read: no chain of proxies is longer, and no
// address with its port, not even in quotes.
const (
	maxHops    = 32
	maxHopText = 64
)

// proxies are the networks whose word about who asks is believed. Whatever
// anybody else says in a forwarding header changes nothing.
type proxies []netip.Prefix

// newProxies lets a network that is written as IPv6 although it is IPv4's count
// as what it is, since addresses are compared as what they are.
func newProxies(networks []netip.Prefix) proxies {
	trusted := make(proxies, 0, len(networks))
	for _, n := range networks {
		if n.Addr().Is4In6() && n.Bits() >= 96 {
			n = netip.PrefixFrom(n.Addr().Unmap(), n.Bits()-96)
		}
		trusted = append(trusted, n.Masked())
	}
	return trusted
}

func (p proxies) trust(address netip.Addr) bool {
	for _, network := range p {
		if network.Contains(address) {
			return true
		}
	}
	return false
}

// client is who asks: the peer, or, where proxies that are trusted stand
// between, the first address before them. Each proxy adds on the right whom it
// was asked by, so the lists are read from right to left: what stands to the left
// of the first address that is not trusted may have been made up. Where a list
// makes no sense, the last proxy that it leads to counts. The zero Addr is a peer
// without an address.
func (p proxies) client(r *http.Request) netip.Addr {
	peer, _ := netip.ParseAddrPort(r.RemoteAddr)
	client := plainAddress(peer.Addr())
	if len(p) == 0 || !p.trust(client) {
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
			if client = address; !p.trust(client) {
				return client
			}
		}
	}
	return client
}

// plainAddress is one address for each host: IPv4 as IPv4, and without a zone.
func plainAddress(a netip.Addr) netip.Addr {
	if a.Is4() {
		return a
	}
	return a.Unmap().WithZone("")
}

// hop reads an address, perhaps with a port, which for IPv6 takes brackets.
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

// forwardedFor reads who was forwarded from an element of Forwarded (RFC 7239,
// section 4). An identifier that hides the address, or "unknown", is none.
func forwardedFor(element string) (address netip.Addr, ok bool) {
	for rest := element; rest != ""; {
		before, pair := cutLast(rest, ';')
		rest = before
		name, value, _ := strings.Cut(pair, "=")
		if !strings.EqualFold(strings.Trim(name, " \t"), "for") {
			continue
		}
		if ok {
			return netip.Addr{}, false // it stands there twice
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

// cutLast divides a list at its last separator that stands in no quoted string.
// It looks from right to left, so that a quotation mark which somebody has left
// open on the left spoils nothing of what proxies have added on the right.
func cutLast(list string, separator byte) (before, last string) {
	quoted := false
	for i := len(list) - 1; i >= 0; i-- {
		switch {
		case list[i] == '"' && !escaped(list[:i]):
			quoted = !quoted
		case list[i] == separator && !quoted:
			return list[:i], list[i+1:]
		}
	}
	return "", list
}

// escaped tells whether what follows text stands behind a backslash of its own.
func escaped(text string) bool {
	return (len(text)-len(strings.TrimRight(text, `\`)))%2 == 1
}
