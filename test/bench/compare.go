package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"time"
)

// comparison is a group of rows that are measured in turn, round by round.
type comparison struct {
	name    string
	unit    string
	columns []column
	rounds  int  // at most, 0: as many as asked for
	cold    bool // without a warm-up
	open    func(*bench, *site) ([]row, error)
}

// site is where a comparison works: a directory of its own, and what must be
// undone at its end.
type site struct {
	dir   string
	ends  []func()
	notes []string
}

func (s *site) atEnd(end func()) { s.ends = append(s.ends, end) }

func (s *site) note(format string, args ...any) {
	s.notes = append(s.notes, fmt.Sprintf(format, args...))
}

func (s *site) close() {
	for _, end := range slices.Backward(s.ends) {
		end()
	}
	s.ends = nil
}

// row is one thing that is measured.
type row struct {
	name    string
	unit    string // where it is not that of the comparison
	against string // the name of the row that is its reference, in the same comparison
	goals   []goal
	once    bool // a single measurement after all rounds, for what does not vary
	measure func(time.Duration) (sample, error)
	// server does the work, so that its CPU profile explains the row; nil
	// is this process.
	server *server
	// profile does something under a CPU profile of this process, where measuring
	// the row does the work in a process that is over too soon.
	profile func() error
	absent  string // why it cannot be measured here
	// doubt tells, after the rounds, why the figure says nothing about the goals;
	// empty where it does.
	doubt func() string
}

// absentError tells why a row has no figure, which is no failure of the run.
type absentError struct{ reason string }

func (e *absentError) Error() string { return e.reason }

func absent(format string, args ...any) error {
	return &absentError{reason: fmt.Sprintf(format, args...)}
}

// outcome is a row with its samples, one for each round.
type outcome struct {
	row
	number    int // in its table, from 1
	samples   []sample
	reference *outcome
}

// result is a comparison that was measured.
type result struct {
	comparison
	outcomes []*outcome
	notes    []string
	seconds  float64
}

// compare measures all rows of a comparison in every round. Every other round
// goes backwards, so that no row always comes after the same other.
func compare(ctx context.Context, b *bench, c comparison, dir string) (result, error) {
	begin := time.Now()
	at := &site{dir: dir}
	defer at.close()
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return result{}, err
	}
	rows, err := c.open(b, at)
	if err != nil {
		return result{}, err
	}
	all := outcomes(rows)
	if !c.cold {
		for _, o := range all {
			if !o.once {
				_ = o.take(b.length/3, nil) // what fails will fail again below
			}
		}
	}
	rounds := b.rounds
	if c.rounds > 0 {
		rounds = min(rounds, c.rounds)
	}
	for _, m := range schedule(all, rounds) {
		if err = errors.Join(err, ctx.Err()); ctx.Err() != nil {
			break
		}
		err = errors.Join(err, m.record(b, at, c, m.round))
	}
	at.close()
	return result{comparison: c, outcomes: all, notes: at.notes, seconds: time.Since(begin).Seconds()}, err
}

// turn is one row's in one round.
type turn struct {
	*outcome
	round int
}

// schedule is the order of all measurements.
func schedule(all []*outcome, rounds int) []turn {
	var turns []turn
	for round := range rounds {
		order := slices.Clone(all)
		if round%2 == 1 {
			slices.Reverse(order)
		}
		for _, o := range order {
			if !o.once {
				turns = append(turns, turn{o, round})
			}
		}
	}
	for _, o := range all {
		if o.once {
			turns = append(turns, turn{o, 0})
		}
	}
	return turns
}

func outcomes(rows []row) []*outcome {
	all := make([]*outcome, len(rows))
	byName := map[string]*outcome{}
	for i, r := range rows {
		all[i] = &outcome{row: r, number: i + 1}
		byName[r.name] = all[i]
	}
	for _, o := range all {
		o.reference = byName[o.against]
	}
	return all
}

// record measures one round, the first under a profile if one is asked for.
func (o *outcome) record(b *bench, at *site, c comparison, round int) error {
	if o.absent != "" {
		return nil
	}
	measure := func() error { return o.take(b.length, &o.samples) }
	var err error
	if b.profiles != "" && round == 0 && !o.once {
		err = profiled(b, at, c.name, o.row, measure)
	} else {
		err = measure()
	}
	if reason, ok := errors.AsType[*absentError](err); ok {
		o.absent = reason.reason
		return nil
	}
	if err != nil {
		o.absent = "failed: " + err.Error()
		return fmt.Errorf("%s: %w", o.name, err)
	}
	return nil
}

// take measures once, and keeps the sample if it is wanted.
func (o *outcome) take(length time.Duration, into *[]sample) error {
	if o.absent != "" {
		return nil
	}
	one, err := o.measure(length)
	if err == nil && into != nil {
		*into = append(*into, one)
	}
	return err
}

// findings hold the row against its goals.
func (o *outcome) findings() []finding {
	all := make([]finding, 0, len(o.goals))
	for _, g := range o.goals {
		j := finding{goal: g, unmeasured: o.absent}
		if j.unmeasured == "" && o.doubt != nil {
			j.unmeasured = o.doubt()
		}
		if len(o.samples) == 0 && j.unmeasured == "" {
			j.unmeasured = "no round was finished"
		}
		switch g.figure {
		case ratioFigure:
			if o.reference == nil || o.reference.absent != "" {
				j.unmeasured = "no reference"
			} else {
				j.got = o.ratio()
			}
		case valueFigure:
			j.got = o.value()
		case p99Figure:
			j.got = spreadOf(each(o.samples, func(s sample) float64 { return milliseconds(s.p99) }))
		}
		all = append(all, j)
	}
	return all
}

func value(s sample) float64 { return s.value }

func (o *outcome) value() spread { return spreadOf(each(o.samples, value)) }

func (o *outcome) ratio() spread { return spreadOf(ratios(o.samples, o.reference.samples, value)) }
