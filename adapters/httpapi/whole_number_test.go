package httpapi

import (
	"math"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/onhand/onhand/application/command"
)

func TestAWholeNumberIsWholeHoweverItIsWritten(t *testing.T) {
	for text, want := range map[string]int64{
		"10": 10, "10.0": 10, "1e1": 10, "1E+1": 10, "100e-1": 10, "0.01e3": 10, "1.0e01": 10,
		"10." + strings.Repeat("0", 100_000):         10,
		"1" + strings.Repeat("0", 10_000) + "e-9999": 10,
		"-0": 0, "-0.0": 0, "0e999999999999999999999": 0, "0.000e-999999999999999999999": 0, "-3.0": -3,
		"9007199254740993.0": 9007199254740993, "9223372036854775807": math.MaxInt64, "9223372036854775807.0": math.MaxInt64,
		"-9223372036854775808.0": math.MinInt64, "1e18": 1_000_000_000_000_000_000,
	} {
		var cmd command.AdjustStock
		body := `{"reason":"1.0 e","delta":` + text + `,"expectedVersion":20e-1}`
		require.NoError(t, decodeBody([]byte(body), &cmd), "%.30s", text)
		require.Equal(t, want, cmd.Delta, "%.30s", text)
		require.Equal(t, "1.0 e", cmd.Reason)
		require.EqualValues(t, 2, *cmd.ExpectedVersion)
	}
	var policy command.SetPolicy
	require.NoError(t, decodeBody([]byte(`{"safetyStock":3.0,"lowStockThreshold":5e0}`), &policy))
	require.EqualValues(t, 3, *policy.SafetyStock)
	require.EqualValues(t, 5, *policy.LowStockThreshold.Units)
	var reserve command.ReserveStock
	require.NoError(t, decodeBody([]byte(`{"lines":[{"store":"S1","sku":"A","quantity":2},{"quantity":3.0}]}`), &reserve))
	require.Len(t, reserve.Lines, 2)
	require.EqualValues(t, 3, reserve.Lines[1].Quantity)
}

func TestOtherNumbersAreRefused(t *testing.T) {
	for number, complaint := range map[string]string{
		"2.5": wholeNumber, "1e-1": wholeNumber, "10.00000000000000000000000000000001": wholeNumber,
		"1e-999999999999999999999": wholeNumber, `"3"`: wholeNumber, `"10.0"`: wholeNumber, "true": wholeNumber,
		"[1]": wholeNumber, "{}": wholeNumber,
		"9223372036854775808":     "is out of the range of 64-bit integers",
		"-9223372036854775809.0":  "is out of the range of 64-bit integers",
		"1e400":                   "is out of the range of 64-bit integers",
		"1e999999999999999999999": "is out of the range of 64-bit integers",
		"-1.5e400":                "is out of the range of 64-bit integers",
	} {
		separator := " "
		if complaint != wholeNumber || strings.ContainsAny(number[:1], "0123456789") {
			separator = ": " // the value is refused, not the form
		}
		for member, into := range map[string]any{
			"delta": &command.AdjustStock{}, "lowStockThreshold": &command.SetPolicy{}, "ttlSeconds": &command.ReserveStock{},
		} {
			err := decodeBody([]byte(`{"`+member+`":`+number+`}`), into)
			require.EqualError(t, err, "#/"+member+separator+complaint, number)
		}
	}
	for body, complaint := range map[string]string{
		`{"reason":1.0}`:                          "#/reason has the wrong JSON type",
		`{"reason":2.5}`:                          "#/reason has the wrong JSON type",
		`{"delta":1.0,"more":1}`:                  "#/more is an unknown member",
		`{"delta":1.0,"delta":1}`:                 "an object has the same member twice",
		`{"delta":1.0,"reason":null}`:             "#/reason must not be null: leave it out instead",
		`{"delta":1.0,"expectedVersion"`:          "the body is not valid JSON",
		`{"delta":1.}`:                            "the body is not valid JSON",
		`{"delta":01}`:                            "the body is not valid JSON",
		`{"delta":+1}`:                            "the body is not valid JSON",
		`{"` + strings.Repeat("x", 1000) + `":1}`: "#/" + strings.Repeat("x", maxLoggedText-1) + " is an unknown member",
	} {
		require.EqualError(t, decodeBody([]byte(body), &command.AdjustStock{}), complaint, "%.40s", body)
	}
}

func TestNumbersOfAQueryAreWholeHoweverTheyAreWritten(t *testing.T) {
	p, err := parseQuery("limit=1e1&availableAtMost=-3.0&version=2.0", "limit", "availableAtMost", "version")
	require.NoError(t, err)
	limit, err := p.limit()
	require.NoError(t, err)
	require.Equal(t, 10, limit)
	most, err := p.availableAtMost()
	require.NoError(t, err)
	require.EqualValues(t, -3, *most)
	past, err := parsePast(p)
	require.NoError(t, err)
	require.EqualValues(t, 2, past.Version)
	p, err = parseQuery("limit=1e400", "limit")
	require.NoError(t, err)
	limit, err = p.limit()
	require.NoError(t, err)
	require.Equal(t, 500, limit, "a larger number counts as the largest")
	for _, bad := range []string{"2.5", "1e", ".5", "5.", "1e400", "", "-"} {
		p, err = parseQuery("availableAtMost="+bad, "availableAtMost")
		require.NoError(t, err)
		_, err = p.availableAtMost()
		require.ErrorContains(t, err, "must be a whole number", bad)
	}
}

func BenchmarkDecodeAdjustment(b *testing.B) {
	for what, body := range map[string]string{
		"plain": `{"delta":10,"reason":"sale"}`, "fraction": `{"delta":10.0,"reason":"sale"}`,
	} {
		b.Run(what, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				_ = decodeBody([]byte(body), &command.AdjustStock{})
			}
		})
	}
}
