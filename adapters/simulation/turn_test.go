package simulation_test

import (
	"errors"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/onhand/onhand/adapters/internal/durablefile/simdisk"
)

// errLeft is what a client of a killed process has instead of an answer.
var errLeft = errors.New("the process was killed before it answered")

// chance is true in so many of 1,000 cases.
func (w *world) chance(of int) bool { return of > 0 && !w.calm && w.rng.IntN(1000) < of }

// disturb does now and then something that no client asked for.
func (w *world) disturb() bool {
	switch p := w.someProcess(); {
	case p != nil && p.fatal.Load() && !p.stops && w.rng.IntN(4) == 0:
		if w.rng.IntN(2) == 0 {
			w.kill(p)
		} else {
			w.note("%d.%d stops: its store cannot go on", p.place, p.life)
			p.stop()
		}
	case p != nil && p.serving && p.foundDamage() && !w.calm && w.rng.IntN(4) == 0:
		w.note("%d.%d stops: an index is damaged", p.place, p.life)
		p.stop()
	case p != nil && w.chance(w.plan.kill):
		w.kill(p)
	case w.chance(w.plan.power):
		w.cutPower()
	case p != nil && p.serving && w.chance(w.plan.stop):
		w.note("%d.%d stops", p.place, p.life)
		p.stop()
	case p != nil && w.chance(w.plan.freeze):
		p.frozen = time.Now().Add(pick(w.rng, 50*time.Millisecond, time.Second, 5*time.Second))
		w.note("%d.%d is frozen", p.place, p.life)
	case p != nil && p.timed.Load() && w.chance(w.plan.jump):
		d := pick(w.rng, 10*time.Millisecond, time.Second, -time.Second, time.Hour, -time.Hour)
		p.skew.Add(int64(d))
		w.note("the clock of %d.%d jumps by %v", p.place, p.life, d)
	case w.chance(w.plan.full), w.isFull.Load() && w.rng.IntN(60) == 0:
		w.isFull.Store(!w.isFull.Load())
		w.note("the disk is full: %v", w.isFull.Load())
	default:
		return false
	}
	return true
}

// doubtful takes note of a sync or rename that fails, and of a mark about it that does
// not get onto the disk.
func (p *process) doubtful(s *step) {
	if strings.HasPrefix(s.about, snapshotDir) || s.about == clockFile {
		return // nothing relies on it
	}
	p.unmarked = p.unmarked || s.about == lockFile
	p.doubt = p.doubt || s.op == "sync" && !isSegment(s.about) || s.op == "syncdir" || s.op == "rename"
}

// unsound reports whether a process leaves a disk that must not be used without a
// remount: a sync failed, and no mark says so. The page cache then shows the next
// process what no later sync will bring to the disk.
func (p *process) unsound() bool { return p.doubt && (!p.fatal.Load() || p.unmarked) }

func (w *world) someProcess() *process {
	if len(w.processes) == 0 {
		return nil
	}
	return w.processes[w.rng.IntN(len(w.processes))]
}

// choice is something that can happen next, as likely as its weight.
type choice struct {
	weight int
	do     func()
}

// goOn lets one thing happen of those that can.
func (w *world) goOn() {
	if w.calm {
		w.isFull.Store(false)
	}
	var choices []choice
	waiting := w.desk.inOrder()
	for _, s := range waiting {
		if !s.of.frozen.After(time.Now()) && !heldUp(s, waiting) && !w.lacksSpace(s) {
			choices = append(choices, choice{8, func() { w.resume(s) }})
		}
	}
	for place, p := range w.processes {
		if p == nil && !w.ending {
			choices = append(choices, choice{4, func() { w.boot(place) }})
		}
	}
	for i, c := range w.clients {
		if p := w.someProcess(); c.busy == nil && p != nil && p.serving && (w.begun < w.plan.commands || len(w.again) > 0) {
			choices = append(choices, choice{6, func() { w.next(i, p) }})
		}
	}
	all := 0
	for _, c := range choices {
		all += c.weight
	}
	if all == 0 || w.rng.IntN(1000) < w.plan.sleep {
		w.sleep(w.someTime())
		return
	}
	roll := w.rng.IntN(all)
	for _, c := range choices {
		if roll -= c.weight; roll < 0 {
			c.do()
			return
		}
	}
}

// heldUp reports whether a step leads to a mutex whose holder waits at another step:
// commits of others are folded between two attempts, which look up keys and
// read closed entries.
func heldUp(s *step, waiting []*step) bool {
	return s.op == "feed" && slices.ContainsFunc(waiting, func(other *step) bool {
		if other.of != s.of {
			return false
		}
		switch other.op {
		case "recall", "recalled", "open", "read":
			return true
		}
		return false
	})
}

