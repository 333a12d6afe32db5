package simulation_test

import (
	"fmt"
	"hash/fnv"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// trace is the story of a run: the steps of each process in order, and their hash.
type trace struct {
	begun time.Time
	lines []string
	hash  interface {
		io.Writer
		Sum64() uint64
	}
}

func newTrace() *trace {
	return &trace{begun: time.Now(), hash: fnv.New64a()}
}

func (t *trace) add(line string) {
	line = time.Since(t.begun).String() + " " + line
	_, _ = io.WriteString(t.hash, line)
	t.lines = append(t.lines, line)
}

// save writes the story to a file of its own.
func (t *trace) save(seed uint64) (string, error) {
	name := filepath.Join(os.TempDir(), fmt.Sprintf("onhand-simulation-%d.txt", seed))
	return name, os.WriteFile(name, []byte(strings.Join(t.lines, "\n")+"\n"), 0o600)
}
