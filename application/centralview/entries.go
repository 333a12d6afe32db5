package centralview

import (
	"iter"
	"slices"
	"sort"
	"strings"
)

// maxRun is how many entries a run has at most before it is halved.
const maxRun = 512

// entries are all entries in order: runs, each in order and before the next, none
// empty. Not safe for concurrent use.
type entries struct {
	runs  []*run
	age   int // of the newest frozen copy
	count int
}

// run is a part of the entries. It may be changed only by an owner of its own age.
type run struct {
	age  int
	list []string
}

// compareKey compares an entry with a key.
func compareKey(entry, key string) int {
	return strings.Compare(entry[:min(len(entry), len(key))], key)
}

// find is where the first entry lies that is not before a key, and whether it has that key.
func (e *entries) find(key string) (r, i int, found bool) {
	r = max(0, sort.Search(len(e.runs), func(r int) bool { return compareKey(e.runs[r].list[0], key) > 0 })-1)
	if len(e.runs) == 0 {
		return 0, 0, false
	}
	i, found = slices.BinarySearchFunc(e.runs[r].list, key, compareKey)
	return r, i, found
}

// get is the entry with a key, or "".
func (e *entries) get(key string) string {
	if r, i, found := e.find(key); found {
		return e.runs[r].list[i]
	}
	return ""
}

// set puts an entry in its place, or in that of the one with the same key.
func (e *entries) set(entry string, keyLength int) {
	r, i, found := e.find(entry[:keyLength])
	if len(e.runs) == 0 {
		e.runs = []*run{{age: e.age, list: []string{entry}}}
		e.count = 1
		return
	}
	own := e.own(r)
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
		upper := &run{age: e.age, list: slices.Clone(own.list[half:])}
		own.list = slices.Clone(own.list[:half])
		e.runs = slices.Insert(e.runs, r+1, upper)
		if i >= half {
			own, i = upper, i-half
		}
	}
	own.list = slices.Insert(own.list, i, entry)
}

// own is a run that may be changed.
func (e *entries) own(r int) *run {
	if e.runs[r].age != e.age {
		e.runs[r] = &run{age: e.age, list: slices.Clone(e.runs[r].list)}
	}
	return e.runs[r]
}

// freeze is a copy that later changes do not reach.
func (e *entries) freeze() entries {
	frozen := entries{runs: slices.Clone(e.runs), age: e.age, count: e.count}
	e.age++
	return frozen
}

// from goes through the entries in order, from the first that is not before a key;
// all of them for "".
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
