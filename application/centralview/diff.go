package centralview

import (
	"fmt"
	"iter"
	"slices"
)

func diff(x, y *state) string {
	a, stopA := iter.Pull(inOrder(x))
	defer stopA()
	b, stopB := iter.Pull(inOrder(y))
	defer stopB()
	for {
		x, moreX := a()
		y, moreY := b()
		switch {
		case !moreX && !moreY:
			return ""
		case x != y:
			return fmt.Sprintf("%.300q against %.300q", x, y)
		}
	}
}

// inOrder returns all entries as text, in an order that does not depend on the numbers of the
// stores: sorted within each SKU.
func inOrder(s *state) iter.Seq[string] {
	return func(yield func(string) bool) {
		var lines []string // of one SKU
		flush := func() bool {
			slices.Sort(lines)
			for _, line := range lines {
				if !yield(line) {
					return false
				}
			}
			lines = lines[:0]
			return true
		}
		last := ""
		for entry := range s.entries.from("") {
			sku, line, packed := split(entry)
			if sku != last && !flush() {
				return
			}
			last = sku
			lines = append(lines, string(appendRecord(nil, s, sku, line, packed)))
		}
		flush()
	}
}
