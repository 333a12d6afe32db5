package httpapi

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/onhand/onhand/adapters/bulkhead"
	"github.com/onhand/onhand/adapters/jsonevents"
	"github.com/onhand/onhand/application/ledger"
	"github.com/onhand/onhand/ports"
)

// discardedAnswer keeps nothing of an answer except its headers and status.
type discardedAnswer struct {
	header http.Header
	status int
}

func (a *discardedAnswer) Header() http.Header            { return a.header }
func (a *discardedAnswer) WriteHeader(status int)         { a.status = status }
func (a *discardedAnswer) Write(body []byte) (int, error) { return len(body), nil }

// newBenchServer makes an API on real files with a bulkhead of so many permits. It encodes the
// record of each request as the log of the service does.
func newBenchServer(b *testing.B, permits, room int) (*Server, ports.Bulkhead) {
	store, err := jsonevents.Open(b.TempDir(), jsonevents.Options{})
	require.NoError(b, err)
	start := time.Now()
	now := func() (time.Time, time.Duration) { return time.Now(), time.Since(start) }
	clock := ledger.NewClock(now, func(ports.Incident) {})
	var made atomic.Int64
	ids := func() string { return fmt.Sprintf("0190a3c0-968c-79da-8e45-%012d", made.Add(1)) }
	l := ledger.New(store, store, clock, ids, ledger.Options{})
	require.NoError(b, l.Open(b.Context()))
	b.Cleanup(func() { require.NoError(b, l.Close(context.Background())); require.NoError(b, store.Close()) })
	lines := sync.Pool{New: func() any { return new([]byte) }}
	work := bulkhead.New(bulkhead.Options{Name: "api", Permits: permits, Queue: room})
	return New(l, store, Options{
		RequestTimeout: 10 * time.Second, NewID: ids, Overload: Overload{Work: work, Breaker: closedBreaker{}},
		Log: func(r *Record) {
			line := lines.Get().(*[]byte)
			*line = r.AppendJSON((*line)[:0])
			lines.Put(line)
		},
	}), work
}

// closedBreaker is a breaker that never opens.
type closedBreaker struct{}

func (closedBreaker) Do(ctx context.Context, call func(context.Context) error) error {
	return call(ctx)
}

func (closedBreaker) Status() ports.BreakerStatus { return ports.BreakerStatus{Name: "api"} }

// benchmarkAdjustments makes adjustments, as many at a time as there are connections in use,
// requires the status of each answer, and measures processor time.
func benchmarkAdjustments(b *testing.B, s *Server, status int) {
	paths := make([]string, 10_000)
	for i := range paths {
		paths[i] = fmt.Sprintf("/v1/stores/S1/items/sku-%d/adjustments", i)
	}
	var seen atomic.Int64
	b.ReportAllocs()
	before := processorTime(b)
	b.SetParallelism(32)
	b.RunParallel(func(more *testing.PB) {
		const content = `{"delta":1,"reason":"delivery","reference":"PO-4711"}`
		target, body := &url.URL{}, strings.NewReader(content)
		answer := &discardedAnswer{header: http.Header{}}
		request := &http.Request{
			Method: http.MethodPost, URL: target, RemoteAddr: "127.0.0.1:1",
			Body: io.NopCloser(body), ContentLength: int64(len(content)),
			Header: http.Header{"Content-Type": {"application/json"}, "User-Agent": {"test"}},
		}
		for more.Next() {
			target.Path = paths[seen.Add(1)%int64(len(paths))]
			body.Reset(content)
			clear(answer.header)
			if s.Handler().ServeHTTP(answer, request); answer.status != status {
				b.Error(answer.status)
			}
		}
	})
	b.ReportMetric(float64((processorTime(b)-before).Nanoseconds())/float64(b.N), "cpu-ns/op")
}

// BenchmarkServed and BenchmarkShed compare the cost of a change with that of shedding it,
// which is less than a tenth.
func BenchmarkServed(b *testing.B) {
	s, _ := newBenchServer(b, 64, 1000)
	benchmarkAdjustments(b, s, http.StatusOK)
}

func BenchmarkShed(b *testing.B) {
	s, work := newBenchServer(b, 1, 0)
	require.NoError(b, work.Acquire(b.Context(), false))
	defer work.Release()
	benchmarkAdjustments(b, s, http.StatusServiceUnavailable)
}
