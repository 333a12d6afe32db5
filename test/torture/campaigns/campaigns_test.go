package main

import (
	"bytes"
	"math/rand/v2"
	"os"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestTheSharesAreAllOfTheTime(t *testing.T) {
	sum := 0
	for _, c := range campaigns() {
		sum += c.share
		require.NotNil(t, c.environment, c.name)
		if c.tests != "" && c.tests[len(c.tests)-1] != '.' {
			_, err := os.Stat("../../../" + c.tests)
			require.NoError(t, err)
		}
	}
	require.Equal(t, 100, sum)
}

// one is a campaign that runs a command once.
func one(out *bytes.Buffer, command ...string) *campaign {
	return &campaign{
		name: "one", rng: rand.New(rand.NewPCG(1, 1)), out: out,
		environment: func(seed uint64, _ time.Duration) []string { return []string{seeded(seed)} },
		command:     func(time.Duration) []string { return command },
	}
}

func TestAFindingIsReportedWithWhatRepeatsIt(t *testing.T) {
	var out bytes.Buffer
	bad, good := one(&out, "sh", "-c", "echo what happened; exit 3"), one(&out, "true")
	bad.run(time.Hour)
	good.run(0)
	require.Equal(t, 1, bad.runs, "it is over after a finding")
	require.Equal(t, 1, good.runs)
	require.EqualError(t, report(&out, 5, []*campaign{bad, good}), "1 findings")
	for _, part := range []string{"seed 5", "FOUND by one", "again with: ONHAND_SEED=", "exit status 3", "what happened"} {
		require.Contains(t, out.String(), part)
	}
	require.NoError(t, report(&out, 5, []*campaign{good}))
}

func TestASeedIsANumberOrAny(t *testing.T) {
	n, err := seedOf("17")
	require.NoError(t, err)
	require.EqualValues(t, 17, n)
	_, err = seedOf("x")
	require.Error(t, err)
	_, err = seedOf("")
	require.NoError(t, err)
}
