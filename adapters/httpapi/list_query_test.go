package httpapi

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/onhand/onhand/adapters/memory"
	"github.com/onhand/onhand/application/inventory"
	"github.com/onhand/onhand/application/ledger"
	"github.com/onhand/onhand/application/query"
	"github.com/onhand/onhand/domain/reservation"
	"github.com/onhand/onhand/ports"
)

func TestTheQueryOfAList(t *testing.T) {
	parse := func(raw string) (parameters, query.Listing) {
		p, l, err := parseListing(&url.URL{RawQuery: raw}, "owner")
		require.NoError(t, err, raw)
		return p, l
	}
	statuses := func(raw string) []reservation.Status {
		p, _ := parse(raw)
		list, err := anyOf(p, "status", reservation.HeldStatus, reservation.ExpiredStatus)
		require.NoError(t, err)
		return list
	}
	both := []reservation.Status{reservation.ExpiredStatus, reservation.HeldStatus}
	require.Equal(t, both, statuses("status=expired&status=held"))
	require.Equal(t, both, statuses("status=expired,held"))
	require.Empty(t, statuses("limit=1"))

	_, l := parse("")
	require.Equal(t, query.Listing{Limit: query.DefaultLimit}, l)
	_, l = parse("sort=updatedAt&order=desc&limit=7&cursor=x&createdSince=2026-03-01T12:00:00Z&updatedUntil=0001-01-01T00:00:00Z")
	require.Equal(t, query.Listing{
		Created: ports.TimeRange{Since: time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)},
		Updated: ports.TimeRange{Until: time.Time{}.Add(time.Microsecond)}, // the zero time is no bound
		Sort:    ports.ByUpdated, Descending: true, Limit: 7, Cursor: "x",
	}, l)
}

func TestBadQueriesOfListsNameTheParameter(t *testing.T) {
	s, _ := newTestServer(t, memory.NewEventStore(time.Minute, time.Now), Options{})
	for path, detail := range map[string]string{
		"/v1/reservations?status=open":      "status must be one or several of held, committed, released, expired",
		"/v1/reservations?status=held,":     "status must be one or several of held, committed, released, expired",
		"/v1/transfers?status=held":         "status must be one or several of in-transit, received, cancelled",
		"/v1/reservations?sort=status":      "sort must be one of id, createdAt, updatedAt",
		"/v1/reservations?sort=":            "sort must be one of id, createdAt, updatedAt",
		"/v1/transfers?order=down":          "order must be one of asc, desc",
		"/v1/reservations?createdSince=now": "createdSince must be a time, for example 2026-03-01T12:00:00Z",
		"/v1/transfers?updatedUntil=":       "updatedUntil must be a time, for example 2026-03-01T12:00:00Z",
		"/v1/reservations?owner=":           "owner must not be empty",
		"/v1/reservations?reference=%00":    "reference must not have control characters",
		"/v1/transfers?from=":               "from must not be empty",
		"/v1/transfers?to=a%20b":            "to must be of A-Z a-z 0-9 . _ - and begin with a letter or digit",
		"/v1/reservations?sort=id&sort=id":  `parameter "sort" occurs 2 times: send it once`,
		"/v1/reservations?from=S1": `unknown parameter "from": this route takes owner, store, sku, status, reference, ` +
			"createdSince, createdUntil, updatedSince, updatedUntil, sort, order, limit, cursor",
	} {
		answer := ask(s, http.MethodGet, path, nil)
		require.Equal(t, http.StatusBadRequest, answer.Code, path)
		var problem struct{ Code, Detail string }
		require.NoError(t, json.Unmarshal(answer.Body.Bytes(), &problem))
		require.Equal(t, "malformed-query", problem.Code, path)
		require.Equal(t, detail, problem.Detail, path)
	}
}

// unreadable is an index that cannot be read.
type unreadable struct{ ports.QueryIndex }

func (unreadable) List(context.Context, ports.ClosedQuery) (ports.ClosedPage, error) {
	return ports.ClosedPage{}, ports.ErrUnavailable
}

func TestOpenEntriesAreListedWithoutTheIndex(t *testing.T) {
	// Given an index that cannot be read,
	store, began := memory.NewEventStore(time.Minute, time.Now), time.Now()
	clock := ledger.NewClock(func() (time.Time, time.Duration) { return time.Now(), time.Since(began) },
		func(ports.Incident) {})
	l := ledger.New(store, store, clock, func() string { return "id" },
		ledger.Options{State: inventory.NewState(unreadable{})})
	s := New(l, store, Options{Log: func(*Record) {}, NewID: func() string { return "made" }})
	for path, status := range map[string]int{
		"/v1/reservations?status=held": http.StatusOK, "/v1/transfers?status=in-transit": http.StatusOK,
		"/v1/reservations": http.StatusServiceUnavailable, "/v1/transfers": http.StatusServiceUnavailable,
		"/v1/reservations?status=held,expired": http.StatusServiceUnavailable,
	} {
		// when a client lists entries, then it gets those that are in memory if they are all.
		answer := ask(s, http.MethodGet, path, nil)
		require.Equal(t, status, answer.Code, path)
		if status != http.StatusOK {
			require.Contains(t, answer.Body.String(), `"code":"storage-unavailable"`)
			require.NotEmpty(t, answer.Header().Get("Retry-After"))
		}
	}
}

func TestListsWaitForAPosition(t *testing.T) {
	// Given a service that has not reached a position,
	s, _ := newTestServer(t, memory.NewEventStore(time.Minute, time.Now), Options{})
	for _, path := range []string{"/v1/reservations", "/v1/transfers"} {
		request := httptest.NewRequest(http.MethodGet, path, nil)
		request.Header.Set("Onhand-Min-Position", "7")
		ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
		defer cancel()
		answer := httptest.NewRecorder()
		// when a client asks for a list of that position, then the service does not answer from an earlier one.
		s.Handler().ServeHTTP(answer, request.WithContext(ctx))
		require.Contains(t, answer.Body.String(), `"code":"view-behind"`, path)
	}
}
