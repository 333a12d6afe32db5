package endtoend_test

import (
	"bufio"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/onhand/onhand/test/process"
)

// impatient makes the service's time limits short.
const impatient = "REQUEST_TIMEOUT_MS=2000"

// ends waits until the service ends a connection, and returns what it said.
func ends(t *testing.T, conn io.Reader) string {
	t.Helper()
	said, err := io.ReadAll(conn)
	if err != nil {
		require.NotContains(t, err.Error(), "i/o timeout")
	}
	return string(said)
}

func TestClientsThatTakeTheirTime(t *testing.T) {
	service := process.Start(t, t.TempDir(), unlimited, impatient)
	c := clientOf(t, service)
	patient := time.Now().Add(time.Minute)

	var slow []io.Reader
	for n := range 200 { // headers that never end
		conn := dial(t, service)
		require.NoError(t, conn.SetReadDeadline(patient))
		_, err := fmt.Fprintf(conn, "GET /livez HTTP/1.1\r\nHost: localhost\r\nX-Slow-%d: ", n)
		require.NoError(t, err)
		slow = append(slow, conn)
	}
	c.ok(c.adjust(itemA, `{"delta":1}`))
	for _, conn := range slow {
		ends(t, conn)
	}

	conn := dial(t, service) // a body that never comes
	require.NoError(t, conn.SetReadDeadline(patient))
	_, err := fmt.Fprintf(conn, "POST %s/adjustments HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 11\r\n\r\n{\"del", itemA)
	require.NoError(t, err)
	require.Contains(t, ends(t, conn), `"code":"timeout"`)

	conn = dial(t, service) // a client that asks and asks, and never reads
	require.NoError(t, conn.SetWriteDeadline(patient))
	request := []byte("GET /openapi.yaml HTTP/1.1\r\nHost: localhost\r\n\r\n")
	for err == nil {
		_, err = conn.Write(request)
	}
	require.NotContains(t, err.Error(), "i/o timeout", "the service hung up")
	require.EqualValues(t, 1, c.ok(c.get(itemA)).json("onHand"))
}

func TestHugeRequests(t *testing.T) {
	service := process.Start(t, t.TempDir(), unlimited)
	c := clientOf(t, service)
	conn := dial(t, service)
	_, _ = fmt.Fprintf(conn, "GET /livez HTTP/1.1\r\nHost: localhost\r\nX-Huge: %s\r\n\r\n", strings.Repeat("x", 64<<10))
	response, err := http.ReadResponse(bufio.NewReader(conn), nil)
	require.NoError(t, err)
	require.Equal(t, http.StatusRequestHeaderFieldsTooLarge, response.StatusCode)
	problem, err := io.ReadAll(response.Body)
	require.NoError(t, err)
	require.NoError(t, response.Body.Close())
	require.Contains(t, string(problem), `"code":"headers-too-large"`)
	c.refused(c.get("/v1/stores/S1/items/"+strings.Repeat("x", 8000)), 422, "validation-failed")
	c.refused(c.get(itemA+"?"+strings.Repeat("x=1&", 2000)), 400, "malformed-query")
	for _, body := range []string{
		strings.Repeat("[", 1<<19), `{"delta":` + strings.Repeat("9", 1<<19) + `}`, `{"reason":"` + strings.Repeat(`\u0041`, 1<<17) + `"`,
	} {
		a := c.adjust(itemA, body)
		require.GreaterOrEqual(t, a.Status, 400)
		require.Less(t, a.Status, 500)
	}
	c.refused(c.get(itemA), 404, "item-not-found")
}

func TestTablesHaveLimitsAndForgetNothing(t *testing.T) {
	const limit = 200
	dir := t.TempDir()
	environment := []string{unlimited, fmt.Sprint("MAX_STREAMS=", limit)}
	service := process.Start(t, dir, environment...)
	c := clientOf(t, service)
	item := func(n int) string { return fmt.Sprint("/v1/stores/S1/items/", n) }
	key := func(n int) string { return fmt.Sprint("Idempotency-Key: ", n) }
	for n := range limit {
		c.ok(c.adjust(item(n), `{"delta":1}`, key(n)))
	}
	full := func(c client) {
		for n := limit; n < limit+20; n++ {
			a := c.refused(c.adjust(item(n), `{"delta":1}`), 503, "limit-reached")
			require.Equal(t, "live streams", a.json("table"))
			require.Empty(t, a.Header.Get("Retry-After"), "waiting does not help")
			require.EqualValues(t, limit, a.json("limit"))
		}
		for n := range limit {
			require.Equal(t, "true", c.ok(c.adjust(item(n), `{"delta":1}`, key(n))).Header.Get("Idempotent-Replayed"), "key %d",
				n)
		}
	}
	full(c)
	c.ok(c.adjust(item(0), `{"delta":1}`))
	service.Stop(t)
	c = clientOf(t, process.Start(t, dir, environment...))
	full(c)
	require.EqualValues(t, 2, c.get(item(0)).json("onHand"))
	require.EqualValues(t, limit, c.get("/v1/status").json("limits", "tables", "live streams", "entries"))
}
