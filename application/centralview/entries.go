package centralview

import (
	"iter"
	"slices"
	"sort"
	"strings"
)

// maxRun is the number of entries of a full run. A full run is halved.
const maxRun = 512

// entries are all entries in order. They are not safe for concurrent use.
//
// They are copy-on-write: a snapshot shares the runs, and begins a generation. A run of an
// earlier generation is copied before it is changed.
type entries struct {
	runs       []*run // each in order and before the next, none empty
	generation int
	count      int
}

// run is a part of the entries.
type run struct {
	generation int
	list       []string
}

// compareKey compares an entry with a key.
func compareKey(entry, key string) int {
	return strings.Compare(entry[:min(len(entry), len(key))], key)
}

// find returns the index of the first entry that is not before a key, and whether it has the
// key.
func (e *entries) find(key string) (r, i int, found bool) {
	r = max(0, sort.Search(len(e.runs), func(r int) bool { return compareKey(e.runs[r].list[0], key) > 0 })-1)
	if len(e.runs) == 0 {
		return 0, 0, false
	}
	i, found = slices.BinarySearchFunc(e.runs[r].list, key, compareKey)
	return r, i, found
}

// get returns the entry with a key, or "".
func (e *entries) get(key string) string {
	if r, i, found := e.find(key); found {
		return e.runs[r].list[i]
	}
	return ""
}

// set inserts an entry, or replaces the one with the same key.
func (e *entries) set(entry string, keyLength int) {
	r, i, found := e.find(entry[:keyLength])
	if len(e.runs) == 0 {
		e.runs = []*run{{generation: e.generation, list: []string{entry}}}
		e.count = 1
		return
	}
	own := e.writable(r)
	if found {
		own.list[i] = entry
		return
	}
	e.count++
	if len(own.list) >= maxRun {
		half := len(own.list) / 2
		if i == len(own.list) {
			half = i // a run that grows at its end stays full
		}
		upper := &run{generation: e.generation, list: slices.Clone(own.list[half:])}
		own.list = slices.Clone(own.list[:half])
		e.runs = slices.Insert(e.runs, r+1, upper)
		if i >= half {
			own, i = upper, i-half
		}
	}
	own.list = slices.Insert(own.list, i, entry)
}

// append adds an entry after all others.
func (e *entries) append(entry string) {
	if n := len(e.runs); n > 0 && len(e.runs[n-1].list) < maxRun {
		last := e.writable(n - 1)
		last.list = append(last.list, entry)
	} else {
		e.runs = append(e.runs, &run{generation: e.generation, list: append(make([]string, 0, maxRun), entry)})
	}
	e.count++
}

// writable returns a run that may be changed.
func (e *entries) writable(r int) *run {
	if e.runs[r].generation != e.generation {
		e.runs[r] = &run{generation: e.generation, list: slices.Clone(e.runs[r].list)}
	}
	return e.runs[r]
}

// snapshot returns a copy that later changes do not affect.
func (e *entries) snapshot() entries {
	copied := entries{runs: slices.Clone(e.runs), generation: e.generation, count: e.count}
	e.generation++
	return copied
}

// from returns the entries in order, from the first that is not before a key; all of them for
// "".
func (e *entries) from(key string) iter.Seq[string] {
	return func(yield func(string) bool) {
		r, i := 0, 0
		if key != "" {
			r, i, _ = e.find(key)
		}
		for ; r < len(e.runs); r, i = r+1, 0 {
			for _, entry := range e.runs[r].list[i:] {
				if !yield(entry) {
					return
				}
			}
		}
	}
}
