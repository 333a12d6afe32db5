package event_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/onhand/onhand/domain/event"
)

func TestTimesHaveSixDigits(t *testing.T) {
	at := time.Date(2026, 3, 1, 13, 0, 0, 120000000, time.FixedZone("", 3600))
	require.Equal(t, `"2026-03-01T12:00:00.120000Z"`, string(event.AppendTime(nil, at)))
}

// readTime reads a time, given without its quotation marks.
func readTime(text string) (time.Time, error) {
	c := event.NewCursor([]byte(`"` + text + `"`))
	at := c.Time("")
	return at, c.End()
}

func TestTimesAreAsPackageTimeHasThem(t *testing.T) {
	t.Run("on days of all years of four digits", func(t *testing.T) {
		for day := time.Date(0, 1, 1, 23, 59, 59, 999999999, time.UTC); day.Year() < 10000; day = day.AddDate(0, 0, 13) {
			want := day.Format(event.TimeLayout)
			if got := event.AppendTime(nil, day); string(got) != `"`+want+`"` {
				require.Equal(t, want, string(got))
			}
			if back, err := readTime(want); err != nil || back != day.Truncate(time.Microsecond) {
				require.NoError(t, err)
				require.Equal(t, day.Truncate(time.Microsecond), back)
			}
		}
	})
	t.Run("at any time in any zone, also in years that have more digits", func(t *testing.T) {
		rapid.Check(t, func(t *rapid.T) {
			zone := time.FixedZone("", rapid.IntRange(-86399, 86399).Draw(t, "offset"))
			year := rapid.OneOf(rapid.IntRange(-1, 1), rapid.IntRange(1, 9999), rapid.IntRange(9999, 10000),
				rapid.IntRange(-99999, 99999)).Draw(t, "year")
			at := time.Date(year, 1, 1, 0, 0, 0, rapid.IntRange(0, 1e9-1).Draw(t, "nanosecond"), zone).
				Add(time.Duration(rapid.Int64Range(0, int64(366*24*time.Hour)).Draw(t, "since new year")))
			require.Equal(t, `x"`+at.UTC().Format(event.TimeLayout)+`"`, string(event.AppendTime([]byte("x"), at)))
		})
	})
	t.Run("also those that the calendar does not have", func(t *testing.T) {
		digit := rapid.SampledFrom([]byte("00112233456789"))
		rapid.Check(t, func(t *rapid.T) {
			text := []byte(event.TimeLayout)
			copy(text,
				rapid.SampledFrom([]string{
					"2024", "2023", "1900", "2000", "0000", "9999",
				}).Draw(t, "year")+"-02-28T23:59:59.999999Z")
			for _, at := range rapid.SliceOfN(rapid.SampledFrom([]int{0, 3, 5, 6, 8, 9, 11, 12, 14, 15, 17, 18, 20, 25}), 0,
				4).Draw(t, "places") {
				if text[at] >= '0' && text[at] <= '9' {
					text[at] = digit.Draw(t, "digit")
				}
			}
			want, wanted := time.Parse(event.TimeLayout, string(text))
			got, err := readTime(string(text))
			require.Equal(t, wanted == nil, err == nil, "%s: %v", text, wanted)
			require.Equal(t, want, got)
		})
	})
	for _, text := range []string{
		"", "2026", "2026-13-01T00:00:00.000000Z", "2026-00-01T00:00:00.000000Z", "2026-02-30T00:00:00.000000Z", "2026-02-29T00:00:00.000000Z",
		"2026-02-00T00:00:00.000000Z", "2026-02-01T24:00:00.000000Z", "2026-02-01T00:60:00.000000Z", "2026-02-01T00:00:60.000000Z",
		"2026-02-01T00:00:00,000000Z", "2026-02-01T00:00:00.00000Z", "2026-02-01T00:00:00.0000000Z", "2026-02-01T00:00:00.000000z",
		"2026-02-01 00:00:00.000000Z", "2026-02-01T00:00:00.+00000Z", "2026-02-01T00:00:00.0000-1Z", "2026-02-01T0:00:00.0000000Z", "+026-02-01T00:00:00.000000Z",
	} {
		_, err := readTime(text)
		require.ErrorContains(t, err, "a time expected", text)
	}
}

// FuzzTime: a text of any kind is the time that it is to package time, if it is
// spelled as AppendTime spells that time, and else none.
func FuzzTime(f *testing.F) {
	f.Add("2026-02-29T12:30:59.123456Z")
	f.Add("2024-02-29T12:30:59.123456Z")
	f.Add("2024-02-29T12:30:59,123456Z")
	f.Fuzz(func(t *testing.T, text string) {
		want, wanted := time.Parse(event.TimeLayout, text)
		got, err := readTime(text)
		if wanted != nil || want.Format(event.TimeLayout) != text {
			require.Error(t, err)
			return
		}
		require.NoError(t, err)
		require.Equal(t, want, got)
	})
}
