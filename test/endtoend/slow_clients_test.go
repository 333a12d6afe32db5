package endtoend_test

import (
	"bufio"
	"fmt"
	"io"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/onhand/onhand/test/process"
)

// asked sends a request for readiness and reads the answer.
func asked(t *testing.T, conn io.ReadWriter) {
	t.Helper()
	_, err := fmt.Fprint(conn, "GET /readyz HTTP/1.1\r\nHost: localhost\r\n\r\n")
	require.NoError(t, err)
	response, err := http.ReadResponse(bufio.NewReader(conn), nil)
	require.NoError(t, err)
	require.Equal(t, http.StatusOK, response.StatusCode)
	_, err = io.Copy(io.Discard, response.Body)
	require.NoError(t, err)
}

func TestIdleClientsDoNotKeepOthersOut(t *testing.T) {
	const connections = 5
	service := process.Start(t, t.TempDir(), unlimited, fmt.Sprint("MAX_CONNECTIONS=", connections),
		"IDLE_TIMEOUT_MS=1500", "HEADER_TIMEOUT_MS=1500")
	patient := time.Now().Add(time.Minute)
	for _, kind := range []string{"that were served", "that never asked"} {
		var idle []io.Reader
		for range connections {
			conn := dial(t, service)
			require.NoError(t, conn.SetDeadline(patient))
			if kind == "that were served" {
				asked(t, conn)
			}
			idle = append(idle, conn)
		}
		late := dial(t, service) // waits for a place
		require.NoError(t, late.SetDeadline(patient))
		asked(t, late)
		require.NoError(t, late.Close())
		for _, conn := range idle {
			require.Empty(t, ends(t, conn), "those %s are closed", kind)
		}
	}
}

// TestAClientThatReadsAByteAtATimeIsCutOff asks for more than what lies between
// can hold, and takes it slowly enough never to be done.
func TestAClientThatReadsAByteAtATimeIsCutOff(t *testing.T) {
	service := process.Start(t, t.TempDir(), unlimited, "REQUEST_TIMEOUT_MS=500")
	conn := dial(t, service)
	require.NoError(t, conn.SetReadBuffer(4<<10))
	asking := make(chan error, 1)
	go func() {
		var err error
		for err == nil {
			_, err = fmt.Fprint(conn, "GET /openapi.yaml HTTP/1.1\r\nHost: localhost\r\n\r\n")
		}
		asking <- err
	}()
	began := time.Now()
	pause := time.NewTicker(10 * time.Millisecond)
	defer pause.Stop()
	for one := make([]byte, 1); ; {
		select {
		case err := <-asking:
			require.Regexp(t, "reset by peer|broken pipe", err.Error(), "the service hung up")
			clientOf(t, service).ok(clientOf(t, service).get("/readyz"))
			return
		case <-pause.C:
			_, _ = conn.Read(one) // the bytes so far; the end shows where it is asked
			require.Less(t, time.Since(began), time.Minute)
		}
	}
}
