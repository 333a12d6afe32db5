package indexing_test

import (
	"context"
	"iter"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/onhand/onhand/adapters/queryindex"
	"github.com/onhand/onhand/application/feed"
	"github.com/onhand/onhand/application/indexing"
	"github.com/onhand/onhand/domain/event"
	"github.com/onhand/onhand/ports"
)

// all returns the entries of an index, of both kinds.
func all(t require.TestingT, index ports.QueryIndex) []ports.ClosedEntry {
	var list []ports.ClosedEntry
	for _, kind := range []ports.EntryKind{ports.ReservationEntry, ports.TransferEntry} {
		q := ports.ClosedQuery{Kind: kind, Sort: ports.ByID, Limit: 1e6, Examine: 1e6}
		page, err := index.List(context.Background(), q)
		require.NoError(t, err)
		require.False(t, page.More)
		list = append(list, page.Entries...)
	}
	return list
}

// copied returns a copy of an index.
func copied(t require.TestingT, index ports.QueryIndex) *moody {
	c := &moody{QueryIndex: queryindex.InMemory()}
	require.NoError(t, c.Put(context.Background(), all(t, index), index.Mark()))
	return c
}

func TestAnIndexIsMadeFitForTheState(t *testing.T) {
	s := newShop(t)
	ctx := t.Context()
	indexer := s.indexer(indexing.Options{})
	s.closed(3)
	require.NoError(t, indexer.Flush(ctx))
	older := copied(t, s.index)
	changed := s.closed(3)
	s.giveBack(changed[0])
	s.move()
	s.reserve()
	require.NoError(t, indexer.Flush(ctx))
	s.closed(2)
	want := all(t, s.index)
	need := indexing.Need{Mark: s.index.Mark().Position, At: s.index.Mark().Position}
	id := func(at event.Position) string {
		id, err := feed.CommitID(ctx, s.store, at)
		require.NoError(t, err)
		return id
	}
	marked := func(at event.Position, commit string) *moody {
		index := copied(t, s.index)
		require.NoError(t, index.Put(ctx, []ports.ClosedEntry{{
			Kind: ports.TransferEntry, ID: "of another log", Version: 1, Status: "received", Data: []byte("{}"),
		}}, ports.IndexMark{Position: at, Commit: commit}))
		index.puts = 0
		return index
	}
	for _, test := range []struct {
		name  string
		index *moody
		puts  int
		told  []bool // whether the reports are severe
	}{
		{"an index with the mark is left alone", copied(t, s.index), 0, nil},
		{"an index that was lost is built", &moody{QueryIndex: queryindex.InMemory()}, 1, []bool{false, false}},
		{"an older index gets what it lacks", older, 1, []bool{false, false}},
		{"an index of another log is emptied", marked(need.Mark, "other"), 1, []bool{true, false, false}},
		{"an index that is newer than the log is emptied", marked(s.Position()+1, id(need.Mark)), 1, []bool{true, false, false}},
	} {
		t.Run(test.name, func(t *testing.T) {
			test.index.puts = 0
			var told []bool
			require.NoError(t, indexing.Prepare(ctx, test.index, s.store, need, func(i ports.Incident) {
				told = append(told, i.Severe)
			}))
			require.Equal(t, test.puts, test.index.puts)
			require.Equal(t, test.told, told)
			require.Equal(t, want, all(t, test.index))
			require.Equal(t, ports.IndexMark{Position: need.At, Commit: id(need.At)}, test.index.Mark())
		})
	}
}

func TestAnOlderIndexIsReadFromItsMark(t *testing.T) {
	s := newShop(t)
	s.closed(3)
	require.NoError(t, s.indexer(indexing.Options{}).Flush(t.Context()))
	mark := s.index.Mark()
	s.closed(1)
	log := &readFrom{EventFeed: s.store}
	need := indexing.Need{Mark: mark.Position + 1, At: s.Position()}
	require.NoError(t, indexing.Prepare(t.Context(), s.index, log, need, s.report))
	require.Equal(t, []event.Position{mark.Position - 1, mark.Position}, log.after)
	require.Len(t, all(t, s.index), 4)
}

func TestABuildThatFailedContinues(t *testing.T) {
	s := newShop(t)
	s.closed(3000)
	s.move()
	need := indexing.Need{Mark: 1, At: s.Position()}
	index := &moody{QueryIndex: queryindex.InMemory()}
	writes := 0
	index.set(func(context.Context) error {
		if writes++; writes > 1 {
			return errDisk
		}
		return nil
	})
	s.closed(2000)
	need.At = s.Position()
	require.ErrorIs(t, indexing.Prepare(t.Context(), index, s.store, need, s.report), errDisk)
	require.Positive(t, index.Mark().Position)
	require.Less(t, index.Mark().Position, need.At)
	index.set(nil)
	need.Mark = need.At
	require.NoError(t, indexing.Prepare(t.Context(), index, s.store, need, s.report))
	require.Len(t, all(t, index), 5001)
	require.Equal(t, need.At, index.Mark().Position)
}

func TestAnIndexThatCannotBePreparedFailsTheStart(t *testing.T) {
	s := newShop(t)
	s.closed(1)
	index := &moody{QueryIndex: queryindex.InMemory()}
	index.set(failing)
	need := indexing.Need{Mark: 1, At: s.Position()}
	require.ErrorIs(t, indexing.Prepare(t.Context(), index, s.store, need, s.report), errDisk)
	index.set(nil)
	need.At++
	require.ErrorContains(t, indexing.Prepare(t.Context(), index, s.store, need, s.report), "the log ends")
	require.NoError(t, s.store.Close())
	require.ErrorIs(t, indexing.Prepare(t.Context(), index, s.store, need, s.report), ports.ErrUnavailable)
}

// readFrom notes from where a log is read.
type readFrom struct {
	ports.EventFeed
	after []event.Position
}

func (r *readFrom) Commits(ctx context.Context, after event.Position) iter.Seq2[ports.Recorded, error] {
	r.after = append(r.after, after)
	return r.EventFeed.Commits(ctx, after)
}
