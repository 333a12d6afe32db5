// Command campaigns is make torture: every campaign of the tests, mixed by a seed, each
// for its share of the time. It ends with a report, and with code 1 if anything was found.
package main

import (
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"strconv"
	"time"
)

func main() {
	seed := flag.String("seed", "", "what is drawn from; empty for any")
	minutes := flag.Float64("minutes", 10, "how long all of it takes, but for what must be built")
	flag.Parse()
	n, err := seedOf(*seed)
	if err == nil {
		err = run(os.Stdout, n, time.Duration(*minutes*float64(time.Minute)))
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func seedOf(text string) (uint64, error) {
	if text == "" {
		return rand.Uint64N(1 << 53), nil
	}
	n, err := strconv.ParseUint(text, 10, 64)
	if err != nil {
		return 0, fmt.Errorf("a seed is a whole number: %w", err)
	}
	return n, nil
}

// run runs every campaign and reports.
func run(out io.Writer, seed uint64, length time.Duration) error {
	dir, err := os.MkdirTemp("", "onhand-torture-")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	_, _ = fmt.Fprintf(out, "make torture SEED=%d MINUTES=%v\n", seed, length.Minutes())
	var all []*campaign
	for i, c := range campaigns() {
		c.rng = rand.New(rand.NewPCG(seed, uint64(i)))
		c.dir, c.out = dir, out
		all = append(all, &c)
		c.run(length * time.Duration(c.share) / 100)
	}
	return report(out, seed, all)
}

func report(out io.Writer, seed uint64, all []*campaign) error {
	_, _ = fmt.Fprintf(out, "\nseed %d\n", seed)
	found := 0
	for _, c := range all {
		_, _ = fmt.Fprintf(out, "%-12s %8s  %d runs of %s%s\n", c.name, c.took.Round(time.Second), c.runs, c.what, c.numbers)
		found += len(c.found)
	}
	for _, c := range all {
		for _, one := range c.found {
			_, _ = fmt.Fprintf(out, "\nFOUND by %s\nagain with: %s\n", c.name, one)
		}
	}
	if found > 0 {
		return fmt.Errorf("%d findings", found)
	}
	_, _ = fmt.Fprintln(out, "nothing found")
	return nil
}
