package endtoend_test

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"
	"unicode"

	"github.com/stretchr/testify/require"

	"github.com/onhand/onhand/test/process"
)

// TestARequestCannotForgeALogLine sends, byte for byte, what would end a line, begin
// another, command a terminal or fill a disk, in everything that is logged of a
// request.
func TestARequestCannotForgeALogLine(t *testing.T) {
	for _, format := range []string{"json", "ecs"} {
		service := process.Start(t, t.TempDir(), "LOG_FORMAT="+format, "TRUSTED_PROXIES=127.0.0.0/8")
		logged := 0
		for _, hostile := range []string{
			"\n", "\r", "\r\n{\"level\":\"forged\"}", "\x1b[2J", "\u2028", "\u0085", "\u009b2J", "\u202e", "\x00", "\xff\xfe", "\x7f", `"},{"`, `\`, "%0A%00%1b%E2%80%A8",
			strings.Repeat("x", 10_000), strings.Repeat("\u2028", 3_000), strings.Repeat("x", 100_000), strings.Repeat("\xff", 100_000),
		} {
			logged += tell(t, service, "GET /"+hostile+" HTTP/1.1\r\nHost: localhost\r\n")
			logged += tell(t, service, "GET /v1/stores?x="+hostile+" HTTP/1.1\r\nHost: localhost\r\n")
			logged += tell(t, service, hostile+" / HTTP/1.1\r\nHost: localhost\r\n")
			for _, name := range []string{"User-Agent", "X-Request-ID", "X-Actor", "X-Forwarded-For", "Forwarded"} {
				logged += tell(t, service,
					"POST "+itemA+"/adjustments HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 11\r\n"+name+": "+hostile+"\r\n",
					`{"delta":1}`)
			}
		}
		service.Stop(t)
		require.Greater(t, logged, 50)
		requests := 0
		for line := range strings.Lines(service.Log()) {
			var entry struct{ Message, Level string }
			require.NoError(t, json.Unmarshal([]byte(line), &entry), line)
			require.Less(t, len(line), 4000)
			require.Equal(t, -1,
				strings.IndexFunc(strings.TrimSuffix(line, "\n"), func(r rune) bool { return !unicode.IsPrint(r) }), "%q", line)
			require.NotEqual(t, "forged", entry.Level)
			if entry.Message == "request" && !malformed.MatchString(line) {
				requests++
			}
		}
		require.Equal(t, logged, requests, "one line for each request that is one, in %s", format)
	}
}

// malformed matches the answer to what is no request, and its line in the log, of which a client
// gets one a second.
var malformed = regexp.MustCompile(`"(malformed-request|headers-too-large)"`)

// tell sends a request as it is, and returns 1 if the service took it for one.
func tell(t *testing.T, service *process.Service, head string, body ...string) int {
	t.Helper()
	conn := dial(t, service)
	require.NoError(t, conn.SetDeadline(time.Now().Add(time.Minute)))
	// it may hang up before it has read all of it
	_, _ = fmt.Fprint(conn, head+"Connection: close\r\n\r\n"+strings.Join(body, ""))
	response, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		return 0
	}
	defer func() { _ = response.Body.Close() }()
	require.NotEmpty(t, response.Header.Get("X-Request-Id"))
	answered, _ := io.ReadAll(response.Body) // the service may close the connection before it has read all
	if malformed.Match(answered) || response.StatusCode == http.StatusRequestHeaderFieldsTooLarge {
		return 0
	}
	return 1
}
