package event_test

import (
	"encoding/json"
	"math"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/onhand/onhand/domain/event"
)

// taken is what one call on a cursor gives, if the cursor is at the end then.
func taken[T any](text string, take func(*event.Cursor) T) (T, bool) {
	c := event.NewCursor([]byte(text))
	value := take(&c)
	return value, c.AtEnd()
}

func integer(c *event.Cursor) int64 { return c.Integer("") }
func natural(c *event.Cursor) int64 { return c.Natural("") }
func words(c *event.Cursor) string  { return c.Text("") }

func TestNumbersReadBack(t *testing.T) {
	check := func(t require.TestingT, n int64) {
		text := strconv.FormatInt(n, 10)
		back, ok := taken(text, integer)
		require.True(t, ok, text)
		require.Equal(t, n, back)
		back, ok = taken(text, natural)
		require.Equal(t, n >= 0 && n < 1e18, ok, text)
		if ok {
			require.Equal(t, n, back)
		}
	}
	rapid.Check(t, func(t *rapid.T) { check(t, rapid.Int64().Draw(t, "n")) })
	for _, n := range []int64{0, 1, -1, 10, math.MaxInt64, math.MinInt64, math.MinInt64 + 1, 1e18 - 1, 1e18} {
		check(t, n)
	}
	for _, text := range []string{
		"", "-", "-0", "00", "01", "-01", "+1", "1.0", "1e3", " 1", "1 ", "0x1", "--1", "/", ":",
		"9223372036854775808", "-9223372036854775809", "10000000000000000000", "99999999999999999999", "18446744073709551616",
	} {
		_, ok := taken(text, integer)
		require.False(t, ok, text)
		_, ok = taken(text, natural)
		require.False(t, ok, text)
	}
}

func TestStringsReadBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.OneOf(rapid.String(), crowded).Draw(t, "text")
		written := event.AppendString(nil, text)
		back, ok := taken(string(written), words)
		require.True(t, ok, "%s", written)
		require.Equal(t, written, event.AppendString(nil, back))
	})
	for _, text := range []string{
		``, `a`, `"`, `"open`, `"\"`, "\"\n\"", "\"a\x1f\"", "\"\xff\"", "\"é\xff\"", "\"é\x01\"", `"\x"`, `"\u12"`, `12`,
		`null`,
	} {
		_, ok := taken(text, words)
		require.False(t, ok, text)
	}
}

// FuzzText: a string that is taken is what encoding/json takes it for.
func FuzzText(f *testing.F) {
	for _, text := range []string{`"plain"`, `"a \" \\ \n \u0001 é"`, `"\ud83d\ude00"`, "\"\xff\"", "\"\t\""} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		found, ok := taken(text, words)
		if !ok {
			return
		}
		var want string
		require.NoError(t, json.Unmarshal([]byte(text), &want))
		require.Equal(t, want, found)
	})
}

func TestCursorReadsFromLeftToRight(t *testing.T) {
	c := event.NewCursor([]byte(`{"n":7,"list":[1,-2],"none":[],"data":{"a":"}"},"time":"2026-03-01T12:00:00.000000Z","name":"x"}rest`))
	require.False(t, c.Has(`{"m"`))
	require.Equal(t, int64(7), c.Natural(`{"n":`))
	var list []int64
	c.Expect(`,"list":`)
	for i := 0; c.Next(i); i++ {
		list = append(list, c.Integer(""))
	}
	require.Equal(t, []int64{1, -2}, list)
	c.Expect(`,"none":`)
	require.False(t, c.Next(0))
	require.JSONEq(t, `{"a":"}"}`, string(c.Value(`,"data":`)))
	require.Equal(t, 2026, c.Time(`,"time":`).Year())
	require.Empty(t, c.Optional(`,"missing":`))
	require.Equal(t, "x", c.Optional(`,"name":`))
	c.Expect(`}`)
	require.False(t, c.AtEnd())
	require.Equal(t, "rest", string(c.Take(4)))
	require.True(t, c.AtEnd())
	require.NoError(t, c.End())
}

func TestCursorStopsAtTheFirstThingThatIsNotAsItMustBe(t *testing.T) {
	for want, take := range map[string]func(*event.Cursor){
		`"x" expected at "{}"`:          func(c *event.Cursor) { c.Expect(`"x"`) },
		`x: expected at "{}"`:           func(c *event.Cursor) { c.Text(`x:`) },
		`a number expected at "{}"`:     func(c *event.Cursor) { c.Natural("") },
		`a string expected at "{}"`:     func(c *event.Cursor) { c.Text("") },
		`a time expected at "{}"`:       func(c *event.Cursor) { c.Time("") },
		`[ expected at "{}"`:            func(c *event.Cursor) { c.Next(0) },
		`] expected at "{}"`:            func(c *event.Cursor) { c.Next(1) },
		`more expected at "{}"`:         func(c *event.Cursor) { c.Take(3) },
		`something expected at "{}"`:    func(c *event.Cursor) { c.Fail("something") },
		`a value expected at "}"`:       func(c *event.Cursor) { c.Value("{") },
		`the end expected at "}"`:       func(c *event.Cursor) { c.Expect("{") },
		`another name expected at "{}"`: func(c *event.Cursor) { c.Fail("another name"); c.Fail("too late") },
	} {
		c := event.NewCursor([]byte(`{}`))
		take(&c)
		require.EqualError(t, c.End(), want)
		require.False(t, c.AtEnd())
		require.False(t, c.Has("}"))
		require.False(t, c.Next(0))
		require.False(t, c.Next(1))
		require.Zero(t, c.Integer(""))
		require.Empty(t, c.Text(""))
		require.Nil(t, c.Value(""))
		require.Nil(t, c.Take(1))
		require.True(t, c.Time("").IsZero())
		require.EqualError(t, c.End(), want, "the first reason stays")
	}
	c := event.NewCursor([]byte(`"name":""`))
	require.Empty(t, c.Optional(`"name":`))
	require.ErrorContains(t, c.End(), "a text that is not empty")
}
