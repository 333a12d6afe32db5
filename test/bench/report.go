package main

import (
	"fmt"
	"slices"
	"time"
)

// report prints a comparison as a Markdown table: the median of each row over
// the rounds with its spread, and the median of the ratios of each round.
func report(c comparison, rows []row, samples [][]sample) {
	fmt.Printf("### %s\n\n| | %s (median) | lowest–highest | p99 | of the reference | target |\n|---|---|---|---|---|---|\n", c.name, c.unit)
	for i, r := range rows {
		var rates, ratios []float64
		var p99s []time.Duration
		for round, one := range samples[i] {
			rates = append(rates, one.rate)
			ratios = append(ratios, one.rate/samples[0][round].rate)
			p99s = append(p99s, one.p99)
		}
		p99 := median(p99s).Round(10 * time.Microsecond).String()
		ratio := fmt.Sprintf("%.2f (%.2f–%.2f)", median(ratios), slices.Min(ratios), slices.Max(ratios))
		switch {
		case c.alone:
			ratio = "–"
		case i == 0:
			ratio = "reference"
		}
		fmt.Printf("| %s | %.0f | %.0f–%.0f | %s | %s | %s |\n",
			r.name, median(rates), slices.Min(rates), slices.Max(rates), p99, ratio, r.target)
	}
	fmt.Println()
}

func median[T float64 | time.Duration](values []T) T {
	sorted := slices.Sorted(slices.Values(values))
	return sorted[len(sorted)/2]
}

// percentile99 is the 99th percentile of durations, which it sorts.
func percentile99(durations []time.Duration) time.Duration {
	if len(durations) == 0 {
		return 0
	}
	slices.Sort(durations)
	return durations[len(durations)*99/100]
}
