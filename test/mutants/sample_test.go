package main

import (
	"math/rand/v2"
	"os"
	"os/exec"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"
)

// sampled is how many mutants each run of the tests tries; make mutants tries all.
const sampled = 3

func TestAFewMutantsAreCaught(t *testing.T) {
	seed := rand.Uint64()
	if text := os.Getenv("ONHAND_SEED"); text != "" {
		given, err := strconv.ParseUint(text, 10, 64)
		require.NoError(t, err)
		seed = given
	}
	t.Logf("ONHAND_SEED=%d", seed)
	rng := rand.New(rand.NewPCG(seed, 0))
	all := catalogue()
	for tried := 0; tried < sampled; {
		m := all[rng.IntN(len(all))]
		if m.hangs {
			continue // takes as long as all others together
		}
		tried++
		t.Run(m.name, func(t *testing.T) {
			v, err := m.try(root)
			require.NoError(t, err)
			require.True(t, v.caught, "%s breaks %q: %s; no test of %s noticed", m.name, m.breaks, m.why, m.in)
			t.Logf("caught by %s in %.1f s", v.by, v.seconds)
		})
	}
}

func TestAnOutcomeIsReadFromTheOutputOfTests(t *testing.T) {
	failed := exitError(t)
	for name, c := range map[string]struct {
		printed string
		ended   error
		hangs   bool
		caught  bool
		by      string
		outcome bool
	}{
		"all passed":                    {"PASS\n", nil, false, false, "", true},
		"one failed":                    {"=== RUN   TestA\n--- FAIL: TestA (0.00s)\nFAIL\n", failed, false, true, "TestA", true},
		"a part of one":                 {"    --- FAIL: TestA/b (0.00s)\n--- FAIL: TestA (0.00s)\n        --- FAIL: TestA/b/c (0.00s)\n", failed, false, true, "TestA/b/c", true},
		"a panic beside the tests":      {"=== RUN   TestA\n=== RUN   TestA/b\n\npanic: oh\n", failed, false, true, "a panic in TestA/b", true},
		"no end":                        {"=== RUN   TestA\n\npanic: test timed out after 20s\n", failed, false, false, "", false},
		"no end, as the mutant has it":  {"=== RUN   TestA\n\npanic: test timed out after 20s\n", failed, true, true, "its time limit", true},
		"no such test":                  {"testing: warning: no tests to run\nPASS\n", nil, false, false, "", false},
		"the program was not built":     {"--- FAIL: TestA\n build onhand: exit status 1", failed, false, false, "", false},
		"the tests ended for no reason": {"=== RUN   TestA\n", failed, false, false, "", false},
	} {
		t.Run(name, func(t *testing.T) {
			caught, by, err := outcomeOf(c.printed, c.ended, c.hangs)
			require.Equal(t, c.outcome, err == nil, "%v", err)
			require.Equal(t, c.caught, caught)
			if c.caught {
				require.Equal(t, c.by, by)
			}
		})
	}
}

// exitError is how a program ends that fails.
func exitError(t *testing.T) error {
	err := exec.Command("false").Run()
	require.Error(t, err)
	return err
}
