package httpapi

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/mock"
	"github.com/stretchr/testify/require"

	"github.com/onhand/onhand/adapters/bulkhead"
	"github.com/onhand/onhand/adapters/memory"
	"github.com/onhand/onhand/application/feed"
	"github.com/onhand/onhand/domain/event"
	"github.com/onhand/onhand/ports"
	"github.com/onhand/onhand/ports/mocks"
)

// newFeedServer makes an API with a feed, on a log of so many commits with so many bytes each.
func newFeedServer(t *testing.T, opts FeedOptions, commits, bytes int) (*Server, *memory.EventStore, *[]*Record) {
	store := memory.NewEventStore(time.Minute, time.Now)
	for v := range commits {
		_, err := store.Append(context.Background(), []ports.Commit{{Events: []ports.Event{{
			Stream: "stock/S1/A", Version: event.Version(v + 1), Type: "stock.adjusted.v1",
			Data: []byte(`{"x":"` + strings.Repeat("x", bytes) + `"}`),
		}}}})
		require.NoError(t, err)
	}
	end := func() event.Position { return store.Head().Position }
	opts.Tail = feed.NewTail(store, end, feed.Options{Encode: EncodeEvent("")})
	opts.Tail.Start(t.Context())
	t.Cleanup(func() { require.NoError(t, opts.Tail.Stop(context.Background())) })
	s, records := newTestServer(t, store, Options{Feed: opts})
	return s, store, records
}

func TestAcceptChoosesPagesOrAStream(t *testing.T) {
	for accept, stream := range map[string]bool{
		"text/event-stream":                                true,
		"text/event-stream, */*":                           true,
		"text/event-stream; q=0.5, application/json;q=0.4": true,
		"text/*, application/json;q=0.9":                   true,
		"TEXT/Event-Stream;charset=utf-8":                  true,
		"*/*":                                              false,
		"text/event-stream;q=0, */*":                       false,
		"text/event-stream, application/json":              false,
		"application/json":                                 false,
		"text/html":                                        false,
		"text/event-stream;q=7":                            false,
		"text/event-stream;q=NaN, application/json;q=0":    false,
		";;;,text/event-stream":                            true,
		"":                                                 false,
	} {
		require.Equal(t, stream, wantsStream(http.Header{"Accept": {accept}}), accept)
	}
	require.False(t, wantsStream(http.Header{}))
}

func TestAPageIsBoundedInBytes(t *testing.T) {
	s, _, _ := newFeedServer(t, FeedOptions{}, 5, maxPageBytes/2)
	var page struct {
		Commits []struct{ Position int }
		Next    int
	}
	for _, want := range []int{2, 4, 5} {
		answer := ask(s, http.MethodGet, "/v1/events?limit=500&after="+[]string{"0", "", "2", "", "4"}[page.Next], nil)
		require.NoError(t, json.Unmarshal(answer.Body.Bytes(), &page))
		require.Equal(t, want, page.Next)
	}
	s, _, _ = newFeedServer(t, FeedOptions{}, 2, 3*maxPageBytes)
	require.NoError(t, json.Unmarshal(ask(s, http.MethodGet, "/v1/events", nil).Body.Bytes(), &page))
	require.Len(t, page.Commits, 1, "one commit at least")
	require.Equal(t, 1, page.Next)
}

// readStream reads a stream until ctx ends, and returns all of it.
func readStream(ctx context.Context, s *Server, path string) *httptest.ResponseRecorder {
	request := httptest.NewRequestWithContext(ctx, http.MethodGet, path, nil)
	request.Header.Set("Accept", typeEventStream)
	answer := httptest.NewRecorder()
	s.Handler().ServeHTTP(answer, request)
	return answer
}

func TestAStreamEndsWithItsClientAndIsLoggedOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, _, records := newFeedServer(t, FeedOptions{Heartbeat: 10 * time.Millisecond, WriteTimeout: time.Second}, 2, 1)
		ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
		defer cancel()
		body := readStream(ctx, s, "/v1/events?after=1").Body.String()
		require.True(t, strings.HasPrefix(body, "retry: 1000\nid: 1\n\nid: 2\nevent: commit\ndata: {\"position\":2,"), body)
		require.Contains(t, body, "\n\nid: 2\n: heartbeat\n\n")
		require.Len(t, *records, 1)
		r := (*records)[0]
		require.Equal(t, 200, r.Status)
		require.NoError(t, r.Err)
		require.Len(t, body, r.Bytes)
		require.EqualValues(t, 2, r.Position)
		require.EqualValues(t, 1, s.FeedStatus().Sent)
		require.Positive(t, s.FeedStatus().Bytes)
		require.Zero(t, s.InFlight())
	})
}

