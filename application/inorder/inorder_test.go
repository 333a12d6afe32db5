package inorder_test

import (
	"slices"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/onhand/onhand/application/inorder"
)

func TestResultsComeInTheOrderOfTheWork(t *testing.T) {
	work := make([]int, 10_000)
	for i := range work {
		work[i] = i
	}
	var got []int
	inorder.Map(slices.Values(work), func(n int) int { return 2 * n }, func(n int) bool {
		got = append(got, n/2)
		return true
	})
	require.Equal(t, work, got)
	inorder.Map(slices.Values([]int(nil)), func(n int) int { return n }, func(int) bool {
		t.Error("there is no work")
		return false
	})
}

func TestACallerThatTakesNoMoreEndsTheWork(t *testing.T) {
	var done atomic.Int64
	taken := 0
	inorder.Map(func(yield func(int) bool) {
		for n := 0; yield(n); n++ { // without end
			continue
		}
	}, func(n int) int {
		done.Add(1)
		return n
	}, func(n int) bool {
		require.Equal(t, taken, n)
		taken++
		return n < 100
	})
	before := done.Load()
	require.Equal(t, 101, taken)
	require.Equal(t, before, done.Load(), "no goroutine works any more")
}
