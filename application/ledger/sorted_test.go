package ledger

import (
	"cmp"
	"maps"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/onhand/onhand/domain/event"
)

func TestSortedIsASortedList(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := sorted[string]{compare: compareText}
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
				behind, n := name.Draw(t, "behind"), rapid.IntRange(0, 50).Draw(t, "n")
				var want []string
				for _, entry := range slices.Sorted(maps.Keys(model)) {
					found, ok := s.find(entry)
					require.True(t, ok)
					require.Equal(t, entry, found)
					if entry > behind && len(want) < n {
						want = append(want, entry)
					}
				}
				require.Equal(t, want, s.from(nil, func(entry string) bool { return entry > behind }, n))
				_, ok := s.find(behind)
				require.Equal(t, model[behind], ok)
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

func TestTheHorizonWaitsForGaps(t *testing.T) {
	h := newHorizon()
	reached, giveUp := h.wait(3)
	h.show(2)
	h.show(3)
	require.Zero(t, h.position())
	require.Len(t, h.early, 2)
	h.show(1)
	<-reached
	require.Equal(t, event.Position(3), h.position())
	h.show(2) // again, as a ledger that catches up may
	require.Empty(t, h.early)
	giveUp()
	_, giveUp = h.wait(9)
	giveUp()
	require.Empty(t, h.waiters)
}