// lacksSpace reports whether a step waits until the disk has space.
func (w *world) lacksSpace(s *step) bool { return w.isFull.Load() && s.waits != nil && s.waits() }

// someTime is often up to a deadline, or to the moment before it.
func (w *world) someTime() time.Duration {
	if d := w.checks.nextDeadline(time.Now()); d > 0 && w.rng.IntN(3) == 0 {
		return max(time.Microsecond, d-pick(w.rng, 0, 0, 2*time.Microsecond, time.Millisecond))
	}
	return pick(w.rng, 100*time.Microsecond, time.Millisecond, 21*time.Millisecond, 60*time.Millisecond,
		310*time.Millisecond, 1100*time.Millisecond, 2500*time.Millisecond)
}

// boot starts a process where none runs.
func (w *world) boot(place int) {
	p := w.start(place, w.times.skew(w))
	w.processes[place] = p
	w.note("%d.%d starts", place, p.life)
}

// next gives a client something to do.
func (w *world) next(i int, p *process) {
	switch n := len(w.again); {
	case n > 0 && (w.calm || w.rng.IntN(3) == 0):
		t := w.again[w.rng.IntN(n)]
		w.forget(t.key)
		w.begin(i, p, t)
		return
	case w.begun >= w.plan.commands:
		return
	}
	if t, ok := w.drawer.maintenance(); ok && (t.name != snapshots && t.name != sweeps || !w.doing(t.name)) {
		w.begin(i, p, t)
		return
	}
	if other := w.clients[w.rng.IntN(len(w.clients))]; other.busy != nil && other.busy.task.key != "" &&
		w.rng.IntN(4) == 0 {
		t := other.busy.task // an impatient client asks again,
		if w.rng.IntN(3) == 0 {
			t = w.drawer.draw() // or takes a key that another one has
			t.key, t.dry = other.busy.task.key, false
		}
		w.begin(i, p, t)
		return
	}
	w.begun++
	w.begin(i, p, w.drawer.draw())
}

// doing reports whether a client is at work.
func (w *world) doing(name string) bool {
	return slices.ContainsFunc(w.clients, func(c *client) bool { return c.busy != nil && c.busy.task.name == name })
}

// forget takes a task off the list of those to be repeated.
func (w *world) forget(key string) {
	for i, t := range w.again {
		if t.key == key {
			w.again = append(w.again[:i:i], w.again[i+1:]...)
			return
		}
	}
}

// resume lets a step happen, or not.
func (w *world) resume(s *step) {
	w.fault = simdisk.Fault{}
	if !s.changes() {
		f := fate{}
		if s.op == "open index" && w.isFull.Load() {
			f.err = syscall.ENOSPC
		}
		if s.op == "open" || s.op == "read" || s.op == "list" {
			if w.chance(w.plan.fail / 4) {
				f.err = syscall.EIO
				s.of.faulty = true
			}
		}
		w.note("%d.%d %s %s %d %v", s.of.place, s.of.life, s.op, s.about, s.size, f.err)
		w.desk.resume(s, f)
		return
	}
	w.changes++
	if w.disrupt != nil && w.disrupt(s) {
		return
	}
	f := fate{}
	room := s.op == "write" || s.op == "create" || s.op == "rename"
	switch {
	case w.isFull.Load() && room:
		w.fault = simdisk.Fault{Err: syscall.ENOSPC, Keep: w.keep(s)}
	case w.chance(w.plan.fail):
		w.fault = simdisk.Fault{Err: syscall.EIO, Keep: w.keep(s)}
	case s.op == "write" && w.chance(w.plan.torn):
		w.fault = simdisk.Fault{Err: syscall.EIO, Keep: w.keep(s)}
		f.dies = true
	}
	if w.fault.Err != nil {
		s.of.faulty = true
		s.of.doubtful(s)
	}
	w.note("%d.%d %s %s %d %v %d %v", s.of.place, s.of.life, s.op, s.about, s.size, w.fault.Err, w.fault.Keep, f.dies)
	w.checks.changing(s)
	w.desk.resume(s, f)
}

// keep is how much of a step that fails happens all the same. Bytes that are overwritten in
// LOCK, or in CLOCK, is one sector, which comes whole or not at all.
func (w *world) keep(s *step) int {
	switch {
	case s.op == "write" && (s.about == lockFile || s.about == clockFile):
		return w.rng.IntN(2) * s.size
	case s.op == "write":
		return w.rng.IntN(s.size + 1)
	}
	return w.rng.IntN(3)
}
