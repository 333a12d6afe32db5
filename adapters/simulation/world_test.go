package simulation_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"sync/atomic"
	"testing/synctest"
	"time"

	"github.com/onhand/onhand/adapters/internal/durablefile/simdisk"
	"github.com/onhand/onhand/adapters/memory"
	"github.com/onhand/onhand/ports"
)

const (
	// maxDisturbed is how many turns a run is disturbed in. A plan can cut the power so often that
	// hardly a start comes to its end: what such a run has left to do, it does in peace.
	maxDisturbed = 40_000
	// maxTurns is how many turns a run may take; one that takes more has got stuck.
	maxTurns = maxDisturbed + 20_000
)

// world is one run. It alone draws from the seed, while all other goroutines wait.
type world struct {
	seed  uint64
	rng   *rand.Rand
	plan  plan
	trace *trace

	disk    *simdisk.Disk
	changes int           // steps so far that changed the disk
	fault   simdisk.Fault // of the next of them
	isFull  atomic.Bool
	off     bool
	disrupt func(*step) bool // is asked before each of them; true if the step is lost

	indexes   []indexes      // by place
	backup    *backup        // nil while there is none
	restored  bool           // a backup was put back
	leases    *memory.Leases // from which those of the processes are made; nil is none
	desk      desk
	times     *times
	processes []*process // by place; nil is down
	leftovers []*process // of those that were killed
	lives     int
	turns     int
	calm      bool        // nothing disturbs any more: each process comes to its end
	soothed   atomic.Bool // the same, for goroutines of processes
	ending    bool        // no client starts any more

	names   names
	drawer  *drawer
	clients []*client
	again   []task // with a key and an unknown outcome
	begun   int
	ids     int

	checks *checks
}

func newWorld(seed uint64, change func(*plan)) *world {
	rng := rand.New(rand.NewPCG(seed, 1))
	w := &world{seed: seed, rng: rng, plan: drawPlan(rng), trace: newTrace(), checks: newChecks(), times: newTimes()}
	if change != nil {
		change(&w.plan)
	}
	w.names.reservations = []string{"r1", "r2", "r3"}
	w.drawer = &drawer{rng: rng, plan: &w.plan, names: &w.names}
	w.plugIn(simdisk.New())
	w.processes = make([]*process, w.plan.processes)
	for range w.processes {
		w.indexes = append(w.indexes, newIndexes())
	}
	if begun := time.Now(); w.plan.processes > 1 {
		w.leases = memory.NewLeases(w.plan.leaseTTL, func() time.Duration { return time.Since(begun) })
	}
	for range w.plan.clients {
		w.clients = append(w.clients, newClient())
	}
	return w
}

// plugIn makes a disk the one that processes start on from now on.
func (w *world) plugIn(d *simdisk.Disk) {
	w.disk = d
	d.Plan(func(simdisk.Call) simdisk.Fault {
		f := w.fault
		w.fault = simdisk.Fault{}
		return f
	})
}

// note writes a line of the run's story.
func (w *world) note(format string, args ...any) { w.trace.add(fmt.Sprintf(format, args...)) }

// told is what a process reports: what must not happen, ends the run.
func (w *world) told(p *process, i ports.Incident) {
	if !p.dead.Load() {
		w.checks.incident(p, i)
	}
}

// run lets everything happen that the plan has, until all is done and checked.
func (w *world) run() {
	for !w.done() {
		w.turn()
	}
	w.checks.end(w)
	w.leave()
}

// leave lets every goroutine end, also where a run was broken off.
func (w *world) leave() {
	for _, p := range w.processes {
		if p != nil {
			w.kill(p)
		}
	}
	for n := 0; len(w.leftovers) > 0 && n < 1000; n++ {
		synctest.Wait()
		w.look()
		time.Sleep(time.Second)
	}
	if len(w.leftovers) > 0 {
		w.checks.fail("%d killed processes do not come to an end", len(w.leftovers))
	}
	for _, c := range w.clients {
		close(c.calls)
	}
}

func (w *world) turn() {
	synctest.Wait()
	w.look()
	if w.checks.failed() {
		return
	}
	switch w.turns++; w.turns {
	case maxDisturbed:
		w.soothe()
	case maxTurns:
		w.checks.fail("nothing comes to an end")
		return
	}
	if !w.disturb() {
		w.goOn()
	}
}

// done reports whether there is nothing left to do.
func (w *world) done() bool {
	if w.checks.failed() {
		return true
	}
	if w.begun < w.plan.commands || w.busy() {
		return false
	}
	w.soothe()
	if len(w.again) > 0 || len(w.leftovers) > 0 {
		return false
	}
	synctest.Wait() // for the goroutines that continue since the last turn
	if w.ending {
		return w.checks.settle(w)
	}
	for _, p := range w.processes {
		if p == nil || !p.serving || p.fatal.Load() {
			return false
		}
	}
	return w.checks.settle(w)
}

// soothe ends all disturbances.
func (w *world) soothe() {
	w.calm = true
	w.soothed.Store(true)
}

func (w *world) busy() bool {
	return slices.ContainsFunc(w.clients, func(c *client) bool { return c.busy != nil })
}

// look notes the requests that have come to an end since the turn before.
func (w *world) look() {
	for _, p := range w.processes {
		if p != nil {
			w.lookAt(p)
		}
	}
	w.leftovers = slices.DeleteFunc(w.leftovers, func(p *process) bool {
		w.release(p)
		select {
		case _ = <-p.opened: //nolint:staticcheck // it was killed while it started
			p.stop()
		case _ = <-p.closed: //nolint:staticcheck // with whatever error
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

// begin lets a client begin a call on a process.
func (w *world) begin(i int, p *process, t task) {
	w.ids++
	c := &call{task: t, id: fmt.Sprintf("req-%05d", w.ids), of: p}
	w.checks.begin(c)
	w.note("client %d: %s %s key %q dry %v on %d.%d", i, c.id, t.name, t.key, t.dry, p.place, p.life)
	w.clients[i].busy = c
	w.clients[i].calls <- c
}

// answered judges a call that came to an end.
func (w *world) answered(i int, c *call) {
	got, err := c.outcome()
	w.note("client %d: %s: position %d, replayed %v, %v", i, c.id, got.position, got.replayed, err)
	unknown := w.checks.answered(w, c)
	if unknown && c.task.key != "" {
		w.again = append(w.again, c.task)
	}
	if err != nil && c.task.name == lookAround {
		w.checks.unseen(c, err)
	}
	if err != nil {
		return
	}
	for _, id := range c.made {
		if c.task.name == "ship" {
			w.names.transfers = append(w.names.transfers, id)
		} else if len(w.names.reservations) < 8 {
			w.names.reservations = append(w.names.reservations, id)
		}
	}
}

// sleep lets time pass: never exactly until something else that waits for its time, for
// which of two comes first at one time is left to chance.
func (w *world) sleep(d time.Duration) {
	d += time.Duration(1 + w.rng.IntN(997))
	for _, p := range w.processes {
		if p != nil && p.leases != nil && !p.frozen.After(time.Now()) {
			p.leases.Renew() // as it does all the time
		}
	}
	w.note("%v pass", d)
	time.Sleep(d)
}
