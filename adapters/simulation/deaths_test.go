package simulation_test

import "github.com/onhand/onhand/adapters/internal/durablefile/simdisk"

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

// cutPower ends all processes; the seed draws which unsynced bytes survive.
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
	w.times.reboot()
	w.plugIn(w.backUp(next))
	w.isFull.Store(false)
	w.off = false
}
