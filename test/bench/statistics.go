package main

import (
	"cmp"
	"math"
	"slices"
	"time"
)

// sample is what one measurement of a row gives.
type sample struct {
	value float64 // in the unit of the row
	quantiles
	late time.Duration // how late the load itself was, as p99; only where requests have a time of their own
}

// quantiles are those of the single requests, zero where there are none.
type quantiles struct {
	p50, p99, p999 time.Duration
}

// quantilesOf sorts durations.
func quantilesOf(durations []time.Duration) quantiles {
	slices.Sort(durations)
	return quantiles{quantile(durations, 0.5), quantile(durations, 0.99), quantile(durations, 0.999)}
}

// quantile is the smallest of the sorted values that at least the share q of
// them does not exceed (the nearest rank: never a value that no sample had), and
// zero for no values.
func quantile[T cmp.Ordered](sorted []T, q float64) T {
	if len(sorted) == 0 {
		var none T
		return none
	}
	rank := int(math.Ceil(q * float64(len(sorted))))
	return sorted[min(max(rank, 1), len(sorted))-1]
}

// rate tells how often something happened in a second.
func rate(durations []time.Duration, in time.Duration) sample {
	return sample{value: float64(len(durations)) / in.Seconds(), quantiles: quantilesOf(durations)}
}

// spread is what the rounds of a row gave.
type spread struct {
	median, lowest, highest float64
}

func spreadOf(values []float64) spread {
	sorted := slices.Sorted(slices.Values(values))
	n := len(sorted)
	if n == 0 {
		return spread{}
	}
	return spread{median: (sorted[(n-1)/2] + sorted[n/2]) / 2, lowest: sorted[0], highest: sorted[n-1]}
}

// ratios are those of each round: what slows a whole round down, such as
// other work on the machine, slows both alike and falls out.
func ratios(samples, reference []sample, of func(sample) float64) []float64 {
	all := make([]float64, 0, len(samples))
	for round := range min(len(samples), len(reference)) {
		all = append(all, of(samples[round])/of(reference[round]))
	}
	return all
}

func each(samples []sample, of func(sample) float64) []float64 {
	all := make([]float64, len(samples))
	for i, s := range samples {
		all[i] = of(s)
	}
	return all
}
