// Package deadletterstoretest is the contract of ports.DeadLetterStore as tests,
// for every adapter to pass.
package deadletterstoretest

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/onhand/onhand/domain/event"
	"github.com/onhand/onhand/ports"
)

// Limit is the number of letters that a store under test takes.
const Limit = 40

// Run runs the whole contract; place makes a new empty store, which takes Limit letters, for
// each test.
func Run(t *testing.T, place func(t *testing.T) Place) {
	for name, test := range map[string]func(*testing.T, Place){
		"an empty store has nothing":                                testNone,
		"what was put is there to the byte, also after a reopening": testPut,
		"a letter takes the place of one with its ID":               testReplace,
		"IDs are any text and keep apart":                           testNames,
		"lists go by ID, by pages and by projection":                testList,
		"beyond the limit nothing changes":                          testLimit,
		"what was removed is gone":                                  testRemove,
		"a cancelled context changes nothing":                       testCancelled,
		"what callers do with their bytes has no effect":            testBytes,
		"letters are put and removed at the same time":              testConcurrent,
		"a closed store is unavailable, and closing twice harmless": testClose,
		"two instances show the same, or the second is refused":     testTwo,
		"two instances keep the limit together":                     testTwoAtTheLimit,
	} {
		t.Run(name, func(t *testing.T) { test(t, place(t)) })
	}
}

var first = time.Date(2026, 3, 1, 12, 0, 0, 123456000, time.UTC)

// letter is a whole letter; what it says follows from its ID.
func letter(id, projection string) ports.DeadLetter {
	n := len(id)
	return ports.DeadLetter{
		ID: id, Projection: projection,
		Event: ports.StreamEvent{
			Position: event.Position(n + 1), Index: n % 3, Actor: "till \"7\"", RequestID: "r-" + fmt.Sprint(n),
			Event: ports.Event{
				Stream: event.StreamID("stock/S1/" + id), Version: event.Version(n + 7), Type: "stock.adjusted.v1",
				Time: first.Add(-time.Hour),
				Data: []byte(`{"delta": 1, "reason":"<a & b>\u00e9 é", "big":1e400, "id":"` + fmt.Sprint(n) + `"}`),
			},
		},
		Cause: "it broke:\n<" + fmt.Sprint(n) + ">", Attempts: n + 1, FirstAt: first, LastAt: first.Add(time.Minute),
	}
}

func put(t *testing.T, s ports.DeadLetterStore, letters ...ports.DeadLetter) {
	t.Helper()
	for _, l := range letters {
		require.NoError(t, s.Put(context.Background(), l))
	}
}

func expect(t *testing.T, s ports.DeadLetterStore, l ports.DeadLetter) {
	t.Helper()
	got, found, err := s.Get(context.Background(), l.ID)
	require.NoError(t, err)
	require.True(t, found, "%q", l.ID)
	require.Equal(t, l, got)
}

func list(t *testing.T, s ports.DeadLetterStore, projection, after string, n int) []string {
	t.Helper()
	letters, err := s.List(context.Background(), projection, after, n)
	require.NoError(t, err)
	ids := []string{}
	for _, l := range letters {
		expect(t, s, l)
		ids = append(ids, l.ID)
	}
	return ids
}

func count(t *testing.T, s ports.DeadLetterStore, projection string) int {
	t.Helper()
	n, err := s.Count(context.Background(), projection)
	require.NoError(t, err)
	return n
}

func testNone(t *testing.T, p Place) {
	s := p.Must(t)
	_, found, err := s.Get(context.Background(), "1")
	require.NoError(t, err)
	require.False(t, found)
	require.Empty(t, list(t, s, "", "", 10))
	require.Zero(t, count(t, s, ""))
	require.NoError(t, s.Remove(context.Background(), "1"))
}

func testPut(t *testing.T, p Place) {
	s := p.Must(t)
	bare := ports.DeadLetter{
		ID: "bare", FirstAt: first, LastAt: first,
		Event: ports.StreamEvent{Event: ports.Event{Time: first, Data: []byte("{}")}},
	}
	put(t, s, letter("a", "view"), bare)
	p.Everywhere(t, s, func(s ports.DeadLetterStore) {
		expect(t, s, letter("a", "view"))
		expect(t, s, bare)
		require.Equal(t, 2, count(t, s, ""))
	})
}

func testReplace(t *testing.T, p Place) {
	s := p.Must(t)
	l := letter("a", "view")
	put(t, s, l, letter("b", "view"))
	l.Attempts, l.Cause, l.Projection = 9, "another", "other"
	l.Event.Data = []byte(`{"shorter":1}`)
	put(t, s, l)
	p.Everywhere(t, s, func(s ports.DeadLetterStore) {
		expect(t, s, l)
		require.Equal(t, []string{"b"}, list(t, s, "view", "", 10))
		require.Equal(t, []string{"a"}, list(t, s, "other", "", 10))
		require.Equal(t, 2, count(t, s, ""))
	})
}

