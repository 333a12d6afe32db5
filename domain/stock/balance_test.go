package stock

import (
	"cmp"
	"fmt"
	"math/bits"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// fault is the first promise that a tree does not keep, nil if there is none.
func fault(h *holds) error {
	if h == nil {
		return nil
	}
	l, r := h.left, h.right
	if l.weight() > delta*r.weight() || r.weight() > delta*l.weight() {
		return fmt.Errorf("sides of %d and %d holds are out of balance", l.size(), r.size())
	}
	if h.count != l.size()+1+r.size() || h.units != l.total()+h.quantity+r.total() {
		return fmt.Errorf("%d holds of %d units are not the sum of the parts", h.count, h.units)
	}
	return cmp.Or(fault(l), fault(r))
}

func depth(h *holds) int {
	if h == nil {
		return 0
	}
	return 1 + max(depth(h.left), depth(h.right))
}

// numbered is the i-th of many holds, a second apart.
func numbered(i int) Hold {
	return Hold{ReservationID: fmt.Sprint("r", i), Quantity: int64(i + 1), ExpiresAt: time.Unix(int64(i), 0).UTC()}
}

// orders are the orders of n inserts that a tree could break on.
func orders(n int) map[string]func(i int) int {
	reversed := backwards(n)
	return map[string]func(int) int{
		"ascending":  func(i int) int { return i },
		"descending": func(i int) int { return n - 1 - i },
		"from both ends": func(i int) int {
			if i%2 == 0 {
				return i / 2
			}
			return n - 1 - i/2
		},
		"the even ones first": func(i int) int {
			if even := (n + 1) / 2; i >= even {
				return 2*(i-even) + 1
			}
			return 2 * i
		},
		"by their bits backwards": func(i int) int { return reversed[i] },
	}
}

// backwards is 0 to n-1, each binary number read from its end.
func backwards(n int) []int {
	list := make([]int, n)
	for i := range list {
		list[i] = i
	}
	slices.SortFunc(list, func(a, b int) int { return cmp.Compare(bits.Reverse(uint(a)), bits.Reverse(uint(b))) })
	return list
}

func TestNoOrderUnbalancesTheHolds(t *testing.T) {
	const n = 10_000
	for name, place := range orders(n) {
		t.Run(name, func(t *testing.T) {
			var tree *holds
			for i := range n {
				tree = tree.put(numbered(place(i)))
			}
			require.NoError(t, fault(tree))
			require.Equal(t, n, tree.size())
			require.Equal(t, int64(n)*(n+1)/2, tree.total())
			require.LessOrEqual(t, depth(tree), 3*bits.Len(n), "no part is much deeper than the rest")
			next := 0
			for h := range tree.all() {
				require.Equal(t, numbered(next), h)
				next++
			}
			for i := range n - 10 {
				h := numbered(place(i))
				tree = tree.remove(deadlineOf(h.ExpiresAt), h.ReservationID)
				if i%1000 == 0 {
					require.NoError(t, fault(tree))
				}
			}
			require.NoError(t, fault(tree))
			require.Equal(t, 10, tree.size())
		})
	}
}

func TestHoldsCanBeCutAnywhere(t *testing.T) {
	for n := range 65 {
		for _, place := range orders(n) {
			var tree *holds
			var list naive
			for i := range n {
				tree = tree.put(numbered(place(i)))
				list = list.with(numbered(place(i)))
			}
			for cut := -1; cut <= n; cut++ {
				at := int64(cut) * 1e6
				_, live, _ := list.cut(at)
				rest := tree.live(at)
				require.NoError(t, fault(rest))
				requireSame(t, live, rest)
			}
			requireSame(t, list, tree)
		}
	}
}

func TestHoldsStayBalancedWithoutTheirMiddle(t *testing.T) {
	for _, place := range orders(500) {
		var tree *holds
		var list naive
		for i := range 500 {
			tree = tree.put(numbered(place(i)))
			list = append(list, numbered(i))
		}
		for len(list) > 0 {
			middle := tree.hold()
			tree, list = tree.remove(deadlineOf(middle.ExpiresAt), middle.ReservationID), list.without(middle)
			require.NoError(t, fault(tree))
			requireSame(t, list, tree)
		}
	}
}

func TestHoldsOfAnyWeightJoin(t *testing.T) {
	sizes := []int{0, 1, 2, 3, 5, 8, 40, 300}
	for _, left := range sizes {
		for _, right := range sizes {
			var before, after *holds
			var list naive
			for i := range left + 1 + right {
				list = append(list, numbered(i))
				switch {
				case i < left:
					before = before.put(numbered(i))
				case i > left:
					after = after.put(numbered(i))
				}
			}
			var none *holds
			joined := none.put(numbered(left)).join(before, after)
			require.NoError(t, fault(joined), "%d and %d holds", left, right)
			requireSame(t, list, joined)
		}
	}
}
