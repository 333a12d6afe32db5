package httpapi

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/stretchr/testify/require"

	"github.com/onhand/onhand/adapters/memory"
	"github.com/onhand/onhand/domain/event"
)

// sentBy makes a request without a body and without a content type, as a page may send it
// without asking first.
func sentBy(s *Server, host, method, path string, headers ...string) *httptest.ResponseRecorder {
	request := httptest.NewRequest(method, path, nil)
	request.Host = host
	for _, h := range headers {
		name, value, _ := strings.Cut(h, ": ")
		request.Header.Set(name, value)
	}
	answer := httptest.NewRecorder()
	s.Handler().ServeHTTP(answer, request)
	return answer
}

func newGuardedServer(t *testing.T, origins ...string) *Server {
	s, _ := newTestServer(t, memory.NewEventStore(time.Minute, time.Now), Options{
		PublicURL: "https://Stock.example:8443/api", Hosts: []string{"stock.example", "0.0.0.0", "Onhand."},
		Browsers: BrowserOptions{Origins: origins}, Metrics: http.NotFoundHandler(),
	})
	return s
}

func TestAPageOfAnotherOriginCannotWrite(t *testing.T) {
	const own = "localhost:3000"
	for _, origins := range [][]string{nil, {shopPage}} {
		s := newGuardedServer(t, origins...)
		writes := 0
		for _, route := range s.Handler().(*gin.Engine).Routes() {
			if route.Method == http.MethodGet || route.Method == http.MethodHead {
				continue
			}
			path := strings.NewReplacer(":store", "S", ":sku", "A", ":id", "r-1").Replace(route.Path)
			for _, headers := range [][]string{
				{"Origin: https://evil.example"},
				{"Origin: null"},
				{"Origin: https://localhost:3001"},
				{"Origin: https://evil.example", "Sec-Fetch-Site: cross-site"},
				{"Sec-Fetch-Site: same-site"},
				{"Sec-Fetch-Site: cross-site", "X-Forwarded-Host: evil.example", "Origin: https://evil.example"},
			} {
				answer := sentBy(s, own, route.Method, path, headers...)
				require.Equal(t, http.StatusForbidden, answer.Code, "%s %s %v", route.Method, path, headers)
				require.Contains(t, answer.Body.String(), `"code":"cross-origin"`)
			}
			writes++
		}
		require.Greater(t, writes, 20)
		require.Equal(t, event.Position(0), s.ledger.Position())
	}
}

func TestTheServicesOwnPagesAndProgramsMayWrite(t *testing.T) {
	for _, c := range []struct {
		origins, headers []string
	}{
		{nil, nil}, // no browser
		{nil, []string{"Origin: http://localhost:3000"}},
		{nil, []string{"Origin: http://localhost:3000", "Sec-Fetch-Site: same-origin"}},
		{nil, []string{"Sec-Fetch-Site: none"}},
		{nil, []string{"Origin: https://stock.example:8443"}}, // the proxy gives another Host
		{[]string{shopPage}, []string{"Origin: " + shopPage, "Sec-Fetch-Site: cross-site"}},
		{[]string{"*"}, []string{"Origin: https://evil.example", "Sec-Fetch-Site: cross-site"}},
	} {
		s := newGuardedServer(t, c.origins...)
		answer := sentBy(s, "localhost:3000", http.MethodPost, "/v1/reservations/r-1/commit", c.headers...)
		require.Contains(t, answer.Body.String(), "reservation-not-found", "%v", c.headers)
	}
	s := newGuardedServer(t)
	answer := sentBy(s, "localhost:3000", http.MethodGet, "/v1/stores", "Origin: https://evil.example")
	require.Equal(t, http.StatusOK, answer.Code, "a read changes nothing, and its answer has no permission")
	require.Empty(t, grants(answer))
}

func TestTheServiceAnswersForItsOwnHostsOnly(t *testing.T) {
	s := newGuardedServer(t)
	for _, host := range []string{
		"stock.example", "STOCK.example:8443", "stock.example.", "onhand:3000", "localhost", "localhost:3000",
		"x.localhost", "127.0.0.1:3000", "[::1]:3000", "[::1]", "::1", "10.1.2.3", "203.0.113.9:80", "",
	} {
		require.Equal(t, http.StatusOK, sentBy(s, host, http.MethodGet, "/v1/stores").Code, host)
	}
	for _, host := range []string{
		"rebind.evil.example", "evil.example:3000", "stock.example.evil.example", "xstock.example", "example",
		"127.0.0.1.nip.example", "localhost.evil.example", "xlocalhost", "0x7f000001", ":3000", "[", "a@stock.example",
	} {
		for _, request := range []string{
			"GET /v1/stores", "POST /v1/reservations/r-1/commit", "POST /v1/sync/pause", "GET /nowhere",
			"GET /v1/status", "GET /openapi.yaml",
		} {
			method, path, _ := strings.Cut(request, " ")
			answer := sentBy(s, host, method, path, "Origin: http://"+host, "X-Forwarded-Host: stock.example")
			require.Equal(t, http.StatusMisdirectedRequest, answer.Code, "%s for %s", request, host)
			require.Contains(t, answer.Body.String(), `"code":"foreign-host"`)
		}
		for mark, value := range map[string]string{
			"Accept-Language": "", "Referer": "http://" + host, "Sec-Fetch-Site": "same-origin",
		} {
			answer := sentBy(s, host, http.MethodGet, "/v1/stores", mark+": "+value)
			require.Equal(t, http.StatusMisdirectedRequest, answer.Code, "a browser reads for %s", host)
		}
		require.Equal(t, http.StatusOK, sentBy(s, host, http.MethodGet, "/v1/stores").Code, "a program reads for %s", host)
		for _, path := range []string{"/livez", "/readyz", "/metrics"} {
			require.NotEqual(t, http.StatusMisdirectedRequest, sentBy(s, host, http.MethodGet, path).Code,
				"monitoring asks by any name")
		}
	}
	for _, hosts := range [][]string{nil, {"stock.example", "*"}} {
		s, _ := newTestServer(t, memory.NewEventStore(time.Minute, time.Now), Options{Hosts: hosts})
		require.Equal(t, http.StatusOK, sentBy(s, "evil.example", http.MethodGet, "/v1/stores").Code, "any host")
	}
}
