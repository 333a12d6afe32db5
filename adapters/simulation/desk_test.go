// Package simulation_test runs ledgers, committers and recoveries of whole processes
// on one simulated disk, in fake time, one step after the other: a seed decides which
// process continues, which call fails, and when a process is killed or the power cut. The same seed
// is the same run, so a failure can be repeated.
package simulation_test

import (
	"cmp"
	"runtime"
	"slices"
	"sync"
	"time"
)

// step is what a goroutine of a process is about to do to the disk, or with the log.
// It waits until the world says what becomes of it.
type step struct {
	of    *process
	op    string
	about string
	size  int
	lines []byte    // written to the log, if any
	at    time.Time // by the process's clock, where there are lines
	round int       // when it came
	path  uintptr   // stands for the calls that led to it
	fate  chan fate
	waits func() bool // reports whether it waits for space while the disk is full; nil: it does not
}

// fate is what becomes of a step: it happens, or fails, or the process is killed
// right after it. What a call that fails leaves on the disk, the disk is told.
type fate struct {
	err  error
	dies bool
}

// changes reports whether a step changes the disk.
func (s *step) changes() bool {
	switch s.op {
	case "create", "write", "truncate", "sync", "rename", "remove", "syncdir":
		return true
	}
	return false
}

// desk is where steps wait. No goroutine waits here with a mutex of the product held, or
// the world would wait for ever for the others to come to rest.
type desk struct {
	mu      sync.Mutex
	waiting []*step
	round   int
}

func (d *desk) wait(s *step) fate {
	s.fate = make(chan fate, 1)
	var calls [20]uintptr
	for _, call := range calls[:runtime.Callers(3, calls[:])] {
		s.path = s.path*31 + call
	}
	d.mu.Lock()
	s.round = d.round
	d.waiting = append(d.waiting, s)
	d.mu.Unlock()
	return <-s.fate
}

// inOrder are the waiting steps in an order that does not depend on which goroutine
// was quicker: those that came first, then by their descriptions.
func (d *desk) inOrder() []*step {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.round++
	slices.SortStableFunc(d.waiting, func(a, b *step) int {
		return cmp.Or(cmp.Compare(a.round, b.round), cmp.Compare(a.of.life, b.of.life),
			cmp.Compare(a.op, b.op), cmp.Compare(a.about, b.about), cmp.Compare(a.size, b.size), cmp.Compare(a.path, b.path))
	})
	return slices.Clone(d.waiting)
}

func (d *desk) resume(s *step, f fate) {
	d.mu.Lock()
	d.waiting = slices.DeleteFunc(d.waiting, func(other *step) bool { return other == s })
	d.mu.Unlock()
	s.fate <- f
}
