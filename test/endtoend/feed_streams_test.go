package endtoend_test

import (
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/onhand/onhand/test/process"
	"github.com/onhand/onhand/test/sse"
)

// stream opens an event stream that ends with the test.
func (c client) stream(query string, headers ...string) *sse.Stream {
	c.t.Helper()
	s, err := sse.Open(c.t.Context(), http.DefaultClient, c.url+"/v1/events?"+query, headers...)
	require.NoError(c.t, err)
	c.t.Cleanup(s.Close)
	return s
}

// sees requires that the next events are the commits at positions.
func (c client) sees(s *sse.Stream, positions ...int) {
	c.t.Helper()
	for _, p := range positions {
		m, err := s.NextEvent()
		require.NoError(c.t, err)
		require.Equal(c.t, "commit", m.Event)
		require.Equal(c.t, strconv.Itoa(p), m.ID)
		var one feedCommit
		require.NoError(c.t, json.Unmarshal([]byte(m.Data), &one))
		require.Equal(c.t, p, one.Position)
		require.NotEmpty(c.t, one.Events)
	}
}

func TestAStreamOfTheFeed(t *testing.T) {
	service := process.Start(t, t.TempDir(), unlimited, "REQUEST_TIMEOUT_MS=1000", "FEED_HEARTBEAT_MS=100")
	c := clientOf(t, service)
	c.ok(c.adjust(itemA, `{"delta":1}`))
	c.ok(c.adjust(itemA, `{"delta":1}`))
	fromNow, all, one := c.stream(""), c.stream("after=0"), c.stream("after=0&sku=B")
	for i, s := range []*sse.Stream{fromNow, all, one} {
		m, err := s.Next()
		require.NoError(t, err)
		require.Equal(t, "1000", m.Retry)
		require.Equal(t, []string{"2", "0", "0"}[i], m.ID)
	}
	c.sees(all, 1, 2)
	c.ok(c.adjust(itemA, `{"delta":1}`))
	c.sees(all, 3)
	c.sees(fromNow, 3)
	for one.LastID != "3" {
		m, err := one.Next()
		require.NoError(t, err)
		require.Equal(t, "heartbeat", m.Comment, "nothing fits")
	}
	for begin := time.Now(); time.Since(begin) < 2*time.Second; { // longer than any other request may take
		m, err := one.Next()
		require.NoError(t, err)
		require.Equal(t, "heartbeat", m.Comment)
	}
	c.ok(c.adjust("/v1/stores/S1/items/B", `{"delta":1}`))
	c.sees(all, 4)
	c.sees(one, 4)
	one.Close()
	c.ok(c.adjust("/v1/stores/S1/items/B", `{"delta":1}`))
	c.sees(c.stream("sku=B&after=1", "Last-Event-ID: "+one.LastID), 5)
	require.Equal(t, "4", one.LastID)

	a := c.do(http.MethodHead, "/v1/events", "", "Accept: text/event-stream")
	require.Equal(t, "text/event-stream", a.Header.Get("Content-Type"))
	require.Contains(t, c.ok(c.get("/v1/events", "Accept: text/event-stream;q=0, */*")).Body, `"next":5`)
	for _, line := range []string{
		`onhand_feed_followers{kind="poll"} 0`, `onhand_feed_followers_limit 2000`, `onhand_feed_cut_off_total 0`,
	} {
		require.Contains(t, c.ok(c.get("/metrics")).Body, line+"\n")
	}
}

func TestAFollowerThatDoesNotReadIsCutOff(t *testing.T) {
	service := process.Start(t, t.TempDir(), unlimited, "FEED_WRITE_TIMEOUT_MS=200")
	c := clientOf(t, service)
	operations := make([]string, 1000)
	for i := range operations {
		operations[i] = fmt.Sprintf(`{"op":"adjust","store":"S1","sku":"%d","delta":1}`, i)
	}
	for range 20 { // far more than the kernel keeps for one connection
		c.ok(c.do("POST", "/v1/batch", `{"operations":[`+strings.Join(operations, ",")+`]}`))
	}
	connection, err := net.Dial("tcp", strings.TrimPrefix(c.url, "http://"))
	require.NoError(t, err)
	defer func() { _ = connection.Close() }()
	_, err = connection.Write([]byte("GET /v1/events?after=0 HTTP/1.1\r\nHost: localhost\r\nAccept: text/event-stream\r\n\r\n"))
	require.NoError(t, err)
	require.Eventually(t, func() bool { return c.ok(c.get("/v1/status")).json("feed", "cutOff") == 1.0 }, time.Minute,
		10*time.Millisecond)
	require.Eventually(t, func() bool { return c.ok(c.get("/v1/status")).json("feed", "streams") == 0.0 }, time.Minute,
		10*time.Millisecond)
	require.Contains(t, service.Log(), "the follower did not read the stream in time")
	c.sees(c.stream("after=19"), 20)
}

func TestFollowersHaveALimit(t *testing.T) {
	c := clientOf(t, process.Start(t, t.TempDir(), unlimited, "FEED_MAX_CONNECTIONS=1"))
	first := c.stream("")
	c.refused(c.get("/v1/events", "Accept: text/event-stream"), 503, "overloaded")
	c.refused(c.get("/v1/events?wait=1"), 503, "overloaded")
	require.Zero(t, c.page("").Next, "a page that does not wait is no follower")
	first.Close()
	require.Eventually(t, func() bool { return c.get("/v1/events?wait=1").Status == 200 }, time.Minute,
		10*time.Millisecond)
}

func TestAStopEndsStreamsAndPollsAtOnce(t *testing.T) {
	service := process.Start(t, t.TempDir(), unlimited, "SHUTDOWN_TIMEOUT_MS=3600000")
	c := clientOf(t, service)
	c.ok(c.adjust(itemA, `{"delta":1}`))
	s := c.stream("after=0")
	c.sees(s, 1)
	polled := make(chan feedPage)
	go func() { polled <- c.page("after=1&wait=30") }()
	require.Eventually(t, func() bool { return c.ok(c.get("/v1/status")).json("feed", "polls") == 1.0 }, time.Minute,
		time.Millisecond)
	begin := time.Now()
	service.Stop(t)
	require.Less(t, time.Since(begin), 25*time.Second, "the poll did not wait for its end")
	require.Equal(t, feedPage{Commits: []feedCommit{}, Next: 1}, <-polled)
	m, err := s.Next()
	require.NoError(t, err)
	require.Equal(t, "shutting down", m.Comment)
	_, err = s.Next()
	require.Error(t, err)
	require.Equal(t, 1, strings.Count(service.Log(), `"route":"/v1/events","path":"/v1/events","status":200`)-1, "one record of each")
}
