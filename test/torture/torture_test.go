package torture

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/onhand/onhand/test/torture/overlay"
)

// binary is the program with faults to order.
var binary string

func TestMain(m *testing.M) {
	var err error
	if binary, err = overlay.Build(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	code := m.Run()
	_ = os.RemoveAll(filepath.Dir(binary))
	os.Exit(code)
}

// number reads a number from the environment.
func number(name string, otherwise uint64) uint64 {
	if n, err := strconv.ParseUint(os.Getenv(name), 10, 64); err == nil {
		return n
	}
	return otherwise
}

// roundsOnOne is how many rounds one directory is used for where there is time, so that
// logs become long.
const roundsOnOne = 4

// few is how many faults come in a round that is to be short.
const few = 12

// TestTortureFindsNothing runs rounds: a few, or for ONHAND_TORTURE_SECONDS. With
// ONHAND_ROUND it is that round alone.
func TestTortureFindsNothing(t *testing.T) {
	t.Parallel()
	seed := number("ONHAND_SEED", uint64(time.Now().UnixNano()))
	seconds := time.Duration(number("ONHAND_TORTURE_SECONDS", 0)) * time.Second
	rounds, faults := roundsOnOne, uint64(1000)
	if seconds == 0 {
		rounds, faults = 1, few
	}
	faults = number("ONHAND_FAULTS", faults)
	draw := func(round uint64, processes int) Plan {
		plan := Draw(round, processes, int(number("ONHAND_OPERATIONS", 80)))
		plan.Faults = plan.Faults[:min(len(plan.Faults), int(faults))]
		return plan
	}
	t.Logf("ONHAND_SEED=%d", seed)
	torture := New(t, binary)
	defer func() {
		t.Log(torture.Report)
		if path := os.Getenv("ONHAND_REPORT"); path != "" {
			require.NoError(t, torture.Report.Write(path))
		}
	}()
	if round := number("ONHAND_ROUND", 0); round > 0 {
		torture.Round(t.TempDir(), draw(round, int(number("ONHAND_PROCESSES", 1))))
		return
	}
	rng := rand.New(rand.NewPCG(seed, 0))
	for begin, n := time.Now(), 0; n < 1 || time.Since(begin) < seconds; n++ {
		for _, processes := range []int{1, 3} {
			dir := t.TempDir()
			for round := range rounds {
				if n+round > 0 && seconds > 0 && time.Since(begin) > seconds {
					return
				}
				torture.Round(dir, draw(rng.Uint64()>>1, processes))
			}
		}
		if torture.Report.Found() > 0 {
			return
		}
	}
}
