package main

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func measured(values ...float64) func(time.Duration) (sample, error) {
	return func(time.Duration) (sample, error) {
		v := values[0]
		values = append(values[1:], v)
		return sample{value: v, quantiles: quantiles{p99: time.Duration(v) * time.Millisecond}}, nil
	}
}

func comparisonOf(rows ...row) comparison {
	return comparison{
		name: "speed", unit: "requests/s", columns: closedLoop, cold: true,
		open: func(_ *bench, at *site) ([]row, error) {
			at.note("A note.")
			return rows, nil
		},
	}
}

func TestAComparisonBecomesATableAndASummary(t *testing.T) {
	c := comparisonOf(
		row{name: "bare", measure: measured(1000, 2000)},
		row{
			name: "ours", against: "bare", measure: measured(500, 1200),
			goals: []goal{ratioAtLeast(0.5, "speed"), valueAtLeast(150_000, "operations/s", "absolute speed"), p99AtMost(900*time.Millisecond, "patience")},
		},
		row{name: "theirs", against: "bare", measure: func(time.Duration) (sample, error) { return sample{}, absent("not here") }, goals: []goal{ratioAtLeast(1, "their speed")}},
	)
	r, err := compare(context.Background(), &bench{rounds: 2}, c, t.TempDir())
	require.NoError(t, err, "what cannot be had here is no failure")
	require.Equal(t, `### speed

| row | requests/s | median (lowest–highest) | p99 | ratio |
|--:|---|---|---|---|
| 1 | bare | 1,500 (1,000–2,000) | 1,500 ms | – |
| 2 | ours | 850 (500–1,200) | 850 ms | 0.55 (0.50–0.60) × row 1 |
| 3 | theirs | not measured: not here | | |

A note.
`, r.markdown())
	require.Equal(t, `| figure | target | median (lowest–highest) | |
|---|---|---|---|
| speed | ≥ 0.5 × | 0.55 (0.50–0.60) | met |
| absolute speed | ≥ 150,000 operations/s | 850 (500–1,200) | **missed** |
| patience | ≤ 900 ms | 850 (500–1,200) | met |
| their speed | ≥ 1 × | – | not measured: not here |
`, summary([]result{r}))
}

func TestADoubtfulFigureMeetsNoGoal(t *testing.T) {
	c := comparisonOf(row{
		name: "start", measure: measured(1), doubt: func() string { return "there was no snapshot" },
		goals: []goal{valueAtMost(4, "s", "start")},
	})
	r, err := compare(context.Background(), &bench{rounds: 1}, c, t.TempDir())
	require.NoError(t, err)
	require.Contains(t, r.markdown(), "| 1 | start | 1.00 |", "it is shown")
	require.Contains(t, summary([]result{r}), "| start | ≤ 4 s | – | not measured: there was no snapshot |")
}

func TestAFailedRowFailsTheRunButNotTheOthers(t *testing.T) {
	c := comparisonOf(
		row{name: "good", measure: measured(1)},
		row{name: "bad", measure: func(time.Duration) (sample, error) { return sample{}, errors.New("broken | pipe") }},
	)
	r, err := compare(context.Background(), &bench{rounds: 3}, c, t.TempDir())
	require.ErrorContains(t, err, "bad: broken")
	require.Len(t, r.outcomes[0].samples, 3)
	require.Contains(t, r.markdown(), `not measured: failed: broken \| pipe`)
}

func TestRoundsAlternateAndSingleRowsComeLast(t *testing.T) {
	var order []string
	named := func(name string, once bool) row {
		return row{name: name, once: once, measure: func(time.Duration) (sample, error) {
			order = append(order, name)
			return sample{}, nil
		}}
	}
	_, err := compare(context.Background(), &bench{rounds: 3},
		comparisonOf(named("single", true), named("a", false), named("b", false)), t.TempDir())
	require.NoError(t, err)
	require.Equal(t, "a b b a a b single", strings.Join(order, " "))
}

func TestAnInterruptionEndsAComparisonAndUndoesWhatItStarted(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	undone := []string{}
	c := comparison{open: func(_ *bench, at *site) ([]row, error) {
		at.atEnd(func() { undone = append(undone, "first") })
		at.atEnd(func() { undone = append(undone, "second") })
		return []row{{name: "a", measure: func(time.Duration) (sample, error) {
			cancel()
			return sample{}, nil
		}}}, nil
	}}
	r, err := compare(ctx, &bench{rounds: 5}, c, t.TempDir())
	require.ErrorIs(t, err, context.Canceled)
	require.LessOrEqual(t, len(r.outcomes[0].samples), 1)
	require.Equal(t, []string{"second", "first"}, undone)
}

func TestNumbersAreShort(t *testing.T) {
	for want, v := range map[string]float64{
		"0.30": 0.3, "10.0": 9.999, "-1.50": -1.5, "99.9": 99.9, "100": 99.96, "12,345,678": 12345678.4, "999": 999.2,
	} {
		require.Equal(t, want, number(v))
	}
	require.Equal(t, "916 µs", duration(916_400))
	require.Equal(t, "1.25 ms", duration(1_250_000))
	require.Equal(t, "–", duration(0))
	require.Equal(t, "5 and 1,000,000", count(5)+" and "+count(1_000_000))
}

func TestThePageHasTheMeasurementsAndTheirText(t *testing.T) {
	text, err := (&page{Date: "2026-11-22", Facts: "FACTS", Summary: "SUMMARY", Tables: "TABLES"}).text()
	require.NoError(t, err)
	at := []int{
		strings.Index(text, "2026-11-22"), strings.Index(text, "FACTS"), strings.Index(text, "SUMMARY"),
		strings.Index(text, "TABLES"), strings.Index(text, "## Limits"),
	}
	require.NotContains(t, at, -1)
	require.True(t, slices.IsSorted(at), "in this order")
}
