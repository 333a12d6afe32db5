package webhook

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"testing"

	"github.com/stretchr/testify/require"
)

// none is a machine without an address.
func none() ([]net.Addr, error) { return nil, nil }

func TestOnlyPublicAddressesAreDialled(t *testing.T) {
	for kind, addresses := range map[string][]string{
		"this network":       {"0.0.0.0", "0.1.2.3", "::"},
		"loopback":           {"127.0.0.1", "127.255.255.254", "::1"},
		"private":            {"10.0.0.1", "10.255.255.255", "172.16.0.1", "172.31.255.255", "192.168.0.1", "192.168.255.255", "fc00::1", "fd12:3456::1"},
		"link-local":         {"169.254.169.254", "fe80::1", "fe80::1%eth0", "febf::1", "fec0::1"},
		"carrier's NAT":      {"100.64.0.1", "100.127.255.255"},
		"protocols":          {"192.0.0.1", "192.0.0.170", "192.88.99.1", "2001:1::1", "2001:20::1", "100::1", "5f00::1"},
		"documentation":      {"192.0.2.1", "198.51.100.1", "203.0.113.1", "2001:db8::1", "3fff::1"},
		"benchmarking":       {"198.18.0.1", "198.19.255.255", "2001:2::1"},
		"multicast":          {"224.0.0.1", "239.255.255.255", "ff02::1", "ff0e::1"},
		"reserved":           {"240.0.0.1", "255.255.255.254", "4000::1", "8000::1"},
		"broadcast":          {"255.255.255.255"},
		"mapped":             {"::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:169.254.169.254", "::127.0.0.1"},
		"NAT64":              {"64:ff9b::7f00:1", "64:ff9b::a00:1", "64:ff9b:1::1"},
		"6to4 and Teredo":    {"2002:7f00:1::1", "2002:a00:1::1", "2001:0:7f00:1::1", "2001::1"},
		"what is no address": {"localhost", "", "127.1", "0x7f.1"},
	} {
		for _, address := range addresses {
			err := guard{interfaces: none}.control(context.Background(), "tcp", net.JoinHostPort(address, "443"), nil)
			require.ErrorIs(t, err, errInternal, "%s: %s", kind, address)
		}
	}
	for _, address := range []string{
		"1.1.1.1", "9.255.255.255", "100.63.255.255", "100.128.0.1", "172.15.0.1", "172.32.0.1", "192.0.1.1", "198.17.1.1",
		"223.255.255.254", "::ffff:8.8.8.8", "2606:4700::1111", "2a00:1450::1", "2001:4860::8888",
	} {
		err := guard{interfaces: none}.control(context.Background(), "tcp", net.JoinHostPort(address, "80"), nil)
		require.NoError(t, err, address)
	}
}

func TestTheOperatorMayAllowNetworks(t *testing.T) {
	g := guard{interfaces: none, allowed: []netip.Prefix{
		netip.MustParsePrefix("127.0.0.0/8"), netip.MustParsePrefix("fd00::/64"),
	}}
	for address, allowed := range map[string]bool{
		"127.0.0.1:80": true, "[::ffff:127.0.0.1]:80": true, "[fd00::5]:80": true, "[fd00::5%eth0]:80": true, "1.1.1.1:80": true,
		"[::1]:80": false, "10.0.0.1:80": false, "[fd00:1::5]:80": false,
	} {
		require.Equal(t, allowed, g.control(context.Background(), "tcp", address, nil) == nil, address)
	}
}

// A machine may have a public address, and services on it that listen on all addresses.
func TestAddressesOfTheMachineAreNotDialled(t *testing.T) {
	var interfaces []net.Addr
	for _, text := range []string{"8.8.4.4/24", "2606:4700::1/64", "127.0.0.1/8"} {
		ip, network, err := net.ParseCIDR(text)
		require.NoError(t, err)
		interfaces = append(interfaces, &net.IPNet{IP: ip, Mask: network.Mask}) // an IPv4 address in 16 bytes
	}
	g := guard{interfaces: func() ([]net.Addr, error) { return interfaces, nil }}
	for address, refusal := range map[string]error{
		"8.8.4.4:443": errOwn, "[::ffff:8.8.4.4]:443": errOwn, "[2606:4700::1]:443": errOwn, "[2606:4700::1%eth0]:443": errOwn,
		"8.8.4.5:443": nil, "[2606:4700::2]:443": nil, "127.0.0.1:443": errInternal,
	} {
		require.ErrorIs(t, g.control(context.Background(), "tcp", address, nil), refusal, address)
	}
	g.allowed = []netip.Prefix{netip.MustParsePrefix("8.8.4.4/32")}
	require.NoError(t, g.control(context.Background(), "tcp", "8.8.4.4:443", nil))

	g.interfaces = func() ([]net.Addr, error) { return nil, errors.New("out of memory") }
	require.ErrorIs(t, g.control(context.Background(), "tcp", "1.1.1.1:443", nil), errOwn, "it may be")
	require.NoError(t, g.control(context.Background(), "tcp", "8.8.4.4:443", nil))
}
