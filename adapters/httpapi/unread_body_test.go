package httpapi

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/onhand/onhand/adapters/bulkhead"
	"github.com/onhand/onhand/adapters/memory"
)

// TestARefusalDoesNotWaitForTheBody gives requests more time than the test has, so that a
// server that waits for the rest of a body fails the test.
func TestARefusalDoesNotWaitForTheBody(t *testing.T) {
	full := bulkhead.New(bulkhead.Options{Name: "api", Permits: 1})
	require.NoError(t, full.Acquire(t.Context(), false))
	rate := RateOptions{PerSecond: 0.001, Burst: 1, Clients: 10, Now: (&manualClock{}).now}
	for what, c := range map[string]struct {
		opts   Options
		path   string
		status int
	}{
		"too often":        {Options{Rate: rate}, adjustments, 429},
		"too many at work": {Options{Overload: Overload{Work: full}}, adjustments, 503},
		"no route":         {Options{}, "/nowhere", 404},
		"no JSON":          {Options{}, adjustments, 415},
	} {
		t.Run(what, func(t *testing.T) {
			c.opts.RequestTimeout = time.Hour
			s, _ := newTestServer(t, memory.NewEventStore(time.Minute, time.Now), c.opts)
			service := httptest.NewUnstartedServer(nil)
			service.Config = s.http
			service.Start()
			defer service.Close()
			if s.rate != nil {
				require.True(t, s.rate.allow(netip.MustParseAddr("127.0.0.1")).ok)
			}
			ask := func(head, body string) {
				conn, err := net.Dial("tcp", service.Listener.Addr().String())
				require.NoError(t, err)
				defer func() { require.NoError(t, conn.Close()) }()
				require.NoError(t, conn.SetDeadline(time.Now().Add(time.Minute)))
				answers := bufio.NewReader(conn)
				for range 2 {
					_, err = fmt.Fprintf(conn, "POST %s HTTP/1.1\r\nHost: x\r\n%s\r\n\r\n%s", c.path, head, body)
					require.NoError(t, err)
					answer, err := http.ReadResponse(answers, nil)
					require.NoError(t, err)
					require.Equal(t, c.status, answer.StatusCode)
					_, err = io.Copy(io.Discard, answer.Body)
					require.NoError(t, err)
					if answer.Close {
						require.NotEqual(t, "{}", body, "a client that has sent its whole body may ask again on this connection")
						return
					}
				}
				require.Equal(t, "{}", body, "the rest of the body would be taken for another request")
			}
			ask("Content-Length: 2", "{}")
			ask("Content-Length: 2", "{")
			ask("Content-Length: 2", "")
			ask("Content-Length: 2\r\nExpect: 100-continue", "")
			ask("Transfer-Encoding: chunked", "2\r\n{}\r\n")
		})
	}
}
