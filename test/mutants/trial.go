package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"time"
)

// patience is the time limit of the tests that run a mutant. Tests that exceed it have
// noticed nothing, unless the mutant is one that hangs.
const (
	patience  = 10 * time.Minute
	shortened = 20 * time.Second // for a mutant that hangs
)

// environment is what tests get beside the overlay, with which test/process builds
// the program: random tests draw the same each time, so that a outcome can be
// repeated, and do not look for the shortest failure or keep it.
func environment(overlay string) []string {
	return append(os.Environ(), "ONHAND_OVERLAY="+overlay,
		"ONHAND_SEED=1", "RAPID_SEED=1", "RAPID_NOFAILFILE=true", "RAPID_SHRINKTIME=0s")
}

// outcome is what became of a mutant, or of the tests without one.
type outcome struct {
	caught  bool
	by      string // the first test that failed
	seconds float64
	output  string
}

// errNoOutcome means that the tests neither passed nor failed.
var errNoOutcome = errors.New("no outcome")

// try runs the tests that must notice the mutant.
func (m mutant) try(root string) (outcome, error) {
	dir, err := os.MkdirTemp("", "onhand-mutant-")
	if err != nil {
		return outcome{}, err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	overlay, err := m.overlay(root, dir)
	if err != nil {
		return outcome{}, err
	}
	limit := patience
	if m.hangs {
		limit = shortened
	}
	v, err := trial{root: root, dir: dir, overlay: overlay, in: m.in, tests: m.tests, limit: limit, hangs: m.hangs}.run()
	if err != nil {
		return v, fmt.Errorf("%s: %w", m.name, err)
	}
	return v, nil
}

// sound makes sure that the tests pass which are to notice the mutants of a package.
func sound(root, in string, mutants []mutant) error {
	dir, err := os.MkdirTemp("", "onhand-mutant-")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	var tests []string
	for _, m := range mutants {
		if m.in == in {
			tests = append(tests, m.tests)
		}
	}
	v, err := trial{root: root, dir: dir, in: in, tests: strings.Join(tests, "|"), limit: patience}.run()
	if err == nil && v.caught {
		err = fmt.Errorf("%s fails without any mutant:\n%s", v.by, v.output)
	}
	return err
}

// trial is one run of tests.
type trial struct {
	root, dir string
	overlay   string // empty for none
	in, tests string
	limit     time.Duration
	hangs     bool
}

func (t trial) run() (outcome, error) {
	began := time.Now()
	binary := filepath.Join(t.dir, "tests")
	build := exec.Command("go", "test", "-c", "-o", binary, "-ldflags=-s -w", "-overlay="+t.overlay, t.in)
	build.Dir = t.root
	if out, err := build.CombinedOutput(); err != nil {
		return outcome{}, fmt.Errorf("%w: the tests of %s do not build:\n%s", errNoOutcome, t.in, out)
	}
	ctx, cancel := context.WithTimeout(context.Background(), t.limit+time.Minute)
	defer cancel()
	run := exec.CommandContext(ctx, binary, "-test.run="+t.tests, "-test.timeout="+t.limit.String(), "-test.failfast",
		"-test.v")
	run.Dir = filepath.Join(t.root, t.in)
	run.Env = environment(t.overlay)
	var printed bytes.Buffer
	run.Stdout, run.Stderr = &printed, &printed
	err := run.Run()
	v := outcome{output: printed.String(), seconds: time.Since(began).Seconds()}
	v.caught, v.by, err = outcomeOf(v.output, err, t.hangs)
	if err != nil {
		err = fmt.Errorf("%w:\n%s", err, ending(v.output))
	}
	return v, err
}

var (
	failed = regexp.MustCompile(`(?m)^( *)--- FAIL: (\S+)`)
	begun  = regexp.MustCompile(`(?m)^=== (?:RUN|CONT) +(\S+)`)
)

// outcomeOf tells from what tests printed, and how they ended, whether one failed, and
// which.
func outcomeOf(printed string, ended error, hangs bool) (caught bool, by string, err error) {
	for _, f := range failed.FindAllStringSubmatch(printed, -1) {
		if by == "" || strings.HasPrefix(f[2], by+"/") {
			by = f[2]
		}
	}
	_, exited := errors.AsType[*exec.ExitError](ended)
	timeout := strings.Contains(printed, "panic: test timed out")
	switch {
	case strings.Contains(printed, "testing: warning: no tests to run"):
		return false, "", fmt.Errorf("%w: there are no such tests", errNoOutcome)
	case strings.Contains(printed, "build onhand: "):
		return false, "", fmt.Errorf("%w: the program does not build", errNoOutcome)
	case ended == nil:
		return false, "", nil
	case !exited:
		return false, "", fmt.Errorf("%w: %w", errNoOutcome, ended)
	case timeout && hangs:
		return true, "its time limit", nil
	case timeout:
		return false, "", fmt.Errorf("%w: the tests do not end", errNoOutcome)
	case by == "" && strings.Contains(printed, "\npanic: "): // in a goroutine that is no test's
		tests := begun.FindAllStringSubmatch(printed, -1)
		return true, "a panic in " + tests[len(tests)-1][1], nil
	case by == "":
		return false, "", fmt.Errorf("%w: no test failed, but: %w", errNoOutcome, ended)
	}
	return true, by, nil
}

// ending is the end of the output.
func ending(printed string) string {
	const most = 3000
	return printed[max(0, len(printed)-most):]
}
