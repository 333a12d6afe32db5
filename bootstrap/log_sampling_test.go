package bootstrap

import (
	"net/netip"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/onhand/onhand/adapters/httpapi"
)

func TestRepeatedRequestsGetALineASecond(t *testing.T) {
	s, start := &lineSampler{}, time.Unix(1_800_000_000, 0)
	probe := func(client, route string, after time.Duration) *httpapi.Record {
		return &httpapi.Record{Client: netip.MustParseAddr(client), Route: route, Status: 200, Time: start.Add(after)}
	}
	// Given a client that probes 1,000 times within a second.
	require.True(t, s.admit(probe("2001:db8::1", "/livez", 0)))
	for n := range 999 {
		again := probe("2001:db8::2", "/livez", time.Duration(n)*time.Millisecond)
		require.False(t, s.admit(again), "one network is one client")
	}
	// Then other clients, routes, outcomes and all other requests have lines of their own.
	require.True(t, s.admit(probe("2001:db8:0:1::1", "/livez", time.Millisecond)))
	require.True(t, s.admit(probe("2001:db8::1", "/metrics", time.Millisecond)))
	for _, own := range []httpapi.Record{
		{Route: "/livez", Status: 503}, {Route: "/v1/stores", Status: 200}, {Route: "/livez", Status: 429, Code: "overloaded"},
	} {
		require.True(t, s.admit(&own))
		require.True(t, s.admit(&own))
	}
	// And the first line of the next second has the number of those without one.
	next := probe("2001:db8::1", "/livez", time.Second)
	require.True(t, s.admit(next))
	require.Equal(t, 999, next.Omitted)
	require.Contains(t, string(next.AppendJSON(nil)), `,"omitted":999`)
	slow := probe("2001:db8::1", "/livez", time.Second-time.Millisecond)
	require.False(t, s.admit(slow), "it began before and ended later")
	later := probe("2001:db8::1", "/livez", time.Minute)
	require.True(t, s.admit(later))
	require.Equal(t, 1, later.Omitted)
	require.True(t, s.admit(probe("2001:db8::1", "/livez", 0)), "the clock was set back")
}

func TestRefusalsThatCostNothingGetALineASecond(t *testing.T) {
	for _, code := range []string{"rate-limited", "malformed-request", "headers-too-large"} {
		s := &lineSampler{}
		require.True(t, s.admit(&httpapi.Record{Status: 429, Code: code}))
		require.False(t, s.admit(&httpapi.Record{Status: 429, Code: code}))
	}
}

func TestSampledLinesOfAllClientsAreBounded(t *testing.T) {
	s, lines := &lineSampler{}, 0
	for n := range 10 * maxSampledLines {
		client := netip.AddrFrom4([4]byte{10, byte(n >> 16), byte(n >> 8), byte(n)})
		if s.admit(&httpapi.Record{Client: client, Status: 429, Code: "rate-limited"}) {
			lines++
		}
	}
	require.Equal(t, maxSampledLines, lines)
}
