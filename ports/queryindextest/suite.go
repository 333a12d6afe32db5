// Package queryindextest is the contract of ports.QueryIndex as tests, for every adapter to pass.
package queryindextest

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/onhand/onhand/domain/event"
	"github.com/onhand/onhand/ports"
)

// Opener opens the index of a place. An index that was opened there before is closed.
type Opener func(t require.TestingT) ports.QueryIndex

// Run runs the whole contract; place makes a new empty place for each test.
func Run(t *testing.T, place func(t require.TestingT) Opener) {
	for name, test := range map[string]func(*testing.T, Opener){
		"an empty index":                                  testEmpty,
		"an entry is found as it was put":                 testFind,
		"a newer version replaces an older one":           testNewer,
		"an older or the same version changes nothing":    testOlder,
		"one Put has an entry twice":                      testTwice,
		"each filter selects":                             testFilters,
		"equal times are ordered by id":                   testEqualTimes,
		"a page examines no more than its budget":         testBudget,
		"mark and entries last":                           testMark,
		"Reset removes everything":                        testReset,
		"a kind or field that is not known is refused":    testUnknown,
		"a context that has ended":                        testContext,
		"lists during writes have what was put before":    testConcurrent,
		"a closed index is unavailable, and closed twice": testClosed,
	} {
		t.Run(name, func(t *testing.T) { test(t, place(t)) })
	}
	t.Run("pages of any budget are the sorted entries that fit", func(t *testing.T) { testModel(t, place) })
}

var (
	ctx  = context.Background()
	noon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
)

const plenty = 1 << 20

// reservation makes an entry that was created so many minutes after noon.
func reservation(id, status string, minutes int, terms ...ports.SearchTerm) ports.ClosedEntry {
	created := noon.Add(time.Duration(minutes) * time.Minute)
	return ports.ClosedEntry{
		Kind: ports.ReservationEntry, ID: id, Version: 2, Status: status, Terms: terms,
		CreatedAt: created, UpdatedAt: created.Add(time.Hour), Data: []byte(`{"id":"` + id + `"}`),
	}
}

func term(field ports.TermField, value string) ports.SearchTerm {
	return ports.SearchTerm{Field: field, Value: value}
}

func put(t require.TestingT, x ports.QueryIndex, position int, entries ...ports.ClosedEntry) {
	require.NoError(t, x.Put(ctx, entries, markAt(position)))
}

func markAt(position int) ports.IndexMark {
	return ports.IndexMark{Position: event.Position(position), Commit: fmt.Sprint("commit ", position)}
}

// ids lists a query's entries on one page.
func ids(t require.TestingT, x ports.QueryIndex, q ports.ClosedQuery) []string {
	if q.Kind == "" {
		q.Kind = ports.ReservationEntry
	}
	if q.Sort == "" {
		q.Sort = ports.ByID
	}
	q.Limit, q.Examine = plenty, plenty
	page, err := x.List(ctx, q)
	require.NoError(t, err)
	require.False(t, page.More)
	list := []string{}
	for i := range page.Entries {
		list = append(list, page.Entries[i].ID)
	}
	return list
}

func testEmpty(t *testing.T, open Opener) {
	x := open(t)
	_, found, err := x.Find(ctx, ports.ReservationEntry, "r")
	require.NoError(t, err)
	require.False(t, found)
	require.Empty(t, ids(t, x, ports.ClosedQuery{}))
	require.Zero(t, x.Mark())
	require.Zero(t, x.Status().Entries)
	require.Empty(t, x.Status().Detail)
	require.NoError(t, x.Reset(ctx))
	require.NoError(t, x.Close())
}

