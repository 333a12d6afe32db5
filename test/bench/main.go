// Command bench measures Onhand beside references, in one run, in alternating
// rounds, and holds the ratios against the project's targets: absolute figures
// of a shared machine say little.
//
//	make bench                          everything, as Markdown
//	make bench BENCH='-rounds 3'        quicker
//	make bench BENCH='-only append'     the comparisons whose name has "append"
//	make bench BENCH='-cpuprofile cpu'  with a CPU profile per row in the directory cpu
//	make benchmarks                     everything, and write docs/benchmarks.md
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/onhand/onhand/bootstrap"
)

// bench is one run: how it is to be done, and what its comparisons share.
type bench struct {
	binary      string
	dir         string // where everything of this run lies
	rounds      int
	length      time.Duration // of one measurement
	connections int
	only        string
	profiles    string // directory of the CPU profiles; empty for none
	items       int    // of the large stores
	events      int    // of the grown store
	closed      int    // closed reservations of their store
	open        int    // open reservations of theirs
	postgres    bool

	stock prepared
}

func main() {
	var b bench
	bare := flag.String("bare", "", "serve the bare gin reference on this address (used by the program itself)")
	flag.StringVar(&b.binary, "binary", "bin/onhand", "the program to measure")
	flag.StringVar(&b.dir, "dir", "bin", "where to put data: a disk as it will be in use, not a memory file system")
	flag.IntVar(&b.rounds, "rounds", 5, "alternating rounds")
	flag.DurationVar(&b.length, "length", 2*time.Second, "length of one measurement")
	flag.IntVar(&b.connections, "connections", 64, "keep-alive connections")
	flag.StringVar(&b.only, "only", "", "measure only comparisons with this text in their names")
	flag.StringVar(&b.profiles, "cpuprofile", "", "write a CPU profile of each row's first round to this directory")
	flag.IntVar(&b.items, "items", targetItems, "items of the large stores; the targets are about 1,000,000")
	flag.IntVar(&b.events, "events", targetEvents, "events of the grown store; the targets are about 5,000,000")
	flag.IntVar(&b.closed, "closed", targetClosed, "closed reservations; the targets are about 10,000,000")
	flag.IntVar(&b.open, "open", targetOpen, "open reservations; the targets are about 1,000,000")
	flag.BoolVar(&b.postgres, "postgres", true, "compare with PostgreSQL where it is installed")
	write := flag.String("write", "", "write the page of benchmarks to this file")
	flag.Parse()
	bootstrap.TuneMemory(0) // as the service does
	work := func() error { return b.run(*write) }
	if *bare != "" {
		work = func() error { return serveBare(*bare) }
	}
	if err := work(); err != nil {
		_, _ = fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

// comparisons are in the order in which they are measured: the large stores are
// last, so that their memory does not burden the others.
var comparisons = []comparison{
	{name: "adjust over HTTP", unit: "requests/s", columns: closedLoop, open: openAdjust},
	{name: "get over HTTP", unit: "requests/s", columns: closedLoop, open: openGet},
	{name: "batch over HTTP", unit: "operations/s", columns: closedLoop, open: openBatch},
	{name: "adjust at scheduled times", unit: "requests/s", columns: openModel, open: openScheduled},
	{name: "overload", unit: "requests/s", columns: openModel, open: openOverload},
	{name: "append alone, 1 caller", unit: "commits/s", columns: closedLoop, open: openAppendOne},
	{name: "append alone, 256 callers", unit: "commits/s", columns: closedLoop, open: openAppendMany},
	{name: "followers", unit: "requests/s", columns: closedLoop, open: openFollowers},
	{name: "several processes", unit: "requests/s", columns: closedLoop, open: openSeveral},
	{name: "holds on one item", unit: "µs of CPU each", columns: closedLoop, open: openHolds},
	{name: "an expiry wave", unit: "adjusts/s of other SKUs", columns: withWaits, rounds: 3, cold: true, open: openWave},
	{name: "idempotency keys", unit: "look-ups/s, one at a time", columns: closedLoop[:2], open: openKeys},
	{name: "memory", unit: "bytes each", columns: valueOnly, open: openMemory},
	{name: "start", unit: "seconds", columns: figures, rounds: 3, cold: true, open: openStart},
	{name: "growth: adjust", unit: "requests/s", columns: closedLoop, open: openGrownAdjust},
	{name: "growth: reads", unit: "requests/s, one at a time", columns: closedLoop[:2], open: openGrownReads},
	{
		name: "growth: while a snapshot is written", unit: "p99 of adjust in ms", columns: figures, rounds: 2, cold: true,
		open: openSnapshotWrites,
	},
	{name: "growth: disk", unit: "bytes each", columns: valueOnly, open: openDisk},
	{name: "closed reservations: lists", unit: "pages/s, one at a time", columns: pages, open: openClosedLists},
	{
		name: "closed reservations: beside a writer", unit: "p99 of adjust in ms", columns: figures, rounds: 3,
		open: openClosedWriter,
	},
	{name: "open reservations: start", unit: "seconds", columns: figures, rounds: 3, cold: true, open: openOpenStart},
	{
		name: "closed reservations: start and memory", unit: "seconds", columns: figures, rounds: 3, cold: true,
		open: openClosedStart,
	},
}

// run measures, prints, and writes the page if a file for it is named.
func (b *bench) run(write string) error {
	if write != "" && (b.only != "" || b.profiles != "") {
		return errors.New("-write is for all figures, and for those that no profile slows down: without -only and -cpuprofile")
	}
	ctx, cancel := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer cancel()
	context.AfterFunc(ctx, cancel) // a second signal ends the bench at once
	dir, err := os.MkdirTemp(b.dir, "bench-")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	if b.dir, err = filepath.Abs(dir); err != nil {
		return err
	}
	if err := os.Chmod(dir, 0o755); err != nil {
		return err
	}
	b.stock = prepared{dir: filepath.Join(b.dir, "prepared"), items: b.items, events: b.events, closed: b.closed}
	defer func() { _ = b.stock.stop() }()
	p := page{Date: time.Now().UTC().Format(time.DateOnly), Facts: facts(b)}
	results, failed := b.all(ctx)
	p.add(results)
	fmt.Print(p.measured())
	if failed == nil && write != "" {
		failed = p.write(write)
	}
	return failed
}

// all measures every comparison that is asked for. One that fails does not take
// the figures of the others along; an interruption ends the run.
func (b *bench) all(ctx context.Context) ([]result, error) {
	var results []result
	var failed error
	for i, c := range comparisons {
		if !strings.Contains(c.name, b.only) {
			continue
		}
		r, err := compare(ctx, b, c, filepath.Join(b.dir, fmt.Sprint(i)))
		if len(r.outcomes) > 0 {
			results = append(results, r)
			_, _ = fmt.Fprintf(os.Stderr, "bench: %s: %.0f s\n", c.name, r.seconds)
		}
		if err != nil {
			_, _ = fmt.Fprintf(os.Stderr, "bench: %s: %v\n", c.name, err)
			failed = errors.Join(failed, fmt.Errorf("%s: %w", c.name, err))
		}
		if ctx.Err() != nil {
			break
		}
	}
	return results, failed
}
