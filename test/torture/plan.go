package torture

import (
	"fmt"
	"math/rand/v2"
	"time"
)

// Plan is what a round does.
type Plan struct {
	Seed       uint64
	Processes  int
	Clients    int
	Operations int // of each client
	Faults     []Fault
	All        bool // the clients continue until all faults are over
}

// Fault is something that happens to a process.
type Fault struct {
	Pause  time.Duration // before it
	Node   int
	Kind   FaultKind
	Length time.Duration // how long what ends lasts
	Off    time.Duration // how far the clock is off
}

// FaultKind is what happens, beside the orders of package overlay.
type FaultKind string

// The kinds of faults that come from outside of a process.
const (
	Kill      FaultKind = "kill"      // SIGKILL; it is started again at once
	KillTwice FaultKind = "killtwice" // and killed again while it starts
	Terminate FaultKind = "terminate" // SIGTERM, started again when it has ended
	Freeze    FaultKind = "freeze"    // SIGSTOP for longer than a lease lives, SIGCONT
	Jump      FaultKind = "jump"      // its wall clock is off by Off
)

// LeaseLife is that of the processes, short so that a freeze can be longer.
const LeaseLife = 300 * time.Millisecond

// disk are the faults that package overlay makes, as often as they are drawn.
var disk = []FaultKind{
	"sync-fails", "write-fails", "write-fails", "die-torn", "die-torn", "die-written", "die-written", "die-synced",
	"die-synced", "freeze-torn", "freeze-written", "freeze-synced", "full", "slow",
}

// Draw makes the plan of a round. There are more faults than a round usually has time for.
func Draw(seed uint64, processes, operations int) Plan {
	rng := rand.New(rand.NewPCG(seed, 77))
	p := Plan{Seed: seed, Processes: processes, Clients: 9, Operations: operations}
	outside := []FaultKind{Kill, Kill, Kill, KillTwice, Terminate, Terminate, Freeze, Jump, Jump}
	for range 200 {
		f := Fault{
			Pause: time.Duration(10+rng.IntN(240)) * time.Millisecond, Node: rng.IntN(processes),
			Length: LeaseLife * time.Duration(4+rng.IntN(8)) / 3,
		}
		if rng.IntN(2) == 0 {
			f.Kind = outside[rng.IntN(len(outside))]
		} else {
			f.Kind = disk[rng.IntN(len(disk))]
		}
		if f.Kind == Jump {
			f.Off = []time.Duration{50 * time.Minute, -50 * time.Minute, 50 * time.Second, -50 * time.Second, 0}[rng.IntN(5)]
		}
		p.Faults = append(p.Faults, f)
	}
	return p
}

func (p Plan) String() string {
	return fmt.Sprintf("ONHAND_ROUND=%d ONHAND_PROCESSES=%d ONHAND_OPERATIONS=%d ONHAND_FAULTS=%d", p.Seed, p.Processes, p.Operations, len(p.Faults))
}
