package simulation_test

import (
	"math/rand/v2"
	"os"
	"strconv"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
)

// number reads a setting of the tests from the environment.
func number(t *testing.T, name string, otherwise uint64) uint64 {
	text := os.Getenv(name)
	if text == "" {
		return otherwise
	}
	n, err := strconv.ParseUint(text, 10, 64)
	require.NoError(t, err, name)
	return n
}

// simulate carries out the run of a seed.
func simulate(t *testing.T, seed uint64, change func(*plan), prepare func(*world)) *world {
	var w *world
	defer func() {
		if left := recover(); left != nil && w != nil { // the bubble's word on goroutines that are still there
			w.checks.fail("%v", left)
			w.verdict(t)
		}
	}()
	synctest.Test(t, func(*testing.T) {
		w = newWorld(seed, change)
		if prepare != nil {
			prepare(w)
		}
		w.run()
	})
	return w
}

func (w *world) verdict(t *testing.T) {
	if w.checks.failure == "" && os.Getenv("ONHAND_TRACE") == "" {
		return
	}
	name, err := w.trace.save(w.seed)
	require.NoError(t, err)
	t.Logf("the story of the run is in %s", name)
	if w.checks.failure != "" {
		t.Fatalf("ONHAND_SEED=%d: %s", w.seed, w.checks.failure)
	}
}

func TestSimulation(t *testing.T) {
	if seed := number(t, "ONHAND_SEED", 0); seed > 0 {
		simulate(t, seed, nil, nil).verdict(t)
		return
	}
	first := rand.Uint64N(1 << 40)
	seeds := number(t, "ONHAND_SEEDS", 300)
	begun := time.Now()
	for seed := first; seed < first+seeds; seed++ {
		simulate(t, seed, nil, nil).verdict(t)
	}
	t.Logf("%d seeds from %d on, %.0f a minute", seeds, first, float64(seeds)/time.Since(begun).Minutes())
}
