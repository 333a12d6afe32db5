package simdisk

import (
	"errors"
	"sync"
)

// ErrCrashed is the error of every call after the disk lost its power.
var ErrCrashed = errors.New("simdisk: the power is off")

// Call is one call that changes the disk, about to happen.
type Call struct {
	Op   string // create, write, truncate, sync, rename, remove, syncdir
	Name string // the file or directory; for a rename the new name
	N    int    // the number of this call, from 1
}

// Fault is the outcome of a call: Err, after the first Keep bytes of a write or the
// first Keep changes of a file's sync; a rename that keeps anything happens in spite of
// Err. Wait, if set, delays the call until it is closed, while other calls continue.
// Kill, if set, is killed in the call. The zero Fault lets the call happen.
type Fault struct {
	Err  error
	Keep int
	Wait <-chan struct{}
	Kill *Process
}

// faults decides about each call of a disk. It has the lock of the whole disk, because
// a call must not hold that lock while a fault delays it.
type faults struct {
	mu       sync.Mutex
	crashed  bool
	calls    int
	plan     func(Call) Fault
	readPlan func(Call) Fault
}

// Plan sets the function that decides about each call from now on; nil lets all happen.
func (f *faults) Plan(plan func(Call) Fault) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.plan = plan
}

// PlanReads sets the function that decides about each opening of an existing file and
// each read ("open", "read") from now on; nil lets all happen. They change nothing, so
// they do not count as calls, and Keep has no meaning.
func (f *faults) PlanReads(plan func(Call) Fault) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.readPlan = plan
}

// Calls returns the number of calls so far that change the disk.
func (f *faults) Calls() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.calls
}

// Crash cuts the power: every later call on this disk fails.
func (f *faults) Crash() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.crashed = true
}

// before counts a call that changes the disk and asks the plan about it. The lock is
// held, except while the call is delayed.
func (f *faults) before(op, name string) Fault {
	if f.crashed {
		return Fault{Err: ErrCrashed}
	}
	f.calls++
	fault := f.ask(f.plan, Call{Op: op, Name: name, N: f.calls})
	if errors.Is(fault.Err, ErrCrashed) {
		f.crashed = true
	}
	if fault.Kill != nil {
		fault.Kill.kill()
	}
	return fault
}

// beforeRead asks the plan about a call that changes nothing. The lock is held, except
// while the call is delayed.
func (f *faults) beforeRead(op, name string) error {
	if f.crashed {
		return ErrCrashed
	}
	return f.ask(f.readPlan, Call{Op: op, Name: name}).Err
}

func (f *faults) ask(plan func(Call) Fault, c Call) Fault {
	if plan == nil {
		return Fault{}
	}
	fault := plan(c)
	if fault.Wait != nil {
		f.mu.Unlock()
		<-fault.Wait
		f.mu.Lock()
		if f.crashed {
			return Fault{Err: ErrCrashed}
		}
	}
	return fault
}
