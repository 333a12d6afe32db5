package endtoend_test

import (
	"fmt"
	"io"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/onhand/onhand/test/process"
)

func TestAServiceThatStopsServesOnUntilItIsNoticed(t *testing.T) {
	dir := t.TempDir()
	service := process.Start(t, dir, unlimited, "SHUTDOWN_DELAY_MS=86400000")
	c := clientOf(t, service)
	s := c.stream("after=0")
	service.Terminate(t)
	require.Eventually(t, func() bool { return c.get("/readyz").Status == http.StatusServiceUnavailable }, patience,
		time.Millisecond)
	require.Equal(t, "shutting down", c.get("/readyz").json("checks", "serving", "detail"))
	require.Equal(t, http.StatusOK, c.get("/livez").Status)
	for m, err := s.Next(); m.Comment != "shutting down"; m, err = s.Next() {
		require.NoError(t, err)
	}
	c.refused(c.get("/v1/events?wait=1"), 503, "shutting-down")
	for range 3 {
		c.ok(c.adjust(itemA, `{"delta":1}`)) // the port is still open
	}
	conn := dial(t, service)
	_, err := fmt.Fprintf(conn, "GET %s HTTP/1.1\r\nHost: localhost\r\n\r\n", itemA)
	require.NoError(t, err)
	require.Contains(t, ends(t, conn), "Connection: close", "clients are asked to reconnect")
	service.Terminate(t) // the second signal ends it at once
	require.Equal(t, 1, service.Wait(t))
	require.EqualValues(t, 3, clientOf(t, process.Start(t, dir, unlimited)).get(itemA).json("onHand"))
}

func TestASecondSignalEndsADrainAtOnce(t *testing.T) {
	service := process.Start(t, t.TempDir(), unlimited, "SHUTDOWN_TIMEOUT_MS=86400000", "REQUEST_TIMEOUT_MS=86400000")
	hang(t, service)
	service.Terminate(t)
	require.Eventually(t, func() bool {
		_, err := clientOf(t, service).try(http.MethodGet, "/livez", "")
		return err != nil
	}, patience, time.Millisecond, "the port is closed")
	service.Terminate(t)
	require.Equal(t, 1, service.Wait(t))
}

func TestARequestThatHangsIsCutWhenTheTimeToStopIsOver(t *testing.T) {
	service := process.Start(t, t.TempDir(), unlimited, "SHUTDOWN_TIMEOUT_MS=100", "REQUEST_TIMEOUT_MS=86400000")
	conn := hang(t, service)
	service.Stop(t)
	require.NotContains(t, ends(t, conn), "200 OK")
	require.Contains(t, service.Log(), `"message":"the server closed connections: their requests did not end in time","component":"httpapi"`)
}

// hang begins a request that does not end.
func hang(t *testing.T, service *process.Service) io.Reader {
	t.Helper()
	conn := dial(t, service)
	_, err := fmt.Fprintf(conn, "POST %s/adjustments HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 11\r\n\r\n{\"del", itemA)
	require.NoError(t, err)
	clientOf(t, service).fills("api-waits", "inUse", 1)
	return conn
}
