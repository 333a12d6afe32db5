package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// campaign is tests that find more the longer they run. They are run again and again, with
// a new seed each time, until their time is over.
type campaign struct {
	name  string
	what  string // one run, in words
	share int    // of the time, in percent
	tests string // packages
	only  string // the names of tests
	// environment is that of a run with a seed that ends after some time at most.
	environment func(seed uint64, left time.Duration) []string
	command     func(left time.Duration) []string // in place of go test

	rng     *rand.Rand
	dir     string
	out     io.Writer
	took    time.Duration
	runs    int
	numbers string
	found   []string
}

func campaigns() []campaign {
	return []campaign{
		{
			name: "http", what: "rounds with one and three processes: ", share: 50, tests: "./test/torture",
			only: "TestTortureFindsNothing",
			environment: func(seed uint64, left time.Duration) []string {
				return []string{
					seeded(seed), fmt.Sprintf("ONHAND_TORTURE_SECONDS=%d", int(left.Seconds())), "ONHAND_OPERATIONS=200",
				}
			},
		},
		{
			name: "simulation", what: "1000 seeds", share: 15, tests: "./adapters/simulation", only: "^TestSimulation$",
			environment: func(seed uint64, _ time.Duration) []string {
				return []string{fmt.Sprintf("ONHAND_FIRST_SEED=%d", seed%(1<<40)), "ONHAND_SEEDS=1000"}
			},
		},
		{
			name: "kills", what: "25 rounds of each", share: 10, tests: "./test/crash", only: "Kill",
			environment: func(seed uint64, _ time.Duration) []string { return []string{seeded(seed), "ONHAND_ROUNDS=25"} },
		},
		{
			name: "load", what: "load with a look at memory", share: 10, tests: "./test/load",
			environment: func(_ uint64, left time.Duration) []string {
				if left < judged {
					return nil
				}
				return []string{fmt.Sprintf("ONHAND_LOAD_MINUTES=%f", left.Minutes())}
			},
		},
		{
			name: "projections", what: "2000 histories of crashes and redrives", share: 5, tests: "./application/projection",
			only:        "AnyOrder",
			environment: func(seed uint64, _ time.Duration) []string { return []string{seeded(seed), "ONHAND_ROUNDS=2000"} },
		},
		{
			name: "properties", what: "1000 checks of every property", share: 5, tests: "./domain/... ./application/...",
			environment: func(seed uint64, _ time.Duration) []string {
				return []string{fmt.Sprintf("RAPID_SEED=%d", seed), seeded(seed), "RAPID_CHECKS=1000"}
			},
		},
		{
			name: "fuzzing", what: "all targets", share: 5,
			environment: func(uint64, time.Duration) []string { return nil },
			command: func(left time.Duration) []string {
				return []string{"test/tools/fuzz-all.sh", fmt.Sprintf("%ds", max(1, int(left.Seconds())/fuzzTargets))}
			},
		},
	}
}

const (
	judged      = 10 * time.Minute // what a look at memory takes
	fuzzTargets = 20               // about
)

func seeded(seed uint64) string { return fmt.Sprintf("ONHAND_SEED=%d", seed) }

// run runs a campaign for some time, once at least. After a finding it is over.
func (c *campaign) run(length time.Duration) {
	begin := time.Now()
	for len(c.found) == 0 && (c.runs == 0 || time.Since(begin) < length) {
		_, _ = fmt.Fprintf(c.out, "%s %s: run %d, %s of %s\n", time.Now().Format(time.TimeOnly), c.name, c.runs+1,
			time.Since(begin).Round(time.Second), length)
		c.once(length - time.Since(begin))
	}
	c.took = time.Since(begin)
}

// once runs the tests with a new seed.
func (c *campaign) once(left time.Duration) {
	numbers := filepath.Join(c.dir, c.name+".json")
	environment := c.environment(c.rng.Uint64()>>1, left)
	args := []string{"go", "test", "-count=1", "-timeout=0"}
	if c.command != nil {
		args = c.command(left)
	} else {
		if c.only != "" {
			args = append(args, "-run", c.only)
		}
		args = append(args, strings.Fields(c.tests)...)
	}
	var printed bytes.Buffer
	cmd := exec.Command(args[0], args[1:]...)
	cmd.Env = append(append(os.Environ(), environment...), "ONHAND_REPORT="+numbers)
	cmd.Stdout, cmd.Stderr = &printed, &printed
	err := cmd.Run()
	c.runs++
	c.add(numbers)
	if err != nil {
		c.found = append(c.found,
			fmt.Sprintf("%s %s\n(%v)\n%s", strings.Join(environment, " "), strings.Join(args, " "), err, last(printed.String())))
	}
}

// add takes over the numbers that tests have written, if they have.
func (c *campaign) add(file string) {
	content, err := os.ReadFile(file)
	if err != nil {
		return
	}
	var report struct{ Text string }
	if json.Unmarshal(content, &report) == nil {
		c.numbers = report.Text
	}
}

// last is the end of what tests print.
func last(text string) string {
	lines := strings.Split(text, "\n")
	return strings.Join(lines[max(0, len(lines)-200):], "\n")
}
