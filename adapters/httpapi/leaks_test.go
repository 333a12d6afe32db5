package httpapi

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/stretchr/testify/require"

	"github.com/onhand/onhand/adapters/memory"
	"github.com/onhand/onhand/ports"
)

// TestFaultsLeakNothing wraps every error with a 5xx in a text that no client may see, and looks
// for the text in the answer. The log has it.
func TestFaultsLeakNothing(t *testing.T) {
	faults := map[string]error{
		"errShuttingDown": errShuttingDown, "errTooManyFollowers": errTooManyFollowers,
		"too late": context.DeadlineExceeded, "gone": context.Canceled,
		"anything": errors.New("whatever"), "panic": nil,
		"a stale token": &ports.StaleTokenError{Stream: "swordfish"},
		"a full table":  &ports.LimitError{Table: "streams", Limit: 7},
	}
	for name, k := range problemsOfErrors {
		faults[name] = k.err
	}
	s, records := newTestServer(t, memory.NewEventStore(time.Minute, time.Now), Options{})
	var fault error
	s.Handler().(*gin.Engine).GET("/fault", s.problems.handle(func(*gin.Context) error {
		if fault == nil {
			panic("open /var/lib/onhand/HEAD: swordfish")
		}
		return fault
	}))
	seen := map[string]bool{}
	for name, err := range faults {
		if err != nil {
			fault = fmt.Errorf("open /var/lib/onhand/HEAD: dial tcp 10.1.2.3:5432: %w: the password is swordfish", err)
		} else {
			fault = nil
		}
		answer := ask(s, http.MethodGet, "/fault", nil)
		if answer.Code < 500 {
			continue
		}
		var document struct{ Code string }
		require.NoError(t, json.Unmarshal(answer.Body.Bytes(), &document))
		seen[document.Code] = true
		said := answer.Body.String() + fmt.Sprint(answer.Header())
		for _, secret := range []string{"/var", "HEAD", "10.1.2.3", "5432", "dial", "swordfish", "goroutine", ".go:"} {
			require.NotContains(t, said, secret, name)
		}
		require.ErrorContains(t, (*records)[len(*records)-1].Err, "swordfish", "the log tells why")
	}
	for _, row := range table {
		require.True(t, row.status < 500 || seen[row.code], "%s was not provoked", row.code)
	}
}

func TestARecordOfAnyRequestIsOneBoundedLine(t *testing.T) {
	s, records := newTestServer(t, memory.NewEventStore(time.Minute, time.Now), Options{Proxies: inside})
	for _, hostile := range []string{
		"\n", "\r\n{\"level\":\"forged\"}", "\x1b[2J", "\u2028\u2029\u0085", "\u009b2J", "\u202e", "\x00", "\xff\xfe",
		"\x7f", `"},{"`, "\\", "<script>", strings.Repeat("ü", 50_000), strings.Repeat("\x00", 100_000),
	} {
		request := httptest.NewRequest(http.MethodPost, "/", nil)
		request.URL.Path, request.Method, request.RemoteAddr = "/"+hostile, "M"+hostile, "10.0.0.1:1"
		for name := range strings.FieldsSeq("User-Agent X-Request-Id X-Actor X-Forwarded-For Forwarded Origin") {
			request.Header[name] = []string{hostile}
		}
		s.Handler().ServeHTTP(httptest.NewRecorder(), request)
		request.Method, request.URL.Path, request.URL.RawQuery = http.MethodPost, adjustments, hostile
		request.Header["X-Forwarded-For"] = []string{"198.51.100.7%" + hostile}
		s.Handler().ServeHTTP(httptest.NewRecorder(), request)
	}
	require.Len(t, *records, 28)
	for _, r := range *records {
		line := r.AppendJSON([]byte("{"))
		line = append(line, '}')
		require.True(t, json.Valid(line), "%s", line)
		require.Less(t, len(line), 3000)
		for _, c := range string(line) {
			require.Equal(t, c, printable(c), "%q", line)
		}
		require.NotContains(t, string(line), `"level"`)
		require.Contains(t, string(line), `"client":"10.0.0.1"`, "none of it is an address")
	}
}
