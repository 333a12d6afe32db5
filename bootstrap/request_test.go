package bootstrap

import (
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/fx"

	"github.com/onhand/onhand/adapters/httpapi"
)

// serving is the whole service but for its listener.
func serving(b *testing.B, perSecond string) http.Handler {
	c, err := readConfig(map[string]string{
		"ONHAND_DATA_DIR": b.TempDir(), "ONHAND_PORT": "0", "ONHAND_SNAPSHOT_EVERY_N_EVENTS": "0", "ONHAND_RATE_LIMIT_RPS": perSecond, "ONHAND_RATE_LIMIT_BURST": "1000000000",
	})
	require.NoError(b, err)
	writer := newLogWriter(io.Discard, droppedNotice(formatter(c)))
	b.Cleanup(writer.Close)
	logger, err := newLogger(c, writer)
	require.NoError(b, err)
	var server *httpapi.Server
	app := fx.New(options(c, false, logger), fx.Populate(&server))
	require.NoError(b, app.Start(b.Context()))
	b.Cleanup(func() { _ = app.Stop(b.Context()) })
	return server.Handler()
}

// answer throws the body away.
type answer struct {
	header http.Header
	status int
}

func (a *answer) Header() http.Header            { return a.header }
func (a *answer) WriteHeader(status int)         { a.status = status }
func (a *answer) Write(body []byte) (int, error) { return len(body), nil }

// processorTime is what the process has used so far.
func processorTime() time.Duration {
	var used syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &used); err != nil {
		return 0
	}
	return time.Duration(used.Utime.Nano() + used.Stime.Nano())
}

// What a request costs in this process, without the network: a change, and a
// read; with a limit for each client and without.
func BenchmarkRequest(b *testing.B) {
	TuneMemory(0)
	const skus = 10_000
	var seen atomic.Int64
	ask := func(b *testing.B, handler http.Handler, method, path, body string) {
		n := seen.Add(1) % skus
		target := &url.URL{Path: fmt.Sprintf("/v1/stores/S1/items/sku-%d%s", n, path)}
		request := &http.Request{
			Method: method, URL: target, Header: http.Header{"Content-Type": {"application/json"}, "User-Agent": {"test"}}, RemoteAddr: "127.0.0.1:1",
			Body: io.NopCloser(strings.NewReader(body)), ContentLength: int64(len(body)), RequestURI: target.Path,
		}
		answer := &answer{header: http.Header{}}
		if handler.ServeHTTP(answer, request); answer.status != http.StatusOK {
			b.Error(answer.status)
		}
	}
	unlimited, limited := serving(b, "0"), serving(b, "1000000000")
	for _, handler := range []http.Handler{unlimited, limited} {
		for range skus {
			ask(b, handler, http.MethodPost, "/adjustments", `{"delta":5}`)
		}
	}
	for name, do := range map[string]func(b *testing.B){
		"adjust": func(b *testing.B) {
			ask(b, unlimited, http.MethodPost, "/adjustments", `{"delta":1,"reason":"delivery","reference":"PO-4711"}`)
		},
		"get":         func(b *testing.B) { ask(b, unlimited, http.MethodGet, "", "") },
		"get limited": func(b *testing.B) { ask(b, limited, http.MethodGet, "", "") },
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			before := processorTime()
			defer func() {
				b.ReportMetric(float64((processorTime()-before).Microseconds())/float64(b.N), "cpu-µs/op")
			}()
			b.SetParallelism(32) // as many at a time as there are connections in use
			b.RunParallel(func(more *testing.PB) {
				for more.Next() {
					do(b)
				}
			})
		})
	}
}
