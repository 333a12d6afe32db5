package httpapi

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/mock"
	"github.com/stretchr/testify/require"

	"github.com/onhand/onhand/adapters/memory"
	"github.com/onhand/onhand/application/ledger"
	"github.com/onhand/onhand/ports"
	"github.com/onhand/onhand/ports/mocks"
)

// newTestServer makes an API on a store, and returns the records that it logs, too.
func newTestServer(t *testing.T, store ports.EventStore, opts Options) (*Server, *[]*Record) {
	return newTestServerOn(t, memory.NewEventStore(time.Minute, time.Now), store, opts)
}

func newTestServerOn(t *testing.T, log ports.EventFeed, store ports.EventStore, opts Options) (*Server, *[]*Record) {
	var records []*Record
	var mu sync.Mutex
	opts.Log = func(r *Record) {
		mu.Lock()
		defer mu.Unlock()
		records = append(records, r)
	}
	opts.NewID = func() string { return "made" }
	start := time.Now()
	now := func() (time.Time, time.Duration) { return time.Now(), time.Since(start) }
	clock := ledger.NewClock(now, func(ports.Incident) {})
	l := ledger.New(store, log, clock, func() string { return "id" }, ledger.Options{})
	require.NoError(t, l.Open(context.Background()))
	return New(l, store, opts), &records
}

func ask(s *Server, method, path string, body io.Reader) *httptest.ResponseRecorder {
	request := httptest.NewRequest(method, path, body)
	request.Header.Set("Content-Type", "application/json")
	answer := httptest.NewRecorder()
	s.Handler().ServeHTTP(answer, request)
	return answer
}

const adjustments = "/v1/stores/S1/items/A/adjustments"

// anyLimits are those of a store that takes every commit of these tests.
var anyLimits = ports.Properties{Kind: "mock", Limits: ports.CommitLimits{Events: 1000, Bytes: 1 << 20}}

// failingStore makes a store that fails all appends.
func failingStore(t *testing.T, err error) *mocks.EventStore {
	store := mocks.NewEventStore(t)
	store.EXPECT().Status(mock.Anything).Return(ports.StoreStatus{Failed: true, Detail: "broken"}, nil).Maybe()
	store.EXPECT().Head().Return(ports.Head{}).Maybe()
	store.EXPECT().Properties().Return(anyLimits).Maybe()
	store.EXPECT().Append(mock.Anything, mock.Anything).Return(nil, err).Maybe()
	store.EXPECT().CatchUp(mock.Anything).Return(0, ports.ErrFailed).Maybe()
	return store
}

// panickingStore makes a store that panics when it is asked for its status the first time.
func panickingStore(t *testing.T) *mocks.EventStore {
	store := mocks.NewEventStore(t)
	store.EXPECT().Properties().Return(anyLimits)
	store.EXPECT().Head().Return(ports.Head{})
	store.EXPECT().Status(mock.Anything).Panic("at the disco").Once()
	return store
}

func TestFaultsOfTheStore(t *testing.T) {
	for code, c := range map[string]struct {
		err    error
		status int
	}{
		"storage-read-only":   {ports.ErrReadOnly, 503},
		"storage-unavailable": {ports.ErrUnavailable, 503},
		"outcome-unknown":     {ports.ErrOutcomeUnknown, 503},
		"internal":            {errors.New("the password is swordfish"), 500},
	} {
		t.Run(code+" is answered without particulars, and logged with them once", func(t *testing.T) {
			s, records := newTestServer(t, failingStore(t, c.err), Options{})
			answer := ask(s, http.MethodPost, adjustments, strings.NewReader(`{"delta":1}`))
			require.Equal(t, c.status, answer.Code)
			require.Contains(t, answer.Body.String(), `"code":"`+code+`"`)
			require.NotContains(t, answer.Body.String(), "detail")
			require.NotContains(t, answer.Body.String(), "swordfish")
			require.Equal(t, c.status == 503, answer.Header().Get("Retry-After") != "")
			require.Len(t, *records, 1)
			require.ErrorIs(t, (*records)[0].Err, c.err)
			require.Contains(t, string((*records)[0].AppendJSON(nil)), `"error":"append commit: `)
		})
	}
}

