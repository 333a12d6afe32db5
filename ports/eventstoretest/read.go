package eventstoretest

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/onhand/onhand/domain/event"
	"github.com/onhand/onhand/ports"
)

func testStreamOrders(t *testing.T, s Subject) {
	for v := range event.Version(40) {
		mustAppend(t, s.Store, commit(fact("a", v+1)), commit(fact("b", v+1)))
	}
	for range 2 {
		require.Equal(t, upTo(1, 40), versions(t, s.Store, "a", 0, ports.Oldest))
		require.Equal(t, upTo(40, 1), versions(t, s.Store, "a", 0, ports.Newest))
		require.Equal(t, upTo(17, 40), versions(t, s.Store, "a", 17, ports.Oldest))
		require.Equal(t, upTo(17, 1), versions(t, s.Store, "a", 17, ports.Newest))
		require.Equal(t, upTo(40, 1), versions(t, s.Store, "a", 99, ports.Newest))
		require.Empty(t, versions(t, s.Store, "a", 41, ports.Oldest))
		require.Empty(t, versions(t, s.Store, "unknown", 0, ports.Newest))
		s.Store = s.Reopen()
	}
}

func testLongStream(t *testing.T, s Subject) {
	const length = 5000
	for v := event.Version(0); v < length; v += 100 {
		var commits []ports.Commit
		for i := range event.Version(100) {
			commits = append(commits, commit(fact("long", v+i+1)))
		}
		mustAppend(t, s.Store, commits...)
	}
	for _, at := range []event.Version{1, 2, 15, 16, 17, 255, 256, 257, 4095, 4096, 4097, 4999, 5000} {
		for e, err := range s.Store.Stream(context.Background(), "long", at, ports.Newest) {
			require.NoError(t, err)
			require.Equal(t, at, e.Version)
			break
		}
		for e, err := range s.Store.Stream(context.Background(), "long", at, ports.Oldest) {
			require.NoError(t, err)
			require.Equal(t, at, e.Version)
			break
		}
	}
	require.Equal(t, upTo(1, length), versions(t, s.Store, "long", 0, ports.Oldest))
}

func testSeveralEvents(t *testing.T, s Subject) {
	for v := event.Version(1); v <= 300; v += 3 {
		mustAppend(t, s.Store,
			commit(fact("a", v), fact("b", v), fact("a", v+1), fact("b", v+1), fact("a", v+2), fact("b", v+2)))
	}
	s.Store = s.Reopen()
	for _, id := range []event.StreamID{"a", "b"} {
		for from := event.Version(1); from <= 300; from += 7 {
			require.Equal(t, upTo(from, 300), versions(t, s.Store, id, from, ports.Oldest))
			require.Equal(t, upTo(from, 1), versions(t, s.Store, id, from, ports.Newest))
		}
	}
	mustAppend(t, s.Store, commit(fact("a", 301)))
}

func testEarlyBreak(t *testing.T, s Subject) {
	for v := range event.Version(50) {
		mustAppend(t, s.Store, commit(fact("a", v+1)))
	}
	for range 5 {
		for _, order := range []ports.Order{ports.Oldest, ports.Newest} {
			for _, err := range s.Store.Stream(context.Background(), "a", 0, order) {
				require.NoError(t, err)
				break
			}
		}
		for _, err := range s.Store.Commits(context.Background(), 0) {
			require.NoError(t, err)
			break
		}
	}
}

func testFeed(t *testing.T, s Subject) {
	const commits = 200
	for n := range commits {
		mustAppend(t, s.Store, commit(fact(event.StreamID(fmt.Sprint("s", n)), 1)))
	}
	for range 2 {
		for _, after := range []event.Position{0, 1, 99, commits - 1, commits, commits + 5} {
			found := feed(t, s.Store, after)
			require.Len(t, found, max(0, commits-int(after)))
			for i, c := range found {
				require.Equal(t, after+event.Position(i)+1, c.Position)
				require.Equal(t, event.StreamID(fmt.Sprint("s", c.Position-1)), c.Events[0].Stream)
			}
		}
		s.Store = s.Reopen()
	}
}

func testGrown(t *testing.T, s Subject) {
	told := func(grown <-chan struct{}) bool {
		select {
		case <-grown:
			return true
		default:
			return false
		}
	}
	await := func(grown <-chan struct{}) {
		select {
		case <-grown:
		case <-time.After(time.Minute):
			require.Fail(t, "no caller was told")
		}
	}
	first, again := s.Store.Grown(0), s.Store.Grown(0)
	require.False(t, told(first), "nothing has happened yet")
	mustAppend(t, s.Store, commit(fact("a", 1)))
	require.True(t, told(s.Store.Grown(0)), "the log is beyond that already")
	await(first)
	await(again)
	second := s.Store.Grown(1)
	require.False(t, told(second))
	mustAppend(t, s.Store, commit(fact("a", 2)))
	await(second)
	last := s.Store.Grown(2)
	require.False(t, told(last))
	require.NoError(t, s.Store.Close())
	await(last)
	await(s.Store.Grown(7))
}

