package endtoend_test

import (
	"bufio"
	"fmt"
	"net"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/onhand/onhand/test/process"
)

// dial opens a plain connection to a service.
func dial(t *testing.T, s *process.Service) *net.TCPConn {
	t.Helper()
	conn, err := net.Dial("tcp", strings.TrimPrefix(s.URL, "http://"))
	require.NoError(t, err)
	t.Cleanup(func() { _ = conn.Close() })
	return conn.(*net.TCPConn)
}

// TestAClientThatClosesItsSideIsNotToldAnUntruth sends writes and closes the
// sending side at once, which looks to the service as if the client had left.
func TestAClientThatClosesItsSideIsNotToldAnUntruth(t *testing.T) {
	service := process.Start(t, t.TempDir(), unlimited)
	acknowledged, unknown := 0, 0
	for range 50 {
		conn := dial(t, service)
		_, err := fmt.Fprintf(conn, "POST %s/adjustments HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 11\r\n\r\n{\"delta\":1}", itemA)
		require.NoError(t, err)
		require.NoError(t, conn.CloseWrite())
		response, err := http.ReadResponse(bufio.NewReader(conn), nil)
		require.NoError(t, err)
		switch response.StatusCode {
		case http.StatusOK:
			acknowledged++
		case http.StatusServiceUnavailable:
			unknown++
		case http.StatusGatewayTimeout: // not run
		default:
			t.Fatalf("status %d", response.StatusCode)
		}
		require.NoError(t, response.Body.Close())
	}
	onHand := 0
	if a := clientOf(t, service).get(itemA); a.Status == http.StatusOK {
		onHand = int(a.json("onHand").(float64))
	}
	require.GreaterOrEqual(t, onHand, acknowledged)
	require.LessOrEqual(t, onHand, acknowledged+unknown, "what was called not run was not run")
}
