package stock

import (
	"cmp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// naive is the holds as a sorted list: what the tree is held against.
type naive []Hold

func compare(a, b Hold) int {
	return cmp.Or(cmp.Compare(deadlineOf(a.ExpiresAt), deadlineOf(b.ExpiresAt)),
		strings.Compare(a.ReservationID, b.ReservationID))
}

func (n naive) without(h Hold) naive {
	return slices.DeleteFunc(slices.Clone(n), func(other Hold) bool { return compare(h, other) == 0 })
}

func (n naive) with(h Hold) naive {
	list := append(n.without(h), h)
	slices.SortFunc(list, compare)
	return list
}

// cut parts the list at a time, with the units of the holds that are overdue then.
func (n naive) cut(at int64) (overdue, live naive, units int64) {
	for _, h := range n {
		if deadlineOf(h.ExpiresAt) > at {
			live = append(live, h)
			continue
		}
		overdue = append(overdue, h)
		units += h.Quantity
	}
	return overdue, live, units
}

func requireSame(t require.TestingT, want naive, h *holds) {
	got := naive(slices.Collect(h.all()))
	require.True(t, slices.Equal(want, got), "%v instead of %v", got, want)
	require.Equal(t, len(want), h.size())
}

// someHold draws from so few that they often meet; second 0 is no deadline.
func someHold(t *rapid.T) Hold {
	h := Hold{
		ReservationID: rapid.StringMatching(`[a-e]`).Draw(t, "id"),
		Quantity:      rapid.Int64Range(1, 9).Draw(t, "units"),
	}
	if second := rapid.Int64Range(0, 12).Draw(t, "deadline"); second > 0 {
		h.ExpiresAt = time.Unix(second, 0).UTC()
	}
	return h
}

func TestHoldsBehaveAsASortedList(t *testing.T) {
	type version struct {
		tree *holds
		list naive
	}
	rapid.Check(t, func(t *rapid.T) {
		var now version
		var past []version
		change := func(tree *holds, list naive) {
			past = append(past, now)
			now = version{tree, list}
		}
		t.Repeat(map[string]func(*rapid.T){
			"put": func(t *rapid.T) {
				h := someHold(t)
				change(now.tree.put(h), now.list.with(h))
			},
			"remove": func(t *rapid.T) {
				h := someHold(t)
				change(now.tree.remove(deadlineOf(h.ExpiresAt), h.ReservationID), now.list.without(h))
			},
			"let time pass": func(t *rapid.T) {
				at := rapid.Int64Range(0, 3).Draw(t, "now") * 1e6
				_, live, _ := now.list.cut(at)
				change(now.tree.live(at), live)
			},
			"find": func(t *rapid.T) {
				h := someHold(t)
				found := now.tree.find(deadlineOf(h.ExpiresAt), h.ReservationID)
				i := slices.IndexFunc(now.list, func(other Hold) bool { return compare(h, other) == 0 })
				require.Equal(t, i >= 0, found != nil)
				if found != nil {
					require.Equal(t, now.list[i], found.hold())
				}
			},
			"ask for a time": func(t *rapid.T) {
				at := rapid.Int64Range(0, 13).Draw(t, "now") * 1e6
				overdue, live, units := now.list.cut(at)
				gotCount, gotUnits := now.tree.overdue(at)
				require.Equal(t, len(overdue), gotCount)
				require.Equal(t, units, gotUnits)
				rest := now.tree.live(at)
				require.NoError(t, fault(rest))
				requireSame(t, live, rest)
				if len(overdue) > 0 {
					require.Equal(t, overdue[len(overdue)-1].ExpiresAt, now.tree.lastOverdue(at))
				}
			},
			"look through in part": func(t *rapid.T) {
				n := rapid.IntRange(0, len(now.list)).Draw(t, "holds")
				var seen naive
				for h := range now.tree.all() {
					if len(seen) == n {
						break
					}
					seen = append(seen, h)
				}
				require.True(t, slices.Equal(now.list[:n], seen), "%v is not how %v begins", seen, now.list)
			},
			"": func(t *rapid.T) {
				require.NoError(t, fault(now.tree))
				requireSame(t, now.list, now.tree)
			},
		})
		for _, v := range past {
			require.NoError(t, fault(v.tree))
			requireSame(t, v.list, v.tree)
		}
	})
}