func testCommitByID(t *testing.T, s Subject) {
	first, second := commit(fact("a", 1)), commit(fact("a", 2))
	first.ID, second.ID = "c-1", "c-2"
	mustAppend(t, s.Store, first, second)
	find := func(id string, after event.Position) (ports.Recorded, bool) {
		c, found, err := s.Store.CommitByID(context.Background(), id, after)
		require.NoError(t, err)
		return c, found
	}
	c, found := find("c-2", 1)
	require.True(t, found)
	require.Equal(t, ports.Recorded{Position: 2, Commit: second}, c)
	_, found = find("c-1", 0)
	require.True(t, found)
	_, found = find("c-1", 1)
	require.False(t, found, "it is not after that position")
	_, found = find("c-3", 0)
	require.False(t, found)
	cancelled, cancel := context.WithCancel(context.Background())
	cancel()
	_, _, err := s.Store.CommitByID(cancelled, "c-1", 0)
	require.ErrorIs(t, err, context.Canceled)
}

func testCatchUp(t *testing.T, s Subject) {
	mustAppend(t, s.Store, commit(fact("a", 1)))
	other, err := s.Store.CatchUp(context.Background())
	require.NoError(t, err)
	require.Zero(t, other, "the only writer of the log is this one")
	require.Equal(t, event.Position(1), s.Store.Head().Position)
	cancelled, cancel := context.WithCancel(context.Background())
	cancel()
	_, err = s.Store.CatchUp(cancelled)
	require.ErrorIs(t, err, context.Canceled)
	require.ErrorIs(t, s.Store.CloseTimestamp(cancelled, start), context.Canceled)
}

func testCloseTimestamp(t *testing.T, s Subject) {
	require.NoError(t, s.Store.CloseTimestamp(context.Background(), start.Add(time.Second)))
	require.NoError(t, s.Store.CloseTimestamp(context.Background(), start), "an earlier time is closed already")
	require.False(t, s.Store.Head().Time.Before(start.Add(time.Second)), "nothing is decided at an earlier time")
	late := commit(fact("a", 1))
	late.ValidUntil = start.Add(time.Second)
	require.ErrorAs(t, appendOne(t, s.Store, late), new(*ports.TooLateError))
	require.ErrorAs(t, appendOne(t, s.Store, commit(fact("a", 1))), new(*ports.TooLateError), "it was decided before")
	require.Empty(t, feed(t, s.Store, 0))
	decided := commit(fact("a", 1))
	decided.Time = start.Add(time.Second)
	mustAppend(t, s.Store, decided)
}

func testReopen(t *testing.T, s Subject) {
	mustAppend(t, s.Store, commit(fact("a", 1)))
	for v := event.Version(2); v < 6; v++ {
		before := feed(t, s.Store, 0)
		status, head := statusOf(t, s.Store), s.Store.Head()
		s.Store = s.Reopen()
		require.Equal(t, before, feed(t, s.Store, 0))
		after := statusOf(t, s.Store)
		status.Tables, after.Tables = nil, nil // what is in memory need not be the same
		require.Equal(t, status, after)
		require.Equal(t, head, s.Store.Head())
		mustAppend(t, s.Store, commit(fact("a", v)))
	}
	require.Equal(t, upTo(1, 5), versions(t, s.Store, "a", 0, ports.Oldest))
}

func testClose(t *testing.T, s Subject) {
	mustAppend(t, s.Store, commit(fact("a", 1)))
	require.NoError(t, s.Store.Close())
	require.NoError(t, s.Store.Close())
	_, err := s.Store.Append(context.Background(), []ports.Commit{commit(fact("a", 2))})
	require.ErrorIs(t, err, ports.ErrUnavailable)
	_, _, err = s.Store.CommitByKey(context.Background(), "k")
	require.ErrorIs(t, err, ports.ErrUnavailable)
	for _, err := range s.Store.Stream(context.Background(), "a", 0, ports.Oldest) {
		require.ErrorIs(t, err, ports.ErrUnavailable)
	}
	for _, err := range s.Store.Commits(context.Background(), 0) {
		require.ErrorIs(t, err, ports.ErrUnavailable)
	}
	require.True(t, statusOf(t, s.Store).Failed)
}
