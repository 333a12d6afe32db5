package httpapi

import (
	"net/http"
	"net/netip"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// inside are the trusted proxies of these tests.
var inside = newTrustedProxies([]netip.Prefix{
	netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("fd00::/8"), netip.MustParsePrefix("::ffff:172.16.0.0/108"),
})

func TestTheClientIsTheFirstAddressBeforeTrustedProxies(t *testing.T) {
	const peer = "10.0.0.1:4711"
	long := strings.TrimSuffix(strings.Repeat("10.0.0.3, ", maxHops), ", ")
	for _, c := range []struct {
		name, peer string
		header     http.Header
		client     string
	}{
		{"without a header it is the peer", peer, nil, "10.0.0.1"},
		{
			"headers of a peer that is not trusted change nothing", "192.0.2.1:1", forwarded("X-Forwarded-For", "198.51.100.7"),
			"192.0.2.1",
		},
		{
			"also by the other headers", "192.0.2.1:1",
			http.Header{"Forwarded": {"for=198.51.100.7"}, "X-Real-Ip": {"198.51.100.7"}},
			"192.0.2.1",
		},
		{"one proxy", peer, forwarded("X-Forwarded-For", "198.51.100.7"), "198.51.100.7"},
		{
			"addresses further left may be forged", peer, forwarded("X-Forwarded-For", "203.0.113.9, 198.51.100.7"),
			"198.51.100.7",
		},
		{
			"trusted proxies are passed over", peer, forwarded("X-Forwarded-For", "198.51.100.7,10.0.0.2 , 172.16.0.1"),
			"198.51.100.7",
		},
		{
			"all lines of the header count", peer,
			forwarded("X-Forwarded-For", "203.0.113.9", "198.51.100.7, 10.0.0.3", "10.0.0.2"), "198.51.100.7",
		},
		{"if all are trusted, the first of them", peer, forwarded("X-Forwarded-For", "10.0.0.9, 10.0.0.2"), "10.0.0.9"},
		{
			"garbage ends the list at the last good address", peer,
			forwarded("X-Forwarded-For", "198.51.100.7, who knows, 10.0.0.2"), "10.0.0.2",
		},
		{"also where it is all there is", peer, forwarded("X-Forwarded-For", "unknown"), "10.0.0.1"},
		{"empty elements are none", peer, forwarded("X-Forwarded-For", "198.51.100.7,, ,", ""), "198.51.100.7"},
		{"ports do not matter", peer, forwarded("X-Forwarded-For", "198.51.100.7:80"), "198.51.100.7"},
		{"nor do brackets", peer, forwarded("X-Forwarded-For", "[2001:db8::7]:80"), "2001:db8::7"},
		{"IPv6 may stand there plainly", peer, forwarded("X-Forwarded-For", "2001:db8::7"), "2001:db8::7"},
		{"IPv4 in IPv6 is IPv4", "[::ffff:10.0.0.1]:1", forwarded("X-Forwarded-For", "::ffff:198.51.100.7"), "198.51.100.7"},
		{"and is trusted as IPv4", peer, forwarded("X-Forwarded-For", "198.51.100.7, ::ffff:10.0.0.2"), "198.51.100.7"},
		{"zones are stripped", "[fd00::1%eth0]:1", forwarded("X-Forwarded-For", "fe80::7%eth1"), "fe80::7"},
		{
			"an open quotation mark on the left spoils nothing", peer, forwarded("X-Forwarded-For", `"x, 198.51.100.7`),
			"198.51.100.7",
		},
		{"no text is too long to be garbage", peer, forwarded("X-Forwarded-For", strings.Repeat("1", 100_000)), "10.0.0.1"},
		{
			"a chain longer than any is not read to its end", peer, forwarded("X-Forwarded-For", "198.51.100.7, "+long),
			"10.0.0.3",
		},
		{
			"nor are commas without end", peer, forwarded("X-Forwarded-For", "198.51.100.7"+strings.Repeat(",", 100_000)),
			"10.0.0.1",
		},

		{"Forwarded says it, too", peer, forwarded("Forwarded", "for=198.51.100.7;proto=https;by=10.0.0.1"), "198.51.100.7"},
		{"in any case and order", peer, forwarded("Forwarded", `proto=http; FOR="198.51.100.7:8080"`), "198.51.100.7"},
		{
			"with IPv6 in quotes and brackets", peer, forwarded("Forwarded", `for="[2001:db8:cafe::17]:4711"`),
			"2001:db8:cafe::17",
		},
		{"with a port that is hidden", peer, forwarded("Forwarded", `for="198.51.100.7:_p"`), "198.51.100.7"},
		{
			"through several proxies and lines", peer,
			forwarded("Forwarded", "for=203.0.113.9, for=198.51.100.7", "for=10.0.0.2"), "198.51.100.7",
		},
		{
			"with separators in quotes", peer, forwarded("Forwarded", `for=198.51.100.7;host="a, for=203.0.113.9;for=\"x"`),
			"198.51.100.7",
		},
		{
			"an identifier that hides the address ends it", peer,
			forwarded("Forwarded", "for=198.51.100.7, for=_hidden, for=10.0.0.2"), "10.0.0.2",
		},
		{"so does unknown", peer, forwarded("Forwarded", "for=198.51.100.7, for=unknown"), "10.0.0.1"},
		{"and an element without an address", peer, forwarded("Forwarded", "for=198.51.100.7, proto=https"), "10.0.0.1"},
		{"or two", peer, forwarded("Forwarded", "for=198.51.100.7;for=203.0.113.9"), "10.0.0.1"},
		{"an open quotation mark spoils nothing", peer, forwarded("Forwarded", `for="x, for=198.51.100.7`), "198.51.100.7"},
		{
			"X-Forwarded-For comes first", peer,
			http.Header{"Forwarded": {"for=203.0.113.9"}, "X-Forwarded-For": {"198.51.100.7"}},
			"198.51.100.7",
		},
		{"X-Real-IP is never believed", peer, forwarded("X-Real-Ip", "198.51.100.7"), "10.0.0.1"},
	} {
		t.Run(c.name, func(t *testing.T) {
			client := inside.client(&http.Request{RemoteAddr: c.peer, Header: c.header})
			require.Equal(t, c.client, client.String())
		})
	}
	require.False(t, inside.client(&http.Request{RemoteAddr: "@"}).IsValid(), "a socket of the file system has no address")
}

func forwarded(name string, lines ...string) http.Header { return http.Header{name: lines} }

// FuzzTheClientAddress looks for a list that breaks the parser, or in which text on the left of
// the proxies' addresses counts.
func FuzzTheClientAddress(f *testing.F) {
	for _, seed := range []string{
		"", "1.2.3.4", `for="[::1]:80"`, `"`, `\"`, ",;=", "for=", `for="`, "[", "[::1", "::1%",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, left string) {
		for name, right := range map[string]string{
			"X-Forwarded-For": "198.51.100.7", "Forwarded": "for=198.51.100.7;proto=https",
		} {
			for _, lines := range [][]string{{left + ", " + right}, {left, right}} {
				client := inside.client(&http.Request{RemoteAddr: "10.0.0.1:1", Header: http.Header{name: lines}})
				require.Equal(t, "198.51.100.7", client.String())
			}
			client := inside.client(&http.Request{RemoteAddr: "10.0.0.1:1", Header: http.Header{name: {left}}})
			require.True(t, client.IsValid())
			require.Equal(t, plainAddress(client), client)
		}
	})
}
