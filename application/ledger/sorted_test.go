package ledger

import (
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/onhand/onhand/domain/event"
	"github.com/onhand/onhand/domain/stock"
)

func TestAShelfIsASortedList(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var s shelf
		var model []string
		names := rapid.SliceOfNDistinct(rapid.StringMatching(`[ab日]{1,7}`), 0, 200, rapid.ID).Draw(t, "names")
		for _, name := range names {
			place := &shown{}
			place.Store(&stock.Item{Key: stock.Key{SKU: name}})
			s.insert(place)
			model = append(model, name)
		}
		slices.Sort(model)
		behind := rapid.StringMatching(`[ab日]{0,3}`).Draw(t, "behind")
		prefix := rapid.StringMatching(`[ab日]{0,2}`).Draw(t, "prefix")
		n := rapid.IntRange(0, 50).Draw(t, "n")
		want := []string{}
		for _, name := range model {
			if len(want) < n && name > behind && strings.HasPrefix(name, prefix) {
				want = append(want, name)
			}
		}
		got := []string{}
		for _, place := range s.next(nil, behind, prefix, n) {
			got = append(got, place.Load().SKU)
		}
		require.Equal(t, want, got)
		require.Equal(t, len(model), s.count)
	})
}

func TestALongShelfIsHalvedIntoRuns(t *testing.T) {
	s := newState()
	const items = 5 * maxRun
	for n := range items {
		scattered := n * 7919 % items
		s.show(stock.Item{Key: stock.Key{Store: "S", SKU: string(rune('a'+scattered%26)) + strings.Repeat("x", scattered%9) + string(rune(0x4e00+scattered))}, Levels: stock.Levels{Version: 1}})
	}
	shelf := s.shelves["S"]
	require.Greater(t, len(shelf.runs), 4)
	var all []string
	for _, place := range shelf.next(nil, "", "", items+1) {
		all = append(all, place.Load().SKU)
	}
	require.Len(t, all, items)
	require.True(t, slices.IsSorted(all))
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
