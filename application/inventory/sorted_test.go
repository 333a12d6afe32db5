package inventory

import (
	"cmp"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func TestSortedIsASortedList(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := sorted[string]{compare: strings.Compare}
		model := map[string]bool{}
		name := rapid.StringMatching(`[ab日]{0,4}`)
		t.Repeat(map[string]func(*rapid.T){
			"insert": func(t *rapid.T) {
				n := name.Draw(t, "name")
				require.Equal(t, !model[n], s.insert(n))
				model[n] = true
			},
			"remove": func(t *rapid.T) {
				n := name.Draw(t, "name")
				s.remove(n)
				delete(model, n)
			},
			"": func(t *rapid.T) {
				after, n := name.Draw(t, "after"), rapid.IntRange(0, 50).Draw(t, "n")
				var want []string
				for _, entry := range slices.Sorted(maps.Keys(model)) {
					if entry > after && len(want) < n {
						want = append(want, entry)
					}
				}
				require.Equal(t, want, s.from(nil, func(entry string) bool { return entry > after }, n))
				var back []string
				for _, entry := range slices.Backward(slices.Sorted(maps.Keys(model))) {
					if entry < after && len(back) < n {
						back = append(back, entry)
					}
				}
				require.Equal(t, back, s.back(nil, func(entry string) bool { return entry >= after }, n))
				require.Equal(t, len(model), s.count)
			},
		})
	})
}

func TestALongListIsHalvedIntoRuns(t *testing.T) {
	const entries = 5 * maxRun
	for name, order := range map[string]func(int) int{
		"ascending":  func(n int) int { return n },
		"descending": func(n int) int { return entries - n },
		"scattered":  func(n int) int { return n * 7919 % entries },
	} {
		t.Run(name, func(t *testing.T) {
			s := sorted[int]{compare: cmp.Compare[int]}
			for n := range entries {
				require.True(t, s.insert(order(n)))
				require.False(t, s.insert(order(n)))
			}
			require.Greater(t, len(s.runs), 4)
			all := s.from(nil, func(int) bool { return true }, entries+1)
			require.Len(t, all, entries)
			require.True(t, slices.IsSorted(all))
			for n := range entries {
				s.remove(order(n))
			}
			require.Empty(t, s.runs)
			require.Zero(t, s.count)
		})
	}
}