func testNames(t *testing.T, p Place) {
	names := []string{
		"", " ", ".", "..", "../a", "../../etc/passwd", "/a", "a/", "a/b", `a\b`, "a", "A", "a.json", "a.json.tmp", "a\n",
		"a\x00", "*", "-", "wéb",
		"we\u0301b", "在庫", strings.Repeat("n", 64), strings.Repeat("n", 65), strings.Repeat("n", 1000),
		strings.Repeat("é", 300),
	}
	s := p.Must(t)
	for _, name := range names {
		put(t, s, letter(name, "p"+name))
	}
	s = p.Reopen(t, s)
	require.Len(t, list(t, s, "", "", 100), len(names)-1, "all others come after the empty ID")
	for _, name := range names {
		expect(t, s, letter(name, "p"+name))
		require.Equal(t, 1, count(t, s, "p"+name))
	}
	for i, name := range names {
		require.NoError(t, s.Remove(context.Background(), name))
		require.Equal(t, len(names)-i-1, count(t, s, ""))
	}
}

func testList(t *testing.T, p Place) {
	s := p.Must(t)
	for _, id := range []string{"30", "10", "20", "2", "1", "B", "a", "é"} {
		put(t, s, letter(id, "even"), letter(id+"!", "odd"))
	}
	p.Everywhere(t, s, func(s ports.DeadLetterStore) {
		everything := list(t, s, "", "", 100)
		require.Len(t, everything, 16)
		require.True(t, slices.IsSorted(everything))
		require.Equal(t, []string{"1", "10", "2", "20", "30", "B", "a", "é"}, list(t, s, "even", "", 100))
		require.Equal(t, []string{"1", "10", "2"}, list(t, s, "even", "", 3))
		require.Equal(t, []string{"20", "30", "B"}, list(t, s, "even", "2", 3))
		require.Equal(t, []string{"30", "B"}, list(t, s, "even", "20!", 2), "after an ID of another projection")
		require.Equal(t, []string{"2", "20"}, list(t, s, "even", "1000", 2), "after an ID that is not stored")
		require.Empty(t, list(t, s, "even", "é", 10))
		require.Empty(t, list(t, s, "even", "", 0))
		require.Empty(t, list(t, s, "neither", "", 10))
		require.Equal(t, 8, count(t, s, "odd"))
		require.Zero(t, count(t, s, "neither"))
	})
}

func testLimit(t *testing.T, p Place) {
	s := p.Must(t)
	for i := range Limit {
		put(t, s, letter(fmt.Sprint(i), "view"))
	}
	s = p.Everywhere(t, s, func(s ports.DeadLetterStore) {
		var full *ports.LimitError
		require.ErrorAs(t, s.Put(context.Background(), letter("more", "view")), &full)
		require.Equal(t, ports.LimitError{Table: ports.DeadLettersTable, Limit: Limit}, *full)
		require.Equal(t, Limit, count(t, s, ""))
		_, found, err := s.Get(context.Background(), "more")
		require.NoError(t, err)
		require.False(t, found)
		put(t, s, letter("0", "replaced"))
	})
	require.NoError(t, s.Remove(context.Background(), "0"))
	put(t, s, letter("more", "view"))
	expect(t, p.Reopen(t, s), letter("more", "view"))
}

func testRemove(t *testing.T, p Place) {
	s := p.Must(t)
	put(t, s, letter("a", "view"), letter("b", "view"))
	require.NoError(t, s.Remove(context.Background(), "a"))
	require.NoError(t, s.Remove(context.Background(), "a"), "again")
	s = p.Everywhere(t, s, func(s ports.DeadLetterStore) {
		require.Equal(t, []string{"b"}, list(t, s, "", "", 10))
		require.Equal(t, 1, count(t, s, "view"))
	})
	put(t, s, letter("a", "again"))
	expect(t, p.Reopen(t, s), letter("a", "again"))
}

func testCancelled(t *testing.T, p Place) {
	s := p.Must(t)
	put(t, s, letter("a", "view"))
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	require.ErrorIs(t, s.Put(ctx, letter("b", "view")), context.Canceled)
	require.ErrorIs(t, s.Remove(ctx, "a"), context.Canceled)
	_, _, err := s.Get(ctx, "a")
	require.ErrorIs(t, err, context.Canceled)
	_, err = s.List(ctx, "", "", 10)
	require.ErrorIs(t, err, context.Canceled)
	_, err = s.Count(ctx, "")
	require.ErrorIs(t, err, context.Canceled)
	p.Everywhere(t, s, func(s ports.DeadLetterStore) {
		require.Equal(t, []string{"a"}, list(t, s, "", "", 10))
	})
}

func testBytes(t *testing.T, p Place) {
	s := p.Must(t)
	given := letter("a", "view")
	put(t, s, given)
	clear(given.Event.Data)
	expect(t, s, letter("a", "view"))
	got, _, err := s.Get(context.Background(), "a")
	require.NoError(t, err)
	clear(got.Event.Data)
	listed, err := s.List(context.Background(), "", "", 1)
	require.NoError(t, err)
	clear(listed[0].Event.Data)
	expect(t, s, letter("a", "view"))
	expect(t, p.Reopen(t, s), letter("a", "view"))
}