func testFind(t *testing.T, open Opener) {
	x := open(t)
	want := reservation("r", "released", 0, term(ports.SKUTerm, "a"), term(ports.StoreTerm, "b"))
	put(t, x, 1, want)
	for range 2 {
		got, found, err := x.Find(ctx, ports.ReservationEntry, "r")
		require.NoError(t, err)
		require.True(t, found)
		require.Equal(t, want, got)
		page, err := x.List(ctx, ports.ClosedQuery{Kind: want.Kind, Sort: ports.ByID, Limit: 1, Examine: 1})
		require.NoError(t, err)
		require.Equal(t, []ports.ClosedEntry{want}, page.Entries)
		require.Equal(t, ports.EntryPlace{ID: "r"}, page.End)
		require.False(t, page.More)
		_, found, err = x.Find(ctx, ports.TransferEntry, "r")
		require.NoError(t, err)
		require.False(t, found, "kinds have names of their own")
		x = open(t)
	}
	require.NoError(t, x.Close())
}

func testMark(t *testing.T, open Opener) {
	x := open(t)
	put(t, x, 7, reservation("r", "released", 0))
	require.Equal(t, markAt(7), x.Mark())
	x = open(t)
	require.Equal(t, markAt(7), x.Mark())
	require.EqualValues(t, 1, x.Status().Entries)
	put(t, x, 9)
	x = open(t)
	require.Equal(t, markAt(9), x.Mark())
	require.Equal(t, []string{"r"}, ids(t, x, ports.ClosedQuery{Statuses: []string{"released"}}))
	require.NoError(t, x.Close())
}

func testReset(t *testing.T, open Opener) {
	x := open(t)
	put(t, x, 7, reservation("r", "released", 0), reservation("s", "expired", 0))
	require.NoError(t, x.Reset(ctx))
	for range 2 {
		require.Zero(t, x.Mark())
		require.Zero(t, x.Status().Entries)
		require.Empty(t, ids(t, x, ports.ClosedQuery{}))
		_, found, err := x.Find(ctx, ports.ReservationEntry, "r")
		require.NoError(t, err)
		require.False(t, found)
		x = open(t)
	}
	put(t, x, 7, reservation("s", "expired", 0))
	require.Equal(t, []string{"s"}, ids(t, x, ports.ClosedQuery{}))
	require.NoError(t, x.Close())
}

func testUnknown(t *testing.T, open Opener) {
	x := open(t)
	odd := reservation("r", "released", 0)
	odd.Kind = "cart"
	require.Error(t, x.Put(ctx, []ports.ClosedEntry{reservation("s", "released", 0), odd}, markAt(7)))
	odd = reservation("r", "released", 0, term("colour", "red"))
	require.Error(t, x.Put(ctx, []ports.ClosedEntry{reservation("s", "released", 0), odd}, markAt(7)))
	require.Empty(t, ids(t, x, ports.ClosedQuery{}), "nothing has changed")
	require.Zero(t, x.Mark())
	require.NoError(t, x.Close())
}

func testContext(t *testing.T, open Opener) {
	x := open(t)
	put(t, x, 7, reservation("r", "released", 0))
	ended, end := context.WithCancel(ctx)
	end()
	_, err := x.List(ended, ports.ClosedQuery{Kind: ports.ReservationEntry, Sort: ports.ByID, Limit: 1, Examine: 1})
	require.ErrorIs(t, err, context.Canceled)
	require.NotErrorIs(t, err, ports.ErrUnavailable)
	require.NoError(t, x.Close())
}

func testClosed(t *testing.T, open Opener) {
	x := open(t)
	put(t, x, 7, reservation("r", "released", 0))
	require.NoError(t, x.Close())
	require.NoError(t, x.Close())
	_, _, err := x.Find(ctx, ports.ReservationEntry, "r")
	require.ErrorIs(t, err, ports.ErrUnavailable)
	_, err = x.List(ctx, ports.ClosedQuery{Kind: ports.ReservationEntry, Sort: ports.ByID, Limit: 1, Examine: 1})
	require.ErrorIs(t, err, ports.ErrUnavailable)
	require.ErrorIs(t, x.Put(ctx, nil, markAt(7)), ports.ErrUnavailable)
	require.ErrorIs(t, x.Reset(ctx), ports.ErrUnavailable)
}
