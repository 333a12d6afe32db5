package simulation_test

import (
	"hash/fnv"
	"io"
	"os"
	"strings"
	"time"
)

// trace is the story of a run: who did what when, in order, and its hash.
type trace struct {
	begun time.Time
	keep  bool
	lines []string
	hash  interface {
		io.Writer
		Sum64() uint64
	}
}

func newTrace() *trace {
	return &trace{begun: time.Now(), keep: os.Getenv("ONHAND_TRACE") != "", hash: fnv.New64a()}
}

func (t *trace) add(line string) {
	line = time.Since(t.begun).String() + " " + line
	_, _ = io.WriteString(t.hash, line)
	if t.keep {
		t.lines = append(t.lines, line)
	}
}

func (t *trace) String() string { return strings.Join(t.lines, "\n") }
