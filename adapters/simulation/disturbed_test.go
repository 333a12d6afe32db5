package simulation_test

import (
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"
)

// hopeless cuts the power before any start can come to its end.
func hopeless(processes int) func(*plan) {
	return func(p *plan) { p.processes, p.power = processes, 300 }
}

func TestARunInWhichNoStartSucceedsDoesItsPlanInPeace(t *testing.T) {
	for _, processes := range []int{1, 3} {
		// when
		w := simulate(t, rand.Uint64N(1<<40), hopeless(processes), nil)
		// then
		w.verdict(t)
		require.Greater(t, w.turns, maxDisturbed)
		require.Equal(t, w.plan.commands, w.begun)
	}
}

func TestARunThatDoesNotEndIsBrokenOff(t *testing.T) {
	// given
	stuck := func(w *world) {
		w.disrupt = func(s *step) bool { return s.about == lockFile } // it waits for ever
	}
	// when
	w := simulate(t, rand.Uint64N(1<<40), small(1), stuck)
	// then
	require.Equal(t, maxTurns, w.turns)
	require.Equal(t, "nothing comes to an end", w.checks.failure)
}
