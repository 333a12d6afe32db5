package inventory

import (
	"slices"
	"sort"
)

// maxRun is how long a run grows before it is halved: long enough that a
// million entries make few runs, short enough that an insertion moves little.
const maxRun = 512

// sorted is a list in order: runs of entries, each run sorted and before the
// next and none empty. It is not safe for concurrent use.
type sorted[T any] struct {
	compare func(T, T) int
	runs    [][]T
	count   int
}

// insert adds an entry, and reports false where an equal one is there already.
func (s *sorted[T]) insert(entry T) bool {
	if len(s.runs) == 0 {
		s.runs = [][]T{{entry}}
		s.count++
		return true
	}
	if s.append(entry) {
		return true
	}
	r := s.runOf(entry)
	run := s.runs[r]
	at, found := slices.BinarySearchFunc(run, entry, s.compare)
	if found {
		return false
	}
	s.count++
	if len(run) >= maxRun {
		// A run that grows at its end stays full.
		half := len(run) / 2
		if at == len(run) {
			half = at
		}
		upper := slices.Clone(run[half:])
		s.runs[r] = slices.Clone(run[:half])
		s.runs = slices.Insert(s.runs, r+1, upper)
		if at >= half {
			r, at = r+1, at-half
		}
		run = s.runs[r]
	}
	s.runs[r] = slices.Insert(run, at, entry)
	return true
}

// sortedOf makes a list of entries that are in order.
func sortedOf[T any](entries []T, compare func(T, T) int) *sorted[T] {
	s := &sorted[T]{compare: compare, count: len(entries)}
	for run := range slices.Chunk(entries, maxRun) {
		s.runs = append(s.runs, slices.Clone(run))
	}
	return s
}

// append adds an entry after the last one if it belongs there: entries that come in
// order, as from a snapshot, need no search.
func (s *sorted[T]) append(entry T) bool {
	last := len(s.runs) - 1
	run := s.runs[last]
	if s.compare(run[len(run)-1], entry) >= 0 {
		return false
	}
	if len(run) < maxRun {
		s.runs[last] = append(run, entry)
	} else {
		s.runs = append(s.runs, append(make([]T, 0, maxRun), entry))
	}
	s.count++
	return true
}

// remove takes an entry out, if it is there.
func (s *sorted[T]) remove(entry T) {
	if len(s.runs) == 0 {
		return
	}
	r := s.runOf(entry)
	at, found := slices.BinarySearchFunc(s.runs[r], entry, s.compare)
	if !found {
		return
	}
	s.count--
	s.runs[r] = slices.Delete(s.runs[r], at, at+1)
	if len(s.runs[r]) == 0 {
		s.runs = slices.Delete(s.runs, r, r+1)
	}
}

// runOf returns the index of the last run that begins at or before an entry, else 0.
func (s *sorted[T]) runOf(entry T) int {
	after := sort.Search(len(s.runs), func(i int) bool { return s.compare(s.runs[i][0], entry) > 0 })
	return max(0, after-1)
}

// from appends up to n entries, in order, from the first one on for which begun
// is true. It must be false for all entries before that one and true for all after it.
func (s *sorted[T]) from(into []T, begun func(T) bool, n int) []T {
	r := max(0, sort.Search(len(s.runs), func(i int) bool { return begun(s.runs[i][0]) })-1)
	for ; r < len(s.runs) && n > 0; r++ {
		run := s.runs[r]
		if !begun(run[0]) {
			run = run[sort.Search(len(run), func(i int) bool { return begun(run[i]) }):]
		}
		run = run[:min(n, len(run))]
		into = append(into, run...)
		n -= len(run)
	}
	return into
}

// back appends up to n entries, in reverse order, from the last one on for which over is
// false. It must be false for all entries before that one and true for all after it.
func (s *sorted[T]) back(into []T, over func(T) bool, n int) []T {
	r := sort.Search(len(s.runs), func(i int) bool { return over(s.runs[i][0]) }) - 1
	for ; r >= 0 && n > 0; r-- {
		run := s.runs[r]
		if over(run[len(run)-1]) {
			run = run[:sort.Search(len(run), func(i int) bool { return over(run[i]) })]
		}
		for i := len(run) - 1; i >= 0 && n > 0; i-- {
			into = append(into, run[i])
			n--
		}
	}
	return into
}