func TestAFollowerThatComesDuringShutdownIsRefused(t *testing.T) {
	s, _, _ := newFeedServer(t, FeedOptions{}, 1, 1)
	require.NoError(t, s.Shutdown(t.Context()))
	answer := readStream(t.Context(), s, "/v1/events")
	require.Equal(t, 503, answer.Code)
	require.Contains(t, answer.Body.String(), `"code":"shutting-down"`)
	require.Equal(t, 200, ask(s, http.MethodGet, "/v1/events", nil).Code, "a page does not wait")
}

func TestALogThatCannotBeReadEndsAStream(t *testing.T) {
	log := mocks.NewEventFeed(t)
	log.EXPECT().Grown(event.Position(1)).Return(nil).Maybe()
	broken := errors.New("the password is swordfish")
	log.EXPECT().Commits(mock.Anything,
		event.Position(0)).Return(func(yield func(ports.Recorded, error) bool) { yield(ports.Recorded{}, broken) })
	store := mocks.NewEventStore(t)
	store.EXPECT().Properties().Return(anyLimits).Maybe()
	store.EXPECT().Head().Return(ports.Head{Position: 1})
	tail := feed.NewTail(log, func() event.Position { return 1 }, feed.Options{Encode: EncodeEvent("")})
	tail.Start(t.Context())
	defer func() { require.NoError(t, tail.Stop(context.Background())) }()
	s, records := newTestServer(t, store, Options{Feed: FeedOptions{Tail: tail}})
	answer := readStream(t.Context(), s, "/v1/events?after=0")
	body, err := io.ReadAll(answer.Body)
	require.NoError(t, err)
	require.Equal(t, "retry: 1000\nid: 0\n\n: the log cannot be read; try again\n\n", string(body))
	require.ErrorIs(t, (*records)[0].Err, broken)
	require.Equal(t, 500, ask(s, http.MethodGet, "/v1/events", nil).Code)
}

// TestPagesThatWaitForTheBudgetAreBounded: each of them has up to a MiB in memory.
func TestPagesThatWaitForTheBudgetAreBounded(t *testing.T) {
	s, _, _ := newFeedServer(t, FeedOptions{BytesPerSecond: 1}, 3, pieceBytes)
	pages := bulkhead.New(bulkhead.Options{Name: "feed-pages", Permits: 1, Queue: 1, Reserved: 1})
	s = New(s.ledger, s.store, Options{NewID: s.opts.NewID, Feed: s.opts.Feed, Overload: Overload{Pages: pages}})
	begin := func(path string) (leave func() int) {
		ctx, cancel := context.WithCancel(t.Context())
		answered := make(chan int, 1)
		go func() {
			answer := httptest.NewRecorder()
			s.Handler().ServeHTTP(answer, httptest.NewRequestWithContext(ctx, http.MethodGet, path, nil))
			answered <- answer.Code
		}()
		return func() int { cancel(); return <-answered }
	}
	stands := func(inUse, waiting int) {
		require.Eventually(t, func() bool {
			now := pages.Status()
			return now.InUse == inUse && now.Waiting == waiting
		}, time.Minute, time.Millisecond)
	}
	leavePage := begin("/v1/events")
	stands(1, 0)
	answer := ask(s, http.MethodGet, "/v1/events", nil)
	require.Equal(t, 503, answer.Code)
	require.Contains(t, answer.Body.String(), `"code":"overloaded"`)
	leavePoll := begin("/v1/events?wait=30")
	stands(1, 1)
	require.Equal(t, 504, leavePage())
	stands(1, 0)
	require.Equal(t, 504, leavePoll())
	stands(0, 0)
	require.Equal(t, 200, ask(s, http.MethodGet, "/v1/events?after=3", nil).Code)
	stands(0, 0)
}
