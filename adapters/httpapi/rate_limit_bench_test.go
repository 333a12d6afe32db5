package httpapi

import (
	"net/http"
	"net/http/httptest"
	"net/netip"
	"runtime"
	"sync/atomic"
	"testing"
	"time"
)

// numberedAddress returns the address of a client by its number.
func numberedAddress(n uint32) netip.Addr {
	return netip.AddrFrom4([4]byte{byte(n >> 24), byte(n >> 16), byte(n >> 8), byte(n)})
}

// BenchmarkTake measures the cost of the limit for a request, as many at a time as
// there are processors: of one client, of 1,000, and of new clients with a full table.
func BenchmarkTake(b *testing.B) {
	for _, c := range []struct {
		name    string
		clients uint32
	}{{"one client", 1}, {"1,000 clients", 1000}, {"ever new clients", 1 << 31}} {
		b.Run(c.name, func(b *testing.B) {
			opts := RateOptions{PerSecond: 1e-6, Burst: 200, Clients: 100_000, Now: time.Now}
			l := newRateLimiter(opts, newProblems("", LockHeld{}), errRateLimited)
			var seen atomic.Uint32
			for n := range min(c.clients, 100_000) {
				l.allow(numberedAddress(n))
			}
			b.ReportAllocs()
			b.ResetTimer()
			b.RunParallel(func(more *testing.PB) {
				for more.Next() {
					l.allow(numberedAddress(seen.Add(1) % c.clients))
				}
			})
		})
	}
}

// BenchmarkClients measures the memory of each client in a full table.
func BenchmarkClients(b *testing.B) {
	const clients = 1_000_000
	for b.Loop() {
		var before, after runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&before)
		opts := RateOptions{PerSecond: 1e-6, Burst: 200, Clients: clients, Now: time.Now}
		l := newRateLimiter(opts, newProblems("", LockHeld{}), errRateLimited)
		for n := range uint32(clients) {
			l.allow(numberedAddress(n))
		}
		runtime.GC()
		runtime.ReadMemStats(&after)
		b.ReportMetric(float64(after.HeapAlloc-before.HeapAlloc)/clients, "bytes/client")
		runtime.KeepAlive(l)
	}
}

// BenchmarkRefusal measures a whole request that the limit refuses.
func BenchmarkRefusal(b *testing.B) {
	limit := RateOptions{PerSecond: 1e-6, Burst: 1, Clients: 1, Now: time.Now}
	s := New(nil, nil, Options{NewID: func() string { return "id" }, Rate: limit})
	request := httptest.NewRequest(http.MethodGet, "/v1/stores", nil)
	b.ReportAllocs()
	for b.Loop() {
		s.Handler().ServeHTTP(httptest.NewRecorder(), request)
	}
}

// BenchmarkClientAddress measures the cost of finding the client of a request.
func BenchmarkClientAddress(b *testing.B) {
	direct := &http.Request{RemoteAddr: "192.0.2.17:49152"}
	behind := &http.Request{
		RemoteAddr: "10.0.0.1:49152", Header: http.Header{"X-Forwarded-For": {"198.51.100.7, 10.0.0.2"}},
	}
	for name, p := range map[string]trustedProxies{
		"no trusted proxy": nil, "behind two proxies": {netip.MustParsePrefix("10.0.0.0/8")},
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			request := direct
			if p != nil {
				request = behind
			}
			for b.Loop() {
				if !p.client(request).IsValid() {
					b.Fatal("no address")
				}
			}
		})
	}
}
