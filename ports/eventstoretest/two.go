package eventstoretest

import (
	"context"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/onhand/onhand/domain/event"
	"github.com/onhand/onhand/ports"
)

// two opens a second instance; without one the test has nothing to show.
func two(t *testing.T, s Subject) (other Store, close func()) {
	t.Helper()
	if s.Another == nil || !s.Store.Properties().SeveralWriters {
		t.Skip("a log has one instance at a time")
	}
	other, err := s.Another()
	require.NoError(t, err)
	return other, func() { require.NoError(t, other.Close()) }
}

// catchUp requires that a read barrier names a position as that of another writer's last commit.
func catchUp(t *testing.T, s Store, others event.Position) {
	t.Helper()
	at, err := s.CatchUp(context.Background())
	require.NoError(t, err)
	require.Equal(t, others, at)
}

func testAnother(t *testing.T, s Subject) {
	if s.Another == nil {
		t.Skip("no second instance can be opened")
	}
	mustAppend(t, s.Store, commit(fact("a", 1)))
	other, err := s.Another()
	if !s.Store.Properties().SeveralWriters {
		require.ErrorIs(t, err, ports.ErrInUse)
		mustAppend(t, s.Store, commit(fact("a", 2)))
		require.Len(t, feed(t, s.Store, 0), 2, "the first is not disturbed")
		require.Len(t, feed(t, s.Reopen(), 0), 2)
		return
	}
	require.NoError(t, err)
	require.True(t, other.Properties().SeveralWriters)
	require.Len(t, feed(t, other, 0), 1, "it begins with all that is durable")
	mustAppend(t, other, commit(fact("a", 2)))
	require.NoError(t, other.Close())
	catchUp(t, s.Store, 2)
	mustAppend(t, s.Store, commit(fact("a", 3)))
	require.Equal(t, upTo(1, 3), versions(t, s.Store, "a", 0, ports.Oldest), "it outlives the other")
}

func testTwoShowTheSame(t *testing.T, s Subject) {
	other, end := two(t, s)
	defer end()
	last := event.Position(0)
	for i, pair := range [][2]Store{{s.Store, other}, {other, s.Store}, {s.Store, other}} {
		writer, reader := pair[0], pair[1]
		c := commit(fact("a", event.Version(i+1)))
		c.ID, c.Key, c.Actor = "id-"+string(rune('0'+i)), "key-"+string(rune('0'+i)), "till 7"
		last = mustAppend(t, writer, c)
		catchUp(t, reader, last)
		require.Equal(t, last, reader.Head().Position)
		require.Equal(t, feed(t, writer, 0), feed(t, reader, 0))
		require.Equal(t, upTo(1, event.Version(i+1)), versions(t, reader, "a", 0, ports.Oldest))
		byKey, found, err := reader.CommitByKey(context.Background(), c.Key)
		require.NoError(t, err)
		require.True(t, found)
		byID, found, err := reader.CommitByID(context.Background(), c.ID, 0)
		require.NoError(t, err)
		require.True(t, found)
		require.Equal(t, byKey, byID)
		require.Equal(t, last, byID.Position)
		require.Equal(t, last, statusOf(t, reader).Position)
	}
	require.Equal(t, event.Position(3), last)
}

// testTwoRefuse lets one instance write and the other, which has not looked, write against it.
func testTwoRefuse(t *testing.T, s Subject) {
	other, end := two(t, s)
	defer end()
	first := commit(fact("a", 1))
	first.Key, first.Tokens = "key", []ports.FencingToken{{Stream: "a", Token: 7}}
	mustAppend(t, s.Store, first)

	conflict := &ports.ConflictError{}
	require.ErrorAs(t, appendOne(t, other, commit(fact("a", 1))), &conflict)
	require.Equal(t, &ports.ConflictError{Stream: "a", Expected: 0, Actual: 1}, conflict)
	again := commit(fact("b", 1))
	again.Key = "key"
	require.ErrorAs(t, appendOne(t, other, again), new(*ports.DuplicateKeyError))
	stale := commit(fact("a", 2))
	stale.Tokens = []ports.FencingToken{{Stream: "a", Token: 6}}
	require.ErrorAs(t, appendOne(t, other, stale), new(*ports.StaleTokenError))
	require.NoError(t, s.Store.CloseTimestamp(context.Background(), start.Add(time.Second)))
	late := commit(fact("a", 2))
	require.ErrorAs(t, appendOne(t, other, late), new(*ports.TooLateError), "it was decided before that time")
	late.Time, late.ValidUntil = start.Add(time.Second), start.Add(time.Second)
	require.ErrorAs(t, appendOne(t, other, late), new(*ports.TooLateError))
	require.Len(t, feed(t, other, 0), 1)
	catchUp(t, other, 1)
	require.False(t, other.Head().Time.Before(start.Add(time.Second)), "the other decides at no earlier time")

	now := func(c ports.Commit) ports.Commit {
		c.Time = start.Add(time.Second)
		return c
	}
	mustAppend(t, other, now(commit(fact("a", 2), fact("b", 1))))
	require.ErrorAs(t, appendOne(t, s.Store, now(commit(fact("a", 2)))), new(*ports.ConflictError))
	mustAppend(t, s.Store, now(commit(fact("a", 3), fact("b", 2))))
	catchUp(t, other, 3)
	require.Equal(t, feed(t, s.Store, 0), feed(t, other, 0))
	for at, c := range feed(t, other, 0) {
		require.Equal(t, event.Position(at+1), c.Position, "no gap")
	}
}

func testTwoRace(t *testing.T, s Subject) {
	other, end := two(t, s)
	defer end()
	const each, rounds = 5, 10
	for version := event.Version(1); version <= rounds; version++ {
		var ready, done sync.WaitGroup
		won := make(chan bool, 2*each)
		ready.Add(2 * each)
		for n := range 2 * each {
			from := []Store{s.Store, other}[n%2]
			done.Go(func() {
				ready.Done()
				ready.Wait()
				results, err := from.Append(context.Background(), []ports.Commit{commit(fact("raced", version))})
				won <- err == nil && results[0].Err == nil
			})
		}
		done.Wait()
		close(won)
		winners := 0
		for is := range won {
			if is {
				winners++
			}
		}
		require.Equal(t, 1, winners)
	}
	for _, store := range []Store{s.Store, other} {
		_, err := store.CatchUp(context.Background())
		require.NoError(t, err)
		require.Equal(t, upTo(1, rounds), versions(t, store, "raced", 0, ports.Oldest))
		require.Len(t, feed(t, store, 0), rounds)
	}
	require.Equal(t, feed(t, s.Store, 0), feed(t, other, 0))
}

// patience is for what an instance finds out by looking now and then.
const patience = 30 * time.Second

func testTwoGrow(t *testing.T, s Subject) {
	other, end := two(t, s)
	defer end()
	at := mustAppend(t, s.Store, commit(fact("a", 1)))
	catchUp(t, other, at)
	deadline := time.After(patience)
	for _, pair := range [][2]Store{{s.Store, other}, {other, s.Store}} {
		grown := pair[1].Grown(at)
		at = mustAppend(t, pair[0], commit(fact("a", event.Version(at+1))))
		for len(feed(t, pair[1], at-1)) == 0 {
			select {
			case <-grown:
				grown = pair[1].Grown(at - 1)
			case <-deadline:
				t.Fatal("it was not told")
			}
		}
	}
}
