package simulation_test

import (
	"slices"

	"github.com/onhand/onhand/adapters/internal/durablefile/simdisk"
)

// look takes note of what has come to an end since the turn before.
func (w *world) look() {
	for _, p := range w.processes {
		if p != nil {
			w.lookAt(p)
		}
	}
	w.leftovers = slices.DeleteFunc(w.leftovers, func(p *process) bool {
		w.release(p)
		select {
		case <-p.opened: // it was killed while it started
			p.stop()
		case <-p.closed:
			return true
		default:
		}
		return false
	})
	for i, c := range w.clients {
		if c.busy == nil {
			continue
		}
		c.busy.left = c.busy.of.dead.Load()
		if !c.busy.left && !c.busy.done.Load() {
			continue
		}
		one := c.busy
		c.busy = nil
		if one.left { // the client hangs up
			close(c.calls)
			w.clients[i] = newClient()
		}
		w.answered(i, one)
	}
}

func (w *world) lookAt(p *process) {
	if p.dead.Load() { // in the middle of a step
		w.bury(p, "died")
		return
	}
	select {
	case err := <-p.opened:
		w.note("%d.%d is open: %v", p.place, p.life, err)
		w.checks.opened(w, p, err)
		if p.serving = err == nil; err != nil {
			p.die()
			w.bury(p, "ends")
			p.stop()
		}
	case err := <-p.closed:
		w.note("%d.%d is closed: %v", p.place, p.life, err)
		w.checks.closed(p, err)
		w.processes[p.place] = nil
		w.remount(p)
	default:
	}
}

// bury takes a killed process off the list of those that run.
func (w *world) bury(p *process, how string) {
	w.note("%d.%d %s", p.place, p.life, how)
	w.checks.ended(p)
	w.processes[p.place] = nil
	w.leftovers = append(w.leftovers, p)
	w.release(p)
	if p.serving {
		p.stop()
	}
	w.remount(p)
}

// remount cuts the power where a process ended and left the disk unsound.
func (w *world) remount(p *process) {
	if p.unsound() && !w.off {
		w.cutPower()
	}
}

// release lets go whatever of a dead process waits: nothing that it does counts.
func (w *world) release(p *process) {
	for _, s := range w.desk.inOrder() {
		if s.of == p {
			w.desk.resume(s, fate{err: simdisk.ErrKilled})
		}
	}
}

func (w *world) kill(p *process) {
	p.die()
	w.bury(p, "is killed")
}

// cutPower ends all processes; what was not synced survives as the seed has it.
func (w *world) cutPower() {
	w.note("the power is cut")
	w.off = true
	next := w.disk.Reboot(w.rng)
	for _, p := range w.processes {
		if p != nil {
			p.die()
			w.bury(p, "is without power")
		}
	}
	w.plugIn(next)
	w.isFull, w.off = false, false
}
