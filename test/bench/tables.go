package main

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// spreadHead is the head of a column of medians with their ranges.
const spreadHead = "median (lowest–highest)"

// column is a column of a table, with a cell for each row.
type column struct {
	head string
	cell func(*outcome) string
}

var (
	ratioColumn = column{"ratio", func(o *outcome) string {
		if o.reference == nil {
			return "–"
		}
		return fmt.Sprintf("%s × row %d", o.ratio(), o.reference.number)
	}}
	medianColumn = column{"median", func(o *outcome) string { return number(o.value().median) }}
	spreadColumn = column{spreadHead, func(o *outcome) string { return o.value().String() }}
)

func latency(head string, of func(quantiles) time.Duration) column {
	return column{head, func(o *outcome) string {
		return duration(spreadOf(each(o.samples, func(s sample) float64 { return float64(of(s.quantiles)) })).median)
	}}
}

func p99Called(head string) column {
	return latency(head, func(q quantiles) time.Duration { return q.p99 })
}

// The kinds of table.
var (
	closedLoop = []column{spreadColumn, p99Called("p99"), ratioColumn}
	pages      = []column{spreadColumn, latency("p50", func(q quantiles) time.Duration { return q.p50 }), p99Called("p99")}
	withWaits  = []column{spreadColumn, p99Called("longest wait")}
	openModel  = []column{
		medianColumn,
		latency("p50", func(q quantiles) time.Duration { return q.p50 }),
		p99Called("p99"),
		latency("p99.9", func(q quantiles) time.Duration { return q.p999 }),
		{"lateness (p99)", func(o *outcome) string {
			return duration(spreadOf(each(o.samples, func(s sample) float64 { return float64(s.late) })).median)
		}},
	}
	figures   = []column{spreadColumn, ratioColumn}
	valueOnly = []column{spreadColumn}
)

// markdown is the comparison as a section with a table.
func (r result) markdown() string {
	var b strings.Builder
	fmt.Fprintf(&b, "### %s\n\n| row | %s |", r.name, r.unit)
	for _, c := range r.columns {
		fmt.Fprintf(&b, " %s |", c.head)
	}
	b.WriteString("\n|--:|---|" + strings.Repeat("---|", len(r.columns)) + "\n")
	for _, o := range r.outcomes {
		name := o.name
		if o.unit != "" {
			name += " (" + o.unit + ")"
		}
		fmt.Fprintf(&b, "| %d | %s |", o.number, name)
		for i, c := range r.columns {
			switch {
			case len(o.samples) > 0:
				fmt.Fprintf(&b, " %s |", c.cell(o))
			case i == 0:
				fmt.Fprintf(&b, " not measured: %s |", oneLine(o.absent))
			default:
				b.WriteString(" |")
			}
		}
		b.WriteString("\n")
	}
	for _, n := range r.notes {
		fmt.Fprintf(&b, "\n%s\n", n)
	}
	return b.String()
}

// summary is the table of all targets.
func summary(results []result) string {
	var b strings.Builder
	b.WriteString("| figure | target | " + spreadHead + " | |\n|---|---|---|---|\n")
	for _, r := range results {
		for _, o := range r.outcomes {
			for _, j := range o.findings() {
				got := j.got.String()
				if j.unmeasured != "" {
					got = "–"
				}
				fmt.Fprintf(&b, "| %s | %s | %s | %s |\n", j.about, j.goal, got, oneLine(j.result()))
			}
		}
	}
	return b.String()
}

// String leaves out a range that shows one number.
func (s spread) String() string {
	if number(s.lowest) == number(s.highest) {
		return number(s.median)
	}
	return fmt.Sprintf("%s (%s–%s)", number(s.median), number(s.lowest), number(s.highest))
}

// oneLine keeps a text from breaking its table.
func oneLine(text string) string {
	return strings.ReplaceAll(strings.Join(strings.Fields(text), " "), "|", `\|`)
}

// number shows three digits, or all that are before the point, in groups.
func number(v float64) string {
	switch {
	case v < 0:
		return "-" + number(-v)
	case v < 9.995:
		return fmt.Sprintf("%.2f", v)
	case v < 99.95:
		return fmt.Sprintf("%.1f", v)
	}
	digits := fmt.Sprintf("%.0f", v)
	for at := len(digits) - 3; at > 0; at -= 3 {
		digits = digits[:at] + "," + digits[at:]
	}
	return digits
}

// count formats a number that was chosen, not measured.
func count(n int) string {
	if n < 100 {
		return strconv.Itoa(n)
	}
	return number(float64(n))
}

// duration shows nanoseconds, three digits of them.
func duration(ns float64) string {
	d := time.Duration(ns)
	switch {
	case d == 0:
		return "–"
	case d < time.Millisecond:
		return fmt.Sprintf("%d µs", d.Microseconds())
	default:
		return number(milliseconds(d)) + " ms"
	}
}