func TestReadinessNamesTablesThatAreNearlyFull(t *testing.T) {
	of := func(name string, entries, limit int) ports.Table {
		return ports.Table{Name: name, Entries: entries, Limit: limit}
	}
	for name, c := range map[string]struct {
		tables []ports.Table
		detail string
	}{
		"no table":          {},
		"below four fifths": {[]ports.Table{of("a", 79, 100)}, ""},
		"at four fifths":    {[]ports.Table{of("a", 80, 100)}, `,"detail":"a: 80 of 100 entries"`},
		"without a limit":   {[]ports.Table{of("a", 80, 0)}, ""},
		"of several, the two": {
			[]ports.Table{of("a", 9, 10), of("b", 1, 10), of("c", 1, 1)},
			`,"detail":"a: 9 of 10 entries, c: 1 of 1 entries"`,
		},
	} {
		t.Run(name, func(t *testing.T) {
			s, _ := newTestServer(t, memory.NewEventStore(time.Minute, time.Now), Options{
				Tables: func(ports.StoreStatus) []ports.Table { return c.tables },
			})
			answer := ask(s, http.MethodGet, "/readyz", nil)
			require.Equal(t, 200, answer.Code, "what exists can be read and changed")
			require.Contains(t, answer.Body.String(), `"limits":{"status":"ok"`+c.detail+`}`)
		})
	}
}

func TestReadiness(t *testing.T) {
	s, _ := newTestServer(t, failingStore(t, nil), Options{})
	answer := ask(s, http.MethodGet, "/readyz", nil)
	require.Equal(t, 503, answer.Code, "a failed store is not ready")
	require.Contains(t, answer.Body.String(), `"storage":{"status":"failing","detail":"broken"}`)
	require.Equal(t, 200, ask(s, http.MethodGet, "/livez", nil).Code)

	readOnly := mocks.NewEventStore(t)
	readOnly.EXPECT().Head().Return(ports.Head{})
	readOnly.EXPECT().Properties().Return(anyLimits)
	readOnly.EXPECT().Status(mock.Anything).Return(ports.StoreStatus{ReadOnly: true, Detail: "no space"}, nil)
	s, _ = newTestServer(t, readOnly, Options{})
	answer = ask(s, http.MethodGet, "/readyz", nil)
	require.Equal(t, 200, answer.Code, "a read-only store answers reads")
	require.Contains(t, answer.Body.String(), "read-only: no space")
	require.NoError(t, s.Shutdown(context.Background()))
	answer = ask(s, http.MethodGet, "/readyz", nil)
	require.Equal(t, 503, answer.Code)
	require.Contains(t, answer.Body.String(), "shutting down")
}

func TestAPanicIsAnsweredAndTheServiceContinues(t *testing.T) {
	s, records := newTestServer(t, panickingStore(t), Options{})
	answer := ask(s, http.MethodGet, "/readyz", nil)
	require.Equal(t, 500, answer.Code)
	require.Contains(t, answer.Body.String(), `"code":"internal"`)
	require.NotContains(t, answer.Body.String(), "disco")
	require.ErrorContains(t, (*records)[0].Err, "at the disco")
	require.Equal(t, 200, ask(s, http.MethodGet, "/livez", nil).Code)
}

func TestTimeAndAbsence(t *testing.T) {
	t.Run("a request that takes too long before its decision is a timeout", func(t *testing.T) {
		s, _ := newTestServer(t, memory.NewEventStore(time.Minute, time.Now), Options{RequestTimeout: time.Nanosecond})
		answer := ask(s, http.MethodPost, adjustments, strings.NewReader(`{"delta":1}`))
		require.Equal(t, 504, answer.Code)
		require.Contains(t, answer.Body.String(), `"code":"timeout"`)
	})
	t.Run("a client that left is told that nothing was done, and the log says so", func(t *testing.T) {
		s, records := newTestServer(t, memory.NewEventStore(time.Minute, time.Now), Options{})
		ctx, cancel := context.WithCancel(context.Background())
		cancel()
		request := httptest.NewRequestWithContext(ctx, http.MethodPost, adjustments, strings.NewReader(`{"delta":1}`))
		request.Header.Set("Content-Type", "application/json")
		answer := httptest.NewRecorder()
		s.Handler().ServeHTTP(answer, request)
		require.Equal(t, 504, answer.Code)
		require.True(t, (*records)[0].ClientGone)
		require.False(t, (*records)[0].Severe())
	})
	t.Run("a body that breaks off is malformed", func(t *testing.T) {
		s, _ := newTestServer(t, memory.NewEventStore(time.Minute, time.Now), Options{})
		answer := ask(s, http.MethodPost, adjustments, io.MultiReader(strings.NewReader(`{"delta"`), brokenReader{}))
		require.Equal(t, 400, answer.Code)
	})
	t.Run("a body without a length is limited all the same", func(t *testing.T) {
		s, _ := newTestServer(t, memory.NewEventStore(time.Minute, time.Now), Options{})
		endless := io.LimitReader(endlessReader{}, 2*maxBodyBytes)
		answer := ask(s, http.MethodPost, adjustments, io.MultiReader(strings.NewReader(`{"reason":"`), endless))
		require.Equal(t, 413, answer.Code)
	})
}

type brokenReader struct{}

func (brokenReader) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }

type endlessReader struct{}

func (endlessReader) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = 'x'
	}
	return len(p), nil
}
