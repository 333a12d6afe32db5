package eventstoretest

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/onhand/onhand/domain/event"
	"github.com/onhand/onhand/ports"
)

func testAppendAndRead(t *testing.T, s Subject) {
	c := ports.Commit{
		ID: "c-1", Time: start, Actor: "till 7", RequestID: "r-1",
		Key: `k "1"`, Fingerprint: "f-1", Result: []byte(`{"ok":[1,2,{"x":"]"}]}`),
		Events: []ports.Event{fact("stock/S1/A", 1), fact("stock/S1/B", 1)},
	}
	c.Events[1].Time = start.Add(-time.Hour)
	require.Equal(t, event.Position(1), mustAppend(t, s.Store, c))

	require.Equal(t, []ports.Recorded{{Position: 1, Commit: c}}, feed(t, s.Store, 0))
	found, ok, err := s.Store.CommitByKey(context.Background(), c.Key)
	require.NoError(t, err)
	require.True(t, ok)
	require.Equal(t, ports.Recorded{Position: 1, Commit: c}, found)
	for e, err := range s.Store.Stream(context.Background(), "stock/S1/B", 0, ports.Newest) {
		require.NoError(t, err)
		require.Equal(t, ports.StreamEvent{Position: 1, Index: 1, Actor: "till 7", RequestID: "r-1", Event: c.Events[1]}, e)
	}
	status := statusOf(t, s.Store)
	require.Equal(t, event.Position(1), status.Position)
	require.Equal(t, int64(2), status.Events)
	require.False(t, status.ReadOnly || status.Failed)
	head := s.Store.Head()
	require.Equal(t, event.Position(1), head.Position)
	require.False(t, head.Time.Before(start))
}

func testConflict(t *testing.T, s Subject) {
	mustAppend(t, s.Store, commit(fact("a", 1)))
	for _, stale := range []event.Version{1, 3} {
		conflict := &ports.ConflictError{}
		require.ErrorAs(t, appendOne(t, s.Store, commit(fact("a", stale))), &conflict)
		require.Equal(t, &ports.ConflictError{Stream: "a", Expected: stale - 1, Actual: 1}, conflict)
	}
	require.Equal(t, upTo(1, 1), versions(t, s.Store, "a", 0, ports.Oldest))
	require.Len(t, feed(t, s.Store, 0), 1)
}

func testConflictAmongOthers(t *testing.T, s Subject) {
	results, err := s.Store.Append(context.Background(), []ports.Commit{
		commit(fact("a", 1)), commit(fact("b", 2)), commit(fact("a", 2)), commit(fact("b", 3)),
	})
	require.NoError(t, err)
	require.Equal(t, event.Position(1), results[0].Position)
	require.ErrorAs(t, results[1].Err, new(*ports.ConflictError))
	require.Equal(t, event.Position(2), results[2].Position)
	require.ErrorAs(t, results[3].Err, new(*ports.ConflictError), "it builds on a commit that was refused")
	require.Len(t, feed(t, s.Store, 0), 2)
}

func testConflictAfterARefusal(t *testing.T, s Subject) {
	for v := range event.Version(3) {
		mustAppend(t, s.Store, commit(fact("a", v+1)))
	}
	results, err := s.Store.Append(context.Background(), []ports.Commit{
		commit(fact("a", 3), fact("b", 1)), commit(fact("a", 4)), commit(fact("b", 2)), commit(fact("a", 5)),
		commit(fact("b", 1)),
	})
	require.NoError(t, err)
	for i, what := range []string{
		"it is stale", "it builds on what was refused, not on version 3", "the version that it builds on is missing",
		"so is the one that this builds on",
	} {
		require.ErrorAs(t, results[i].Err, new(*ports.ConflictError), what)
	}
	require.NoError(t, results[4].Err, "it builds on nothing that was refused")
	require.Equal(t, upTo(1, 3), versions(t, s.Store, "a", 0, ports.Oldest))
}

func testAtomicStreams(t *testing.T, s Subject) {
	mustAppend(t, s.Store, commit(fact("a", 1)))
	require.ErrorAs(t, appendOne(t, s.Store, commit(fact("b", 1), fact("a", 1))), new(*ports.ConflictError))
	require.Empty(t, versions(t, s.Store, "b", 0, ports.Oldest))
	mustAppend(t, s.Store, commit(fact("b", 1), fact("a", 2)))
	require.Equal(t, upTo(1, 1), versions(t, s.Store, "b", 0, ports.Oldest))
	require.Equal(t, upTo(1, 2), versions(t, s.Store, "a", 0, ports.Oldest))
}

func testRacers(t *testing.T, s Subject) {
	const racers = 20
	for round := event.Version(1); round <= 10; round++ {
		var ready, done sync.WaitGroup
		var mu sync.Mutex
		won := 0
		ready.Add(racers)
		for range racers {
			done.Go(func() {
				ready.Done()
				ready.Wait()
				results, err := s.Store.Append(context.Background(), []ports.Commit{commit(fact("raced", round))})
				mu.Lock()
				defer mu.Unlock()
				if err == nil && results[0].Err == nil {
					won++
				}
			})
		}
		done.Wait()
		require.Equal(t, 1, won)
	}
	require.Equal(t, upTo(1, 10), versions(t, s.Store, "raced", 0, ports.Oldest))
}

