package main

import (
	"fmt"
	"strconv"
	"time"
)

// goal is a target of the project that a row is held against.
type goal struct {
	about   string // the line in the table of targets
	figure  figure
	atLeast bool // else at most
	limit   float64
	unit    string
}

// figure is the number of a row that a goal is about.
type figure int

const (
	ratioFigure figure = iota // of the row's value to its reference's
	valueFigure
	p99Figure // or the longest, where the row says so; in milliseconds
)

func ratioAtLeast(limit float64, about string) goal {
	return goal{about: about, atLeast: true, limit: limit, unit: "×"}
}

func ratioAtMost(limit float64, about string) goal {
	return goal{about: about, limit: limit, unit: "×"}
}

func valueAtLeast(limit float64, unit, about string) goal {
	return goal{about: about, figure: valueFigure, atLeast: true, limit: limit, unit: unit}
}

func valueAtMost(limit float64, unit, about string) goal {
	return goal{about: about, figure: valueFigure, limit: limit, unit: unit}
}

func p99AtMost(limit time.Duration, about string) goal {
	return goal{about: about, figure: p99Figure, limit: milliseconds(limit), unit: "ms"}
}

func milliseconds(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }

// met reports whether a median keeps the goal.
func (g goal) met(median float64) bool {
	if g.atLeast {
		return median >= g.limit
	}
	return median <= g.limit
}

func (g goal) String() string {
	sign := "≤"
	if g.atLeast {
		sign = "≥"
	}
	limit := strconv.FormatFloat(g.limit, 'f', -1, 64)
	if g.limit >= 1000 {
		limit = number(g.limit)
	}
	return fmt.Sprintf("%s %s %s", sign, limit, g.unit)
}

// finding is a goal with what came of it.
type finding struct {
	goal
	got        spread
	unmeasured string // why there is no figure
}

func (j finding) result() string {
	switch {
	case j.unmeasured != "":
		return "not measured: " + j.unmeasured
	case j.met(j.got.median):
		return "met"
	default:
		return "**missed**"
	}
}
