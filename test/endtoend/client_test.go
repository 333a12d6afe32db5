// Package endtoend_test talks to the real program over a real port, on real
// files.
package endtoend_test

import (
	"encoding/json"
	"io"
	"net/http"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/onhand/onhand/test/process"
)

func TestMain(m *testing.M) {
	// A program built with the race detector would wait for a second at its end.
	if err := os.Setenv("GORACE", "atexit_sleep_ms=0 "+os.Getenv("GORACE")); err != nil {
		panic(err)
	}
	code := m.Run()
	process.Clean()
	os.Exit(code)
}

// unlimited lets tests ask as often as they like.
const unlimited = "RATE_LIMIT_RPS=0"

// variable matches the times, ids and hashes of an answer, which differ from run to run.
var variable = regexp.MustCompile(`\d{4}-\d\d-\d\dT[0-9:.]+Z|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|[0-9a-f]{64}`)

// answer is what a request got.
type answer struct {
	Status int
	Header http.Header
	Body   string
}

// json reads a member of the body by its path, nil if it is not there.
func (a answer) json(path ...string) any {
	var value any
	if json.Unmarshal([]byte(a.Body), &value) != nil {
		return nil
	}
	for _, name := range path {
		object, ok := value.(map[string]any)
		if !ok {
			return nil
		}
		value = object[name]
	}
	return value
}

// code is a problem's code, "" for no problem.
func (a answer) code() string {
	code, _ := a.json("code").(string)
	return code
}

// client makes requests of one service.
type client struct {
	t   testing.TB
	url string
}

func clientOf(t testing.TB, s *process.Service) client { return client{t: t, url: s.URL} }

// do makes a request that must be answered; headers are "Name: value".
func (c client) do(method, path, body string, headers ...string) answer {
	c.t.Helper()
	a, err := c.try(method, path, body, headers...)
	require.NoError(c.t, err)
	return a
}

// try makes a request that may stay without an answer.
func (c client) try(method, path, body string, headers ...string) (answer, error) {
	c.t.Helper()
	request, err := http.NewRequest(method, c.url+path, strings.NewReader(body))
	require.NoError(c.t, err)
	if body != "" {
		request.Header.Set("Content-Type", "application/json")
	}
	for _, h := range headers {
		name, value, _ := strings.Cut(h, ": ")
		if value == "" {
			request.Header.Del(name)
			continue
		}
		request.Header.Add(name, value)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return answer{}, err
	}
	defer func() { _ = response.Body.Close() }()
	content, err := io.ReadAll(response.Body)
	a := answer{Status: response.StatusCode, Header: response.Header, Body: string(content)}
	if err == nil {
		holds(c.t, request, body, a)
	}
	return a, err
}

const itemA = "/v1/stores/S1/items/A"

func (c client) get(path string, headers ...string) answer {
	c.t.Helper()
	return c.do(http.MethodGet, path, "", headers...)
}

func (c client) adjust(item, body string, headers ...string) answer {
	c.t.Helper()
	return c.do(http.MethodPost, item+"/adjustments", body, headers...)
}

func (c client) count(item, body string, headers ...string) answer {
	c.t.Helper()
	return c.do(http.MethodPut, item+"/count", body, headers...)
}

// ok requires a success.
func (c client) ok(a answer) answer {
	c.t.Helper()
	require.Equal(c.t, http.StatusOK, a.Status, a.Body)
	return a
}

// refused requires a problem with all its standard members.
func (c client) refused(a answer, status int, code string) answer {
	c.t.Helper()
	require.Equal(c.t, code, a.code(), a.Body)
	require.Equal(c.t, status, a.Status, a.Body)
	require.Equal(c.t, "application/problem+json", a.Header.Get("Content-Type"))
	require.EqualValues(c.t, status, a.json("status"))
	require.Contains(c.t, a.json("type"), "/problems/"+code)
	require.NotEmpty(c.t, a.json("title"))
	require.Equal(c.t, a.Header.Get("X-Request-Id"), a.json("requestId"))
	if status == http.StatusServiceUnavailable {
		damaged := code == "storage-unavailable" && c.get("/v1/status").json("store", "failed") == true
		require.Equal(c.t, code == "limit-reached" || damaged, a.Header.Get("Retry-After") == "", "waiting helps but there")
	}
	return a
}
