package indexing_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/onhand/onhand/adapters/queryindex"
	"github.com/onhand/onhand/application/audit"
	"github.com/onhand/onhand/application/closed"
	"github.com/onhand/onhand/application/indexing"
	"github.com/onhand/onhand/domain/reservation"
	"github.com/onhand/onhand/ports"
)

// compare compares an index with the log.
func (s *shop) compare(index ports.QueryIndex) (int64, error) {
	ctx := context.Background()
	fold := audit.New(queryindex.InMemory())
	c := indexing.Compare("index", index, fold)
	for commit, err := range s.store.Commits(ctx, 0) {
		require.NoError(s, err)
		require.NoError(s, fold.Check(commit))
		if err := c.Next(ctx, commit); err != nil {
			return 0, err
		}
	}
	return c.End(ctx)
}

// made is an index with entries at a mark.
func made(t *testing.T, entries []ports.ClosedEntry, mark ports.IndexMark) ports.QueryIndex {
	index := queryindex.InMemory()
	require.NoError(t, index.Put(t.Context(), entries, mark))
	return index
}

func TestAComparisonFindsEveryDifferenceOfAnIndex(t *testing.T) {
	s := newShop(t)
	ids := s.closed(3)
	s.move()
	again := s.release() // and opened again below
	indexer := s.indexer(indexing.Options{})
	require.NoError(t, indexer.Flush(t.Context()))
	s.reopen(again)
	open := s.reserve()
	require.NoError(t, indexer.Flush(t.Context()))
	entries, mark := all(t, s.index), s.index.Mark()
	s.giveBack(ids[1])
	s.closed(1) // after the mark
	count, err := s.compare(s.index)
	require.NoError(t, err)
	require.Equal(t, int64(5), count)
	count, err = s.compare(queryindex.InMemory())
	require.NoError(t, err, "an empty index lacks what the next start adds")
	require.Zero(t, count)

	changed := func(change func(e *ports.ClosedEntry)) []ports.ClosedEntry {
		list := append([]ports.ClosedEntry{}, entries...)
		change(&list[1])
		return list
	}
	add := func(e ports.ClosedEntry) []ports.ClosedEntry { return append(entries[:len(entries):len(entries)], e) }
	stillOpen := closed.FromReservation(s.Inventory().Reservations().Open(open))
	newest := *s.Inventory().Reservations().InMemory(ids[1])
	for _, test := range []struct {
		name    string
		entries []ports.ClosedEntry
		mark    ports.IndexMark
		says    string // empty: there is no difference
	}{
		{"an entry of a commit after the mark", add(closed.FromReservation(&newest)), mark, ""},
		{"an entry is missing", entries[1:], mark, `reservation "` + entries[0].ID + `": is missing`},
		{"an old version", changed(func(e *ports.ClosedEntry) { e.Version-- }), mark, "has version 1, the log leads to 2"},
		{"other data", changed(func(e *ports.ClosedEntry) { e.Data = []byte("{}") }), mark, `says "{}"`},
		{"another status", changed(func(e *ports.ClosedEntry) { e.Status = "expired" }), mark, "found by other facts"},
		{"a term too few", changed(func(e *ports.ClosedEntry) { e.Terms = e.Terms[1:] }), mark, "found by other facts"},
		{"an entry that is open", add(stillOpen), mark, "has version 1"},
		{"an entry that never was", add(ports.ClosedEntry{
			Kind: ports.TransferEntry, ID: "t", Version: 2, Status: "received", Data: []byte("{}"),
		}), mark, `transfer "t": has version 2, the log leads to 0`},
		{"a version that never was", add(func() ports.ClosedEntry {
			e := closed.FromReservation(&newest)
			e.Version += 5
			return e
		}()), mark, "has version 8, the log leads to 3"},
		{"another content after the mark", add(func() ports.ClosedEntry {
			newest := newest
			newest.Owner = "other"
			return closed.FromReservation(&newest)
		}()), mark, `says "{`},
		{"another log", entries, ports.IndexMark{Position: mark.Position, Commit: "other"}, "another log"},
		{"a mark that the log does not reach", entries, ports.IndexMark{Position: 1000, Commit: "c"}, "position 1000"},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, err := s.compare(made(t, test.entries, test.mark))
			if test.says == "" {
				require.NoError(t, err)
				return
			}
			require.ErrorAs(t, err, new(*indexing.DifferenceError))
			require.ErrorContains(t, err, test.says)
		})
	}
	require.Equal(t, reservation.HeldStatus, s.Inventory().Reservations().Open(again).Status())
}
