package webhook

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"slices"
	"syscall"
)

// The errors of addresses that webhooks must not go to. They do not say which: the name of a host
// inside should not become its address outside.
var (
	errInternal = errors.New("an address that is not public")
	errOwn      = errors.New("an address of this machine")
)

// guard decides which addresses are dialled.
type guard struct {
	allowed    []netip.Prefix
	interfaces func() ([]net.Addr, error) // the addresses of this machine
}

// control is asked by the dialer with the very address that it is about to connect
// to, after the name was looked up: no second look-up can change it.
func (g guard) control(_ context.Context, _, address string, _ syscall.RawConn) error {
	at, err := netip.ParseAddrPort(address)
	if err != nil {
		return errInternal
	}
	ip := at.Addr().Unmap().WithZone("")
	switch {
	case slices.ContainsFunc(g.allowed, func(n netip.Prefix) bool { return n.Contains(ip) }):
		return nil
	case !public(ip):
		return errInternal
	case g.own(ip):
		return errOwn
	}
	return nil
}

// own reports whether an address is one of this machine, which may have a public one: services
// that listen on all its addresses need not be there for the public. It asks the machine each
// time, since interfaces come and go, and takes each address for its own if that fails.
func (g guard) own(ip netip.Addr) bool {
	addresses, err := g.interfaces()
	if err != nil {
		return true
	}
	return slices.ContainsFunc(addresses, func(a net.Addr) bool {
		network, ok := a.(*net.IPNet)
		if !ok {
			return false
		}
		own, ok := netip.AddrFromSlice(network.IP)
		return ok && own.Unmap() == ip
	})
}

// public reports whether an address is one of the public Internet: by the special-purpose
// registries of IANA (RFC 6890 and its successors).
func public(ip netip.Addr) bool {
	if ip.Is6() && !global.Contains(ip) {
		return false // loopback, unique local, link-local, multicast, mapped, NAT64, and unassigned
	}
	return !slices.ContainsFunc(reserved, func(n netip.Prefix) bool { return n.Contains(ip) })
}

// global is all of IPv6 that is given out to the Internet.
var global = netip.MustParsePrefix("2000::/3")

var reserved = networks(
	"0.0.0.0/8",       // this network
	"10.0.0.0/8",      // private
	"100.64.0.0/10",   // inside a carrier's NAT
	"127.0.0.0/8",     // loopback
	"169.254.0.0/16",  // link-local, where clouds keep their metadata
	"172.16.0.0/12",   // private
	"192.0.0.0/24",    // protocol assignments
	"192.0.2.0/24",    // documentation
	"192.88.99.0/24",  // relays of 6to4
	"192.168.0.0/16",  // private
	"198.18.0.0/15",   // benchmarking
	"198.51.100.0/24", // documentation
	"203.0.113.0/24",  // documentation
	"224.0.0.0/4",     // multicast
	"240.0.0.0/4",     // reserved, and broadcast
	"2001::/23",       // protocol assignments: Teredo, benchmarking, ORCHID
	"2001:db8::/32",   // documentation
	"2002::/16",       // 6to4, which can carry any IPv4 address
	"3fff::/20",       // documentation
)

func networks(texts ...string) []netip.Prefix {
	list := make([]netip.Prefix, len(texts))
	for i, text := range texts {
		list[i] = netip.MustParsePrefix(text)
	}
	return list
}
