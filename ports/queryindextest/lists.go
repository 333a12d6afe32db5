package queryindextest

import (
	"fmt"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/onhand/onhand/ports"
)

func testNewer(t *testing.T, open Opener) {
	x := open(t)
	old := reservation("r", "released", 0, term(ports.SKUTerm, "a"), term(ports.OwnerTerm, "o"))
	newer := reservation("r", "expired", 5, term(ports.SKUTerm, "b"), term(ports.OwnerTerm, "o"))
	newer.Version++
	put(t, x, 1, old)
	put(t, x, 1, newer)
	got, found, err := x.Find(ctx, ports.ReservationEntry, "r")
	require.NoError(t, err)
	require.True(t, found)
	require.Equal(t, newer, got)
	require.EqualValues(t, 1, x.Status().Entries)
	for _, q := range []ports.ClosedQuery{{Terms: old.Terms[:1]}, {Statuses: []string{"released"}}} {
		require.Empty(t, ids(t, x, q))
		q.Kind, q.Sort, q.Limit, q.Examine = ports.ReservationEntry, ports.ByID, 1, 1
		page, err := x.List(ctx, q)
		require.NoError(t, err)
		require.Zero(t, page.End, "the index has nothing of the old version to examine")
	}
	for _, order := range []ports.EntrySort{ports.ByID, ports.ByCreated, ports.ByUpdated} {
		require.Equal(t, []string{"r"}, ids(t, x, ports.ClosedQuery{Sort: order, Terms: newer.Terms}))
		require.Equal(t, []string{"r"}, ids(t, x, ports.ClosedQuery{Sort: order}))
	}
	require.NoError(t, x.Close())
}

func testOlder(t *testing.T, open Opener) {
	x := open(t)
	kept := reservation("r", "released", 0, term(ports.SKUTerm, "a"))
	same := reservation("r", "expired", 1, term(ports.SKUTerm, "b"))
	older := same
	older.Version--
	put(t, x, 1, kept)
	put(t, x, 7, same, older)
	require.Equal(t, markAt(7), x.Mark(), "the mark moves nevertheless")
	got, _, err := x.Find(ctx, ports.ReservationEntry, "r")
	require.NoError(t, err)
	require.Equal(t, kept, got)
	require.Empty(t, ids(t, x, ports.ClosedQuery{Statuses: []string{"expired"}}))
	require.Empty(t, ids(t, x, ports.ClosedQuery{Terms: same.Terms}))
	require.NoError(t, x.Close())
}

func testTwice(t *testing.T, open Opener) {
	x := open(t)
	older := reservation("r", "expired", 1, term(ports.SKUTerm, "b"))
	newer := reservation("r", "released", 0, term(ports.SKUTerm, "a"))
	newer.Version++
	put(t, x, 1, older, newer, older)
	require.Equal(t, []string{"r"}, ids(t, x, ports.ClosedQuery{}))
	require.Empty(t, ids(t, x, ports.ClosedQuery{Terms: older.Terms}))
	require.EqualValues(t, 1, x.Status().Entries)
	require.NoError(t, x.Close())
}

func testEqualTimes(t *testing.T, open Opener) {
	x := open(t)
	put(t, x, 1, reservation("b", "expired", 0), reservation("a", "released", 0), reservation("ab", "expired", 0))
	for _, order := range []ports.EntrySort{ports.ByCreated, ports.ByUpdated} {
		require.Equal(t, []string{"a", "ab", "b"}, ids(t, x, ports.ClosedQuery{Sort: order}))
		require.Equal(t, []string{"b", "ab", "a"}, ids(t, x, ports.ClosedQuery{Sort: order, Descending: true}))
	}
	require.NoError(t, x.Close())
}

func testBudget(t *testing.T, open Opener) {
	x := open(t)
	for i := range 10 {
		put(t, x, 1, reservation(fmt.Sprint(i), "released", i, term(ports.StoreTerm, "a")))
	}
	put(t, x, 1, reservation("x", "released", 20, term(ports.StoreTerm, "a"), term(ports.StoreTerm, "b")))
	q := ports.ClosedQuery{
		Kind: ports.ReservationEntry, Terms: []ports.SearchTerm{term(ports.StoreTerm, "a"), term(ports.StoreTerm, "b")},
		Sort: ports.ByID, Limit: 1, Examine: 4,
	}
	for _, want := range []string{"3", "7"} {
		page, err := x.List(ctx, q)
		require.NoError(t, err)
		require.Empty(t, page.Entries)
		require.Equal(t, ports.EntryPlace{ID: want}, page.End)
		require.True(t, page.More)
		q.After = page.End
	}
	page, err := x.List(ctx, q)
	require.NoError(t, err)
	require.Len(t, page.Entries, 1)
	require.False(t, page.More)
	q.After = page.End
	page, err = x.List(ctx, q)
	require.NoError(t, err)
	require.Equal(t, ports.ClosedPage{End: q.After}, page)
	require.NoError(t, x.Close())
}

// testConcurrent lists beside Puts: each list has at least the entries of the Puts that had ended.
func testConcurrent(t *testing.T, open Opener) {
	x := open(t)
	const puts = 50
	ended := make(chan int, puts)
	var writer sync.WaitGroup
	writer.Go(func() {
		defer close(ended)
		for i := range puts {
			entries := []ports.ClosedEntry{reservation(fmt.Sprintf("%03d", i), "released", i)}
			if err := x.Put(ctx, entries, markAt(i)); err != nil {
				t.Error(err)
				return
			}
			ended <- i + 1
		}
	})
	for n := range ended {
		require.GreaterOrEqual(t, len(ids(t, x, ports.ClosedQuery{Sort: ports.ByUpdated})), n)
	}
	writer.Wait()
	require.NoError(t, x.Close())
}
