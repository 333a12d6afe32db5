package httpapi

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/onhand/onhand/adapters/memory"
	"github.com/onhand/onhand/ports"
)

// askFrom makes a request as a page of an origin does; headers are "Name: value".
func askFrom(s *Server, origin, method, path string, headers ...string) *httptest.ResponseRecorder {
	request := httptest.NewRequest(method, path, strings.NewReader(`{"delta":1}`))
	request.Header.Set("Content-Type", "application/json")
	if origin != "" {
		request.Header.Set("Origin", origin)
	}
	for _, h := range headers {
		name, value, _ := strings.Cut(h, ": ")
		request.Header.Set(name, value)
	}
	answer := httptest.NewRecorder()
	s.Handler().ServeHTTP(answer, request)
	return answer
}

// grants returns the headers of an answer that give permissions to browsers.
func grants(answer *httptest.ResponseRecorder) (names []string) {
	for name := range answer.Header() {
		if strings.HasPrefix(name, "Access-Control-") {
			names = append(names, name)
		}
	}
	return names
}

const (
	shopPage = "https://shop.example"
	asksPut  = "Access-Control-Request-Method: PUT"
)

// newBrowserServer makes an API for the pages of some origins.
func newBrowserServer(t *testing.T, origins ...string) *Server {
	s, _ := newTestServer(t, memory.NewEventStore(time.Minute, time.Now), Options{
		Browsers: BrowserOptions{Origins: origins},
		Rate:     RateOptions{PerSecond: 0.001, Burst: 3, Clients: 10, Now: (&manualClock{}).now},
	})
	return s
}

func TestAPageOfAnAllowedOriginMayCallTheAPI(t *testing.T) {
	s := newBrowserServer(t, shopPage, "http://localhost:5173")
	for range 5 { // more than the limit of requests
		answer := askFrom(s, shopPage, http.MethodOptions, adjustments, asksPut, "Access-Control-Request-Headers: if-match")
		require.Equal(t, http.StatusNoContent, answer.Code)
		h := answer.Header()
		require.Equal(t, shopPage, h.Get("Access-Control-Allow-Origin"))
		require.Equal(t, "GET,HEAD,POST,PUT,DELETE", h.Get("Access-Control-Allow-Methods"))
		require.Equal(t, "7200", h.Get("Access-Control-Max-Age"))
		require.Contains(t, h.Values("Vary"), "Origin")
		require.Empty(t, h.Get("Access-Control-Allow-Credentials"))
		for name := range strings.FieldsSeq("accept content-type idempotency-key if-match if-none-match last-event-id " +
			"onhand-min-position traceparent x-actor x-request-id") {
			require.Contains(t, strings.Split(strings.ToLower(h.Get("Access-Control-Allow-Headers")), ","), name)
		}
	}
	for i, status := range []int{200, 404, 405, 429} { // and its faults, which a page must be able to read
		method, path := http.MethodPost, adjustments
		if i > 0 {
			method, path = http.MethodPatch, map[int]string{404: "/nowhere", 405: adjustments, 429: adjustments}[status]
		}
		answer := askFrom(s, shopPage, method, path)
		require.Equal(t, status, answer.Code)
		require.Equal(t, shopPage, answer.Header().Get("Access-Control-Allow-Origin"))
		require.Equal(t, "Origin", answer.Header().Get("Vary"))
		require.Empty(t, answer.Header().Get("Access-Control-Allow-Credentials"))
		for name := range strings.FieldsSeq("etag location onhand-position idempotent-replayed retry-after ratelimit " +
			"ratelimit-policy x-request-id") {
			require.Contains(t, strings.Split(strings.ToLower(answer.Header().Get("Access-Control-Expose-Headers")), ","), name)
		}
	}
}

func TestAPageOfAnotherOriginIsToldNothing(t *testing.T) {
	s := newBrowserServer(t, shopPage)
	for _, origin := range []string{
		"", "null", "https://evil.example", "https://shop.example.evil.example",
		"http://shop.example", "HTTPS://SHOP.EXAMPLE",
	} {
		s.rate.buckets.Purge()
		answer := askFrom(s, origin, http.MethodPost, adjustments)
		require.Equal(t, map[bool]int{true: 200, false: 403}[origin == ""], answer.Code, origin)
		require.Empty(t, grants(answer))
		require.Equal(t, "Origin", answer.Header().Get("Vary"), "a cache must not give it to others")
		answer = askFrom(s, origin, http.MethodOptions, adjustments, asksPut)
		require.Equal(t, 405, answer.Code, "a preflight, too")
		require.Contains(t, answer.Body.String(), "method-not-allowed")
		require.Empty(t, grants(answer))
		require.NotEmpty(t, answer.Header().Get("RateLimit"), "and it counts")
	}
	s = newBrowserServer(t, shopPage)
	answer := askFrom(s, shopPage, http.MethodOptions, adjustments)
	require.Equal(t, 405, answer.Code, "OPTIONS alone is no preflight")
}

func TestAnAllowedOriginMayHaveTheNameOfTheService(t *testing.T) {
	const page = "https://example.com" // which httptest asks for, as a proxy in front of https://example.com:8443 may
	s := newBrowserServer(t, page)
	require.Equal(t, http.StatusNoContent, askFrom(s, page, http.MethodOptions, adjustments, asksPut).Code)
	require.Equal(t, page, askFrom(s, page, http.MethodPost, adjustments).Header().Get("Access-Control-Allow-Origin"))
}