func testCancelled(t *testing.T, s Subject) {
	mustAppend(t, s.Store, commit(fact("a", 1)))
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	_, err := s.Store.Append(ctx, []ports.Commit{commit(fact("a", 2))})
	require.ErrorIs(t, err, context.Canceled)
	_, _, err = s.Store.CommitByKey(ctx, "k")
	require.ErrorIs(t, err, context.Canceled)
	for _, err := range s.Store.Stream(ctx, "a", 0, ports.Oldest) {
		require.ErrorIs(t, err, context.Canceled)
	}
	for _, err := range s.Store.Commits(ctx, 0) {
		require.ErrorIs(t, err, context.Canceled)
	}
	require.Equal(t, upTo(1, 1), versions(t, s.Store, "a", 0, ports.Oldest))
}

func testFencingTokens(t *testing.T, s Subject) {
	with := func(token int64, version event.Version) ports.Commit {
		c := commit(fact("a", version))
		c.Tokens = []ports.FencingToken{{Stream: "a", Token: token}}
		return c
	}
	mustAppend(t, s.Store, with(7, 1), with(7, 2), with(9, 3))
	s.Store = s.Reopen()
	stale := &ports.StaleTokenError{}
	require.ErrorAs(t, appendOne(t, s.Store, with(8, 4)), &stale)
	require.Equal(t, &ports.StaleTokenError{Stream: "a", Token: 8, Highest: 9}, stale)
	mustAppend(t, s.Store, with(9, 4))
	require.Equal(t, []ports.FencingToken{{Stream: "a", Token: 9}}, feed(t, s.Store, 3)[0].Tokens)
	fates, err := s.Store.Append(context.Background(), []ports.Commit{with(11, 5), with(10, 6)})
	require.NoError(t, err)
	require.NoError(t, fates[0].Err)
	require.Equal(t, &ports.StaleTokenError{Stream: "a", Token: 10, Highest: 11}, fates[1].Err,
		"also beside the one that makes it stale")
}

func testTime(t *testing.T, s Subject) {
	early, late := commit(fact("a", 1)), commit(fact("b", 1))
	late.Time = start.Add(time.Hour)
	fates, err := s.Store.Append(context.Background(), []ports.Commit{late, early})
	require.NoError(t, err)
	recorded := feed(t, s.Store, 0)
	require.Equal(t, []time.Time{late.Time, late.Time}, []time.Time{fates[0].Time, fates[1].Time},
		"an append tells the time in the log")
	require.Equal(t, late.Time, recorded[1].Time)
	require.Equal(t, start, recorded[1].Events[0].Time, "the event's own time is kept")
}

func testHostileNames(t *testing.T, s Subject) {
	names := []event.StreamID{
		"../../etc/passwd", "a/../b", ".", "..", "日本語", "a b\nc\r\t\x00", `"}],"hash":"`,
		`{"v":1,"position":9}`, event.StreamID(strings.Repeat("ü", 64)), "stock/S1/a+b%2F", "\u2028",
	}
	for i, name := range names {
		c := commit(fact(name, 1))
		c.ID, c.Actor, c.RequestID, c.Key = string(name), string(name), string(name), fmt.Sprint(i, name)
		mustAppend(t, s.Store, c)
	}
	s.Store = s.Reopen()
	for i, c := range feed(t, s.Store, 0) {
		require.Equal(t, []string{string(names[i]), string(names[i]), string(names[i])}, []string{c.ID, c.Actor, c.RequestID})
		require.Equal(t, upTo(1, 1), versions(t, s.Store, names[i], 0, ports.Newest))
		_, found, err := s.Store.CommitByKey(context.Background(), fmt.Sprint(i, names[i]))
		require.NoError(t, err)
		require.True(t, found)
	}
}

func testOwnership(t *testing.T, s Subject) {
	c := commit(fact("a", 1))
	c.Key, c.Result = "k", []byte(`{"r":1}`)
	want := string(c.Events[0].Data)
	mustAppend(t, s.Store, c)
	copy(c.Events[0].Data, "XXXXXXX")
	copy(c.Result, "XXXXXXX")
	c.Events[0].Stream = "b"
	found, ok, err := s.Store.CommitByKey(context.Background(), "k")
	require.NoError(t, err)
	require.True(t, ok)
	require.Equal(t, want, string(found.Events[0].Data))
	require.Equal(t, `{"r":1}`, string(found.Result))
	require.Equal(t, event.StreamID("a"), found.Events[0].Stream)
}

func testValidUntil(t *testing.T, s Subject) {
	past, future := start.AddDate(-10, 0, 0), start.AddDate(5000, 0, 0)
	late := commit(fact("a", 1))
	late.Key, late.ValidUntil = "k", past
	inTime := commit(fact("a", 1))
	inTime.Key, inTime.ValidUntil = "k", future
	results, err := s.Store.Append(context.Background(), []ports.Commit{late, inTime})
	require.NoError(t, err)
	require.Equal(t, &ports.TooLateError{ValidUntil: past}, results[0].Err)
	require.NoError(t, results[1].Err, "the one that was too late left no trace, not even its key")

	inTime.ValidUntil = time.Time{}
	require.Equal(t, []ports.Recorded{{Position: 1, Commit: inTime}}, feed(t, s.Store, 0), "the log does not keep it")
	require.Equal(t, upTo(1, 1), versions(t, s.Store, "a", 0, ports.Oldest))
}
