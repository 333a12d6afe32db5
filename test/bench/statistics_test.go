package main

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestQuantileIsTheNearestRank(t *testing.T) {
	hundred := make([]time.Duration, 100)
	for i := range hundred {
		hundred[99-i] = time.Duration(i + 1)
	}
	require.Equal(t, quantiles{p50: 50, p99: 99, p999: 100}, quantilesOf(hundred))
	require.Equal(t, 7, quantile([]int{7}, 0.99), "one value is every quantile")
	require.Equal(t, 1, quantile([]int{1, 2}, 0), "the lowest")
	require.Equal(t, 2, quantile([]int{1, 2}, 1), "the highest")
	require.Zero(t, quantile([]int{}, 0.5), "no values")
}

func TestSpreadHasTheMiddleAndTheEnds(t *testing.T) {
	require.Equal(t, spread{median: 2, lowest: 1, highest: 9}, spreadOf([]float64{9, 1, 2}))
	require.Equal(t, spread{median: 2.5, lowest: 1, highest: 4}, spreadOf([]float64{4, 1, 2, 3}))
	require.Zero(t, spreadOf(nil))
}

func TestRatiosAreThoseOfEachRound(t *testing.T) {
	slowRound := []sample{{value: 10}, {value: 1}}
	reference := []sample{{value: 20}, {value: 2}, {value: 30}}
	require.Equal(t, []float64{0.5, 0.5}, ratios(slowRound, reference, value), "a slow round falls out, one without a partner too")
}

func TestRateCountsBySecond(t *testing.T) {
	one := rate([]time.Duration{1, 2, 3}, 1500*time.Millisecond)
	require.InDelta(t, 2.0, one.value, 1e-9)
	require.Equal(t, time.Duration(2), one.p50)
}