func TestWithoutOriginsAnswersSayNothingOfThem(t *testing.T) {
	s := newBrowserServer(t)
	for _, method := range []string{http.MethodPost, http.MethodOptions} {
		answer := askFrom(s, shopPage, method, adjustments, asksPut)
		require.Empty(t, grants(answer))
		require.Empty(t, answer.Header().Get("Vary"))
	}
}

func TestAnyOriginMayBeAllowed(t *testing.T) {
	s := newBrowserServer(t, "*")
	require.Equal(t, http.StatusNoContent, askFrom(s, shopPage, http.MethodOptions, adjustments, asksPut).Code)
	answer := askFrom(s, shopPage, http.MethodPost, adjustments)
	require.Equal(t, 200, answer.Code)
	require.Equal(t, "*", answer.Header().Get("Access-Control-Allow-Origin"))
	require.Empty(t, answer.Header().Get("Access-Control-Allow-Credentials"))
	require.Equal(t, "Origin", answer.Header().Get("Vary"))
}

func TestEveryAnswerIsSecured(t *testing.T) {
	secured := func(h http.Header, what string) {
		require.Equal(t, "nosniff", h.Get("X-Content-Type-Options"), what)
		require.Equal(t, "no-referrer", h.Get("Referrer-Policy"), what)
		require.Equal(t, "sandbox", h.Get("Content-Security-Policy"), what)
		require.Equal(t, "no-cache", h.Get("Cache-Control"), what)
		require.Equal(t, "max-age=60; includeSubDomains", h.Get("Strict-Transport-Security"), what)
		require.NotEmpty(t, h.Get("X-Request-Id"), what)
	}
	browsers := BrowserOptions{ContentPolicy: "sandbox", HSTS: time.Minute, Origins: []string{shopPage}}
	opts := Options{Browsers: browsers, Metrics: http.NotFoundHandler()}
	for _, c := range []struct {
		what, method, path string
		store              ports.EventStore
		status             int
	}{
		{"a change", "POST", adjustments, nil, 200},
		{"no route", "GET", "/nowhere", nil, 404},
		{"no method", "PATCH", "/v1/stores", nil, 405},
		{"nothing at all", "OPTIONS", "*", nil, 404},
		{"too large", "POST", adjustments + "#large", nil, 413},
		{"a fault", "POST", adjustments, failingStore(t, ports.ErrReadOnly), 503},
		{"not ready", "GET", "/readyz", failingStore(t, nil), 503},
		{"a panic", "GET", "/readyz", panickingStore(t), 500},
		{"metrics", "GET", "/metrics", nil, 404},
		{"the contract", "GET", "/openapi.yaml", nil, 200},
		{"a preflight", "OPTIONS", adjustments, nil, 204},
	} {
		store := c.store
		if store == nil {
			store = memory.NewEventStore(time.Minute, time.Now)
		}
		s, _ := newTestServer(t, store, opts)
		path, large := strings.CutSuffix(c.path, "#large")
		request := httptest.NewRequest(c.method, path, strings.NewReader(`{"delta":1}`))
		if large {
			request.ContentLength = maxBodyBytes + 1
		}
		request.Header = http.Header{"Content-Type": {"application/json"}, "Origin": {shopPage}}
		if c.status == http.StatusNoContent {
			request.Header.Set("Access-Control-Request-Method", "POST")
		}
		answer := httptest.NewRecorder()
		s.Handler().ServeHTTP(answer, request)
		require.Equal(t, c.status, answer.Code, c.what)
		secured(answer.Header(), c.what)
		if c.path != "*" { // which no page can ask for
			require.Equal(t, shopPage, answer.Header().Get("Access-Control-Allow-Origin"), c.what)
		}
	}
	synctest.Test(t, func(t *testing.T) {
		s, _, _ := newFeedServer(t, FeedOptions{}, 3, 10)
		ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
		defer cancel()
		h := readStream(ctx, s, "/v1/events?after=0").Header()
		require.Equal(t, typeEventStream, h.Get("Content-Type"))
		require.Equal(t, []string{"Accept"}, h.Values("Vary"))
		require.Equal(t, "nosniff", h.Get("X-Content-Type-Options"))
		require.Equal(t, DefaultContentPolicy, h.Get("Content-Security-Policy"))
		require.Empty(t, h.Get("Strict-Transport-Security"), "it is not configured")
	})
}

func TestTheFeedDiffersByOriginToo(t *testing.T) {
	s, _, _ := newFeedServer(t, FeedOptions{}, 1, 10)
	browsers := BrowserOptions{Origins: []string{shopPage}}
	browsed := New(s.ledger, s.store, Options{NewID: s.opts.NewID, Feed: s.opts.Feed, Browsers: browsers})
	for range 2 { // an answer leaves nothing for the next one
		answer := askFrom(browsed, "", http.MethodGet, "/v1/events")
		require.Equal(t, 200, answer.Code)
		require.Equal(t, []string{"Origin", "Accept"}, answer.Header().Values("Vary"),
			"a cache must not give it to a page that may not read it, nor keep it from one that may")
	}
}
