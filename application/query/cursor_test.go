package query

import (
	"encoding/base64"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/onhand/onhand/ports"
)

func TestCursorsAreBoundToTheirQuestion(t *testing.T) {
	asked := cursorFor("items", "S1", "a")
	text := asked.encode("sku/日本語")
	end, err := asked.decode(text)
	require.NoError(t, err)
	require.Equal(t, "sku/日本語", end)
	for _, other := range []cursor{
		cursorFor("items", "S1", "b"), cursorFor("items", "S1a"), cursorFor("items", "S", "1a"),
	} {
		_, err := other.decode(text)
		require.ErrorIs(t, err, ErrMalformedCursor)
	}
	end, err = asked.decode("")
	require.NoError(t, err)
	require.Empty(t, end)
	_, err = asked.decode(asked.encode(""))
	require.ErrorIs(t, err, ErrMalformedCursor, "an end of nothing is none")
	for _, bad := range []string{"-1", "0", "x", "99999999999999999999"} {
		_, err := asked.version(asked.encode(bad))
		require.ErrorIs(t, err, ErrMalformedCursor)
	}
	v, err := asked.version(asked.encodeVersion(7))
	require.NoError(t, err)
	require.EqualValues(t, 7, v)
}

// FuzzCursor: any text is a cursor of this question or none, and one that is
// taken is the one that the question gives for the same end.
func FuzzCursor(f *testing.F) {
	asked := cursorFor("fuzz")
	f.Add(asked.encode("sku"))
	f.Fuzz(func(t *testing.T, text string) {
		end, err := asked.decode(text)
		if err != nil {
			require.ErrorIs(t, err, ErrMalformedCursor)
		} else if text != "" {
			require.Equal(t, asked.encode(end), text)
		}
		_, _ = asked.version(text)
		wrapped := base64.RawURLEncoding.EncodeToString(append(asked.digest[:], text...))
		if end, err := asked.decode(wrapped); err == nil {
			require.Equal(t, text, end)
		}
	})
}

func TestCursorsOfListsCarryAPlace(t *testing.T) {
	at := time.Date(2026, 3, 1, 12, 0, 0, 123456000, time.UTC)
	for _, place := range []ports.EntryPlace{
		{ID: "a b"}, {Time: at, ID: "cart 7"}, {Time: at.AddDate(-100, 0, 0), ID: " "},
	} {
		c := placeCursor{cursor: cursorFor("list"), timed: !place.Time.IsZero()}
		got, err := c.place(c.next(reach{end: place, more: true}))
		require.NoError(t, err)
		require.Equal(t, place, got)
		require.Empty(t, c.next(reach{end: place}), "the last page")
	}
	c := placeCursor{cursor: cursorFor("list"), timed: true}
	for _, end := range []string{"a", "1", "1 ", " a", "x a", "99999999999999999999 a"} {
		_, err := c.place(c.encode(end))
		require.ErrorIs(t, err, ErrMalformedCursor, end)
	}
}

func TestCursorsAreBoundToTheWholeList(t *testing.T) {
	since := ports.TimeRange{Since: time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)}
	asked := Listing{}
	digest := func(l Listing, asked ...string) [digestBytes]byte {
		l = l.normal()
		return l.cursor(asked...).digest
	}
	seen := map[[digestBytes]byte]bool{digest(asked, "x"): true}
	for _, other := range []Listing{
		{Created: since},
		{Updated: since},
		{Created: ports.TimeRange{Until: since.Since}},
		{Updated: ports.TimeRange{Until: since.Since}},
		{Sort: ports.ByCreated},
		{Sort: ports.ByUpdated},
		{Descending: true},
	} {
		require.False(t, seen[digest(other, "x")], "%+v", other)
		seen[digest(other, "x")] = true
	}
	require.True(t, seen[digest(Listing{Sort: ports.ByID, Limit: 7}, "x")], "the same question")
	require.Equal(t, []string{"a", "b"}, normalStatuses([]string{"b", "a", "b"}), "in any order")
}
