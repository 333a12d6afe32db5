package simulation_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"runtime"
	"strconv"
	"sync/atomic"
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
			stacks := make([]byte, 1<<20)
			w.checks.fail("%v\n%s", left, stacks[:runtime.Stack(stacks, true)])
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

// howLong is for how long seeds are run if no number is given: a share of each CI
// run, or ONHAND_MINUTES.
func howLong(t *testing.T) time.Duration {
	if minutes := number(t, "ONHAND_MINUTES", 0); minutes > 0 {
		return time.Duration(minutes) * time.Minute
	}
	return 8 * time.Second
}

func TestSimulation(t *testing.T) {
	if seed := number(t, "ONHAND_SEED", 0); seed > 0 {
		simulate(t, seed, nil, nil).verdict(t)
		return
	}
	first, seeds, begun, limit := number(t, "ONHAND_FIRST_SEED",
		rand.Uint64N(1<<40)), number(t, "ONHAND_SEEDS", 0), time.Now(), howLong(t)
	var done atomic.Int64
	t.Cleanup(func() {
		t.Logf("%d seeds from %d on, %.0f a minute", done.Load(), first, float64(done.Load())/time.Since(begun).Minutes())
	})
	workers := uint64(runtime.GOMAXPROCS(0))
	for worker := range workers {
		t.Run(fmt.Sprint("worker ", worker), func(t *testing.T) {
			t.Parallel()
			for n := worker; n < seeds || seeds == 0 && time.Since(begun) < limit; n += workers {
				simulate(t, first+n, nil, nil).verdict(t)
				done.Add(1)
			}
		})
	}
}
