package hystrixbreaker

import (
	"context"
	"errors"
	"time"

	"github.com/onhand/onhand/ports"
)

// outcome is what a call says about its dependency.
type outcome int

const (
	faulted outcome = iota // also of a call that panicked
	worked
	unknown // the caller left
)

// Reports to a circuit.
var (
	failure = []string{"failure"}
	handled = []string{"handled"} // counts the call; what hystrix calls a success would close an open circuit
	probed  = []string{"success"}
)

// errPanicked is the fault of a call that did not return.
var errPanicked = errors.New("it panicked")

// run runs a call that was admitted and reports its outcome, also if it panics.
func (b *Breaker) run(ctx context.Context, t admission, call func(context.Context) error) (err error) {
	came, why := faulted, errPanicked
	began := b.opts.Now()
	b.followClock(began)
	defer func() {
		took := b.opts.Now().Sub(began)
		if b.opts.Slow > 0 && took > b.opts.Slow {
			came, why = faulted, &slowError{took: took, allowed: b.opts.Slow}
		}
		if came == faulted {
			b.note(why)
		}
		if t.probe {
			b.endProbe(t, came, began, took)
		} else {
			b.end(t, came, began, took)
			b.followHung(t, came, why)
		}
	}()
	err = call(ctx)
	came, why = b.classify(ctx, err), err
	return err
}

func (b *Breaker) classify(ctx context.Context, err error) outcome {
	switch {
	case err == nil:
		return worked
	case ctx.Err() != nil && (errors.Is(err, ctx.Err()) || errors.Is(err, context.Cause(ctx))):
		return unknown
	case b.opts.Fault(err):
		return faulted
	}
	return worked
}

func (b *Breaker) note(fault error) {
	b.faults.Add(1)
	b.mu.Lock()
	b.last = fault
	b.mu.Unlock()
}

// end reports the outcome of an ordinary call, unless the breaker has changed since.
func (b *Breaker) end(t admission, came outcome, began time.Time, took time.Duration) {
	if b.age.Load() != t.age {
		return
	}
	if came == faulted {
		b.record(failure, began, took)
	} else {
		b.record(handled, began, took)
	}
}

// hungInARow is how many calls in a row must hang to open the breaker. One may be due to what the
// call asked for.
const hungInARow = 2

// followHung counts ordinary calls in a row that hung, and opens the breaker after enough of them.
func (b *Breaker) followHung(t admission, came outcome, why error) {
	switch {
	case came == unknown || b.age.Load() != t.age:
	case came == worked || !b.opts.Hung(why):
		b.hung.Store(0)
	case b.hung.Add(1) >= hungInARow:
		b.trip(t.age)
	}
}

// endProbe lets the breaker be closed, open, or wait for another probe.
func (b *Breaker) endProbe(t admission, came outcome, began time.Time, took time.Duration) {
	b.mu.Lock()
	incident := noIncident
	if b.age.Load() == t.age {
		b.probing = false
		switch came {
		case faulted:
			incident = b.change(ports.BreakerOpen, b.opts.Now())
		case worked:
			b.record(probed, began, took) // which closes the circuit
			b.hung.Store(0)
			incident = b.change(ports.BreakerClosed, b.opts.Now())
			b.age.Add(1)
		case unknown:
		}
	}
	b.mu.Unlock()
	b.report(incident)
}

func (b *Breaker) record(what []string, began time.Time, took time.Duration) {
	if b.circuit.ReportEvent(what, began, took) != nil {
		b.dropped.Add(1)
	}
}
