package bootstrap

import (
	"runtime"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestTwoThreadsRunOnOneProcessor(t *testing.T) {
	before := runtime.GOMAXPROCS(0)
	defer runtime.GOMAXPROCS(before)
	t.Setenv("GOMAXPROCS", "") // restores it at the end
	for given, then := range map[int]int{1: 2, 2: 2, 5: 5} {
		runtime.GOMAXPROCS(given)
		TuneProcessors()
		require.Equal(t, then, runtime.GOMAXPROCS(0))
	}
	t.Setenv("GOMAXPROCS", "1")
	runtime.GOMAXPROCS(1)
	TuneProcessors()
	require.Equal(t, 1, runtime.GOMAXPROCS(0), "the environment wins")
}
