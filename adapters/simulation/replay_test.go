package simulation_test

import (
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestASeedIsOneRun(t *testing.T) {
	first := rand.Uint64N(1 << 40)
	for seed := first; seed < first+number(t, "ONHAND_SEEDS", 50); seed++ {
		one, again := simulate(t, seed, alone, nil), simulate(t, seed, alone, nil)
		require.Equal(t, one.trace.lines, again.trace.lines, "seed %d", seed)
		require.Equal(t, one.trace.hash.Sum64(), again.trace.hash.Sum64(), "seed %d", seed)
	}
}

// alone lets one process run at a time.
func alone(p *plan) { p.processes = 1 }
