// Command bench measures Onhand beside references, in one run, in alternating
// rounds, and prints ratios: absolute figures of a shared machine say little.
//
//	make bench                       everything
//	make bench BENCH='-rounds 3'     quicker
//	make bench BENCH='-only append'  the rows whose name has "append"
package main

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"runtime/pprof"
	"strings"
	"time"

	"github.com/onhand/onhand/bootstrap"
)

type settings struct {
	binary      string
	dir         string
	rounds      int
	length      time.Duration // of one measurement
	connections int
	only        string
}

func main() {
	var s settings
	bare := flag.String("bare", "", "serve the bare gin reference on this address (used by the program itself)")
	flag.StringVar(&s.binary, "binary", "bin/onhand", "the program to measure")
	flag.StringVar(&s.dir, "dir", "bin", "where to put data: a disk as it will be in use, not a memory file system")
	flag.IntVar(&s.rounds, "rounds", 5, "alternating rounds")
	flag.DurationVar(&s.length, "length", 3*time.Second, "length of one measurement")
	flag.IntVar(&s.connections, "connections", 64, "keep-alive connections")
	flag.StringVar(&s.only, "only", "", "measure only comparisons whose name has this text")
	profile := flag.String("cpuprofile", "", "write a CPU profile of this program to a file: of what is measured in process")
	flag.Parse()
	bootstrap.TuneMemory() // as the service does
	measure := func() error { return profiled(*profile, func() error { return run(s) }) }
	if *bare != "" {
		measure = func() error { return serveBare(*bare) }
	}
	if err := measure(); err != nil {
		_, _ = fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

// profiled runs something under a CPU profile, if a file for it is named.
func profiled(file string, run func() error) error {
	if file == "" {
		return run()
	}
	to, err := os.Create(file)
	if err != nil {
		return err
	}
	defer func() { _ = to.Close() }()
	if err := pprof.StartCPUProfile(to); err != nil {
		return err
	}
	defer pprof.StopCPUProfile()
	return run()
}

// comparison is a group of measurements that alternate, the first of which is
// the reference of the others unless each stands alone.
type comparison struct {
	name  string
	unit  string
	alone bool
	open  func(settings, string) (rows []row, done func(), err error)
}

// row is one thing that is measured: its rate, and its p99 where that is known.
type row struct {
	name    string
	target  string
	measure func(time.Duration) (sample, error)
}

type sample struct {
	rate float64 // per second
	p99  time.Duration
}

func run(s settings) error {
	dir, err := os.MkdirTemp(s.dir, "bench-")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	fmt.Printf("%s, %d cores shared with the load, %s, %d rounds of %v\n\n", cpu(), runtime.NumCPU(), runtime.Version(), s.rounds, s.length)
	for i, c := range []comparison{
		{name: "adjust over HTTP", unit: "requests/s", open: openAdjust},
		{name: "get over HTTP", unit: "requests/s", open: openGet},
		{name: "append alone, 1 caller", unit: "commits/s", open: openAppendOne},
		{name: "append alone, 256 callers", unit: "commits/s", open: openAppendMany},
		{name: "holds on one item", unit: "µs of CPU each", alone: true, open: openHolds},
		{name: "an expiry wave", unit: "adjusts/s of other SKUs", alone: true, open: openWave},
		{name: "the past of one item", unit: "queries/s", alone: true, open: openPast},
		{name: "lists of a large store", unit: "queries/s", alone: true, open: openLists},
	} {
		if !strings.Contains(c.name, s.only) {
			continue
		}
		if err := compare(s, c, filepath.Join(dir, fmt.Sprint(i))); err != nil {
			return fmt.Errorf("%s: %w", c.name, err)
		}
	}
	return nil
}

// compare measures all rows of a comparison in every round and prints them.
func compare(s settings, c comparison, dir string) error {
	if err := os.MkdirAll(dir, 0o750); err != nil {
		return err
	}
	rows, done, err := c.open(s, dir)
	if err != nil {
		return err
	}
	defer done()
	for _, r := range rows { // warm up
		if _, err := r.measure(s.length / 3); err != nil {
			return fmt.Errorf("%s: %w", r.name, err)
		}
	}
	samples := make([][]sample, len(rows))
	for range s.rounds {
		for i, r := range rows {
			one, err := r.measure(s.length)
			if err != nil {
				return fmt.Errorf("%s: %w", r.name, err)
			}
			samples[i] = append(samples[i], one)
		}
	}
	report(c, rows, samples)
	return nil
}

func cpu() string {
	info, err := os.ReadFile("/proc/cpuinfo")
	if err != nil {
		return runtime.GOARCH
	}
	for line := range strings.Lines(string(info)) {
		if name, ok := strings.CutPrefix(line, "model name"); ok {
			return strings.Trim(name, " \t:\n")
		}
	}
	return runtime.GOARCH
}
