package torture

import (
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
)

// Report is what a torture did and found.
type Report struct {
	Rounds, Operations, Acknowledged, Refused, Nothing, Unknown, Retried  atomic.Int64
	Kills, Stops, Freezes, Disk, Jumps, Histories, Checked, Sums, Commits atomic.Int64

	t     testing.TB
	mu    sync.Mutex
	plan  Plan
	found []string
	away  map[string]int // refused attempts by their problem
}

// Find notes something that must not be, and fails the test.
func (r *Report) Find(format string, args ...any) {
	r.mu.Lock()
	defer r.mu.Unlock()
	what := fmt.Sprintf(format, args...)
	r.found = append(r.found, r.plan.String()+": "+what)
	if len(r.found) < 20 {
		r.t.Errorf("%s: %s", r.plan, what)
	}
}

// TurnedAway notes an attempt that did nothing; problem is empty if there was no answer.
func (r *Report) TurnedAway(problem string) {
	r.Nothing.Add(1)
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.away == nil {
		r.away = map[string]int{}
	}
	if problem == "" {
		problem = "no connection"
	}
	r.away[problem]++
}

// Found tells how much was found.
func (r *Report) Found() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return len(r.found)
}

// numbers are the counts by what they are called.
func (r *Report) numbers() []counted {
	return []counted{
		{"rounds", &r.Rounds},
		{"operations", &r.Operations},
		{"acknowledged", &r.Acknowledged},
		{"refused", &r.Refused},
		{"turned away", &r.Nothing},
		{"unknown", &r.Unknown},
		{"retried", &r.Retried},
		{"kills", &r.Kills},
		{"stops", &r.Stops},
		{"freezes", &r.Freezes},
		{"disk faults", &r.Disk},
		{"clock jumps", &r.Jumps},
		{"histories checked", &r.Histories},
		{"operations in them", &r.Checked},
		{"sums checked", &r.Sums},
		{"commits read", &r.Commits},
	}
}

type counted struct {
	name  string
	count *atomic.Int64
}

func (r *Report) String() string {
	var parts []string
	for _, n := range r.numbers() {
		parts = append(parts, fmt.Sprintf("%s %d", n.name, n.count.Load()))
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	return strings.Join(parts, ", ") + fmt.Sprint("; turned away by ", r.away)
}

// Write writes the report as JSON, for a program that collects several.
func (r *Report) Write(path string) error {
	text := r.String()
	r.mu.Lock()
	defer r.mu.Unlock()
	content, err := json.Marshal(map[string]any{"text": text, "found": r.found})
	if err != nil {
		return err
	}
	return os.WriteFile(path, content, 0o600)
}
