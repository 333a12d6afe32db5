package httpapi

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/onhand/onhand/adapters/memory"
)

// listening serves the API at the address that it returns, until the test ends.
func listening(t *testing.T, opts Options) (s *Server, records *[]*Record, address string) {
	t.Helper()
	s, records = newTestServer(t, memory.NewEventStore(time.Minute, time.Now), opts)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	ended := make(chan error, 1)
	go func() { ended <- s.Serve(listener) }()
	t.Cleanup(func() {
		require.NoError(t, s.http.Close())
		require.NoError(t, <-ended)
	})
	return s, records, listener.Addr().String()
}

// dialled connects to an address, for as long as the test runs.
func dialled(t *testing.T, address string) net.Conn {
	t.Helper()
	conn, err := net.Dial("tcp", address)
	require.NoError(t, err)
	require.NoError(t, conn.SetDeadline(time.Now().Add(time.Minute)))
	t.Cleanup(func() { _ = conn.Close() })
	return conn
}

func TestWhatIsNoRequestGetsAProblemDocument(t *testing.T) {
	_, records, address := listening(t, Options{PublicURL: "https://stock.example"})
	for text, code := range map[string]string{
		"GET /%zz HTTP/1.1\r\nHost: x\r\n\r\n":                                    "malformed-request",
		"GET / HTTP/1.1\r\nHost: x\r\nno colon\r\n\r\n":                           "malformed-request",
		"GET / HTTP/1.1\r\n\r\n":                                                  "malformed-request",
		"GET / HTTP/1.1\r\nHost: x\r\nA\x01: b\r\n\r\n":                           "malformed-request",
		"GET / HTTP/3.1\r\nHost: x\r\n\r\n":                                       "malformed-request",
		"nonsense\r\n\r\n":                                                        "malformed-request",
		"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: gzip\r\n\r\n":           "malformed-request",
		"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n":                "malformed-request",
		"GET / HTTP/1.1\r\nHost: x\r\nX: " + strings.Repeat("x", 64<<10) + "\r\n": "headers-too-large",
	} {
		conn := dialled(t, address)
		_, _ = fmt.Fprint(conn, text) // the service may close the connection before it has read all
		answer, err := http.ReadResponse(bufio.NewReader(conn), nil)
		require.NoError(t, err, text[:12])
		status := map[string]int{"malformed-request": 400, "headers-too-large": 431}[code]
		require.Equal(t, status, answer.StatusCode, text[:12])
		require.Equal(t, "application/problem+json", answer.Header.Get("Content-Type"))
		require.Equal(t, "nosniff", answer.Header.Get("X-Content-Type-Options"))
		require.True(t, answer.Close)
		body, err := io.ReadAll(answer.Body)
		require.NoError(t, err)
		require.NoError(t, answer.Body.Close())
		var document map[string]any
		require.NoError(t, json.Unmarshal(body, &document))
		require.Equal(t, code, document["code"])
		require.Equal(t, "https://stock.example/problems/"+code, document["type"])
		require.Equal(t, answer.Header.Get("X-Request-Id"), document["requestId"])
		require.NotEmpty(t, document["detail"])
		last := (*records)[len(*records)-1]
		require.Equal(t, code, last.Code)
		require.Equal(t, "127.0.0.1", last.Client.String())
	}
}

func TestARequestWithADoubtfulEndIsTheLastOfItsConnection(t *testing.T) {
	const chunks, head = "\r\n\r\n0\r\n\r\n", "GET /v1/stores HTTP/1.%d\r\nHost: x\r\n"
	_, _, address := listening(t, Options{})
	for request, ends := range map[string]bool{
		"GET /v1/stores HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked" + chunks:     true,
		"GET /v1/stores HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nContent-Length: 100" + chunks:   true,
		"GET /v1/stores HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked" + chunks:                          true,
		"GET /v1/stores HTTP/1.0\r\nHost: x\r\nConnection: keep-alive\r\nTransfer-Encoding: chunked\r\n\r\n": true,
		"GET /v1/stores HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n":                                    false,
	} {
		conn := dialled(t, address)
		_, err := fmt.Fprint(conn, request, fmt.Sprintf(head, 1), "Connection: close\r\n\r\n")
		require.NoError(t, err)
		said, err := io.ReadAll(conn)
		if err != nil {
			require.NotContains(t, err.Error(), "timeout")
		}
		answers := strings.Count(string(said), "HTTP/1.")
		require.Equal(t, map[bool]int{true: 1, false: 2}[ends], answers, "%q", request)
		require.Contains(t, string(said), "Connection: close")
	}
}
