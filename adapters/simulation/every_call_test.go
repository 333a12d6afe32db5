package simulation_test

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"
)

// small lets few commands be carried out, and nothing else happen.
func small(processes int) func(*plan) {
	return func(p *plan) {
		*p = p.quiet()
		p.processes, p.clients, p.commands, p.segmentBytes, p.snapshots = processes, 3, 8, 1500, 15
	}
}

// crashAt ends the power, or the process, where the n-th call that changes the disk
// would happen.
func (w *world) crashAt(n int, crash func(*step)) {
	w.disrupt = func(s *step) bool {
		if w.changes != n {
			return false
		}
		w.disrupt = nil
		crash(s)
		return true
	}
}

func TestACrashInEveryCall(t *testing.T) {
	first := rand.Uint64N(1 << 40)
	for seed := first; seed < first+number(t, "ONHAND_CRASHED_SEEDS", 1); seed++ {
		for _, processes := range []int{1, 3} {
			whole := simulate(t, seed, small(processes), nil)
			whole.verdict(t)
			require.Greater(t, whole.changes, 20)
			t.Logf("seed %d, %d processes: %d calls", seed, processes, whole.changes)
			for n := 1; n <= whole.changes; n++ {
				for _, crash := range []struct {
					name string
					do   func(*world, *step)
				}{
					{"the power is cut", func(w *world, _ *step) { w.cutPower() }},
					{"the process is killed", func(w *world, s *step) { w.kill(s.of) }},
				} {
					w := simulate(t, seed, small(processes), func(w *world) {
						w.crashAt(n, func(s *step) { crash.do(w, s) })
					})
					if w.checks.failure != "" {
						w.checks.failure = fmt.Sprintf("%d processes, in call %d %s: %s", processes, n, crash.name, w.checks.failure)
					}
					w.verdict(t)
				}
			}
		}
	}
}
