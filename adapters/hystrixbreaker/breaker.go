package hystrixbreaker

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/afex/hystrix-go/hystrix"

	"github.com/onhand/onhand/ports"
)

// Breaker implements ports.Breaker. Make one with New.
type Breaker struct {
	opts    Options
	circuit *hystrix.CircuitBreaker

	// age goes up with each opening and each closing; it is even while the breaker is
	// closed. A call that ends in another age than it began in says nothing about the present.
	age atomic.Uint64

	refused, faults, dropped atomic.Int64

	hung atomic.Int64 // calls in a row that ended with a fault of Options.Hung

	latest atomic.Int64 // second of the wall clock in which a call began

	mu      sync.Mutex // protects what follows, and that age goes up
	state   ports.BreakerState
	since   time.Time
	probing bool  // a probe is under way: only one at a time may be
	last    error // the last fault
}

var _ ports.Breaker = (*Breaker)(nil)

// New makes a breaker, and a circuit that lives as long as the process.
func New(o Options) (*Breaker, error) {
	o = o.withDefaults()
	if err := o.check(); err != nil {
		return nil, err
	}
	circuit, err := newCircuit(&o)
	if err != nil {
		return nil, err
	}
	b := &Breaker{opts: o, circuit: circuit, state: ports.BreakerClosed, since: o.Now()}
	if o.Forced {
		b.state = ports.BreakerOpen
		b.age.Store(1)
	}
	return b, nil
}

// Do implements ports.Breaker.
func (b *Breaker) Do(ctx context.Context, call func(context.Context) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	t, wait := b.admit()
	if wait > 0 {
		b.refused.Add(1)
		return &ports.OpenError{Name: b.opts.Name, RetryAfter: wait}
	}
	return b.run(ctx, t, call)
}

// admission lets one call be run.
type admission struct {
	age   uint64
	probe bool
}

// admit gives an admission, or says for how long there is none.
func (b *Breaker) admit() (t admission, wait time.Duration) {
	for {
		if t.age = b.age.Load(); t.age%2 == 0 {
			if b.circuit.AllowRequest() {
				return t, 0
			}
			b.trip(t.age)
		}
		if probe, wait, settled := b.askProbe(); settled {
			return probe, wait
		}
	}
}

// whileProbing is how long others are told to wait while a probe is under way: it
// will be over soon, or its fault opens the breaker again.
const whileProbing = time.Second

// askProbe gives the admission of the probe, or says how long to wait; it is not
// settled where the breaker has just closed.
func (b *Breaker) askProbe() (t admission, wait time.Duration, settled bool) {
	incident := noIncident
	defer func() { b.report(incident) }()
	b.mu.Lock()
	defer b.mu.Unlock()
	incident = b.cool()
	switch {
	case b.state == ports.BreakerClosed:
		return t, 0, false
	case b.opts.Forced:
		return t, b.opts.Cooldown, true
	case b.state == ports.BreakerOpen:
		return t, max(b.opts.Cooldown-b.opts.Now().Sub(b.since), time.Nanosecond), true
	case b.probing:
		return t, min(b.opts.Cooldown, whileProbing), true
	}
	b.probing = true
	return admission{age: b.age.Load(), probe: true}, 0, true
}

// cool makes an open breaker half-open when its cooldown has passed. The lock is held.
func (b *Breaker) cool() ports.Incident {
	if b.state != ports.BreakerOpen || b.opts.Forced || b.opts.Now().Sub(b.since) < b.opts.Cooldown {
		return noIncident
	}
	return b.change(ports.BreakerHalfOpen, b.since.Add(b.opts.Cooldown))
}

// trip opens the breaker because its circuit is open, unless its age is another by now.
func (b *Breaker) trip(age uint64) {
	b.mu.Lock()
	incident := noIncident
	if b.age.Load() == age {
		incident = b.change(ports.BreakerOpen, b.opts.Now())
		b.age.Add(1)
	}
	b.mu.Unlock()
	b.report(incident)
}

// Status implements ports.Breaker.
func (b *Breaker) Status() ports.BreakerStatus {
	if age := b.age.Load(); age%2 == 0 && b.circuit.IsOpen() {
		b.trip(age)
	}
	b.mu.Lock()
	incident := b.cool()
	s := ports.BreakerStatus{
		Name: b.opts.Name, State: b.state, Since: b.since, Forced: b.opts.Forced,
		Refused: b.refused.Load(), Faults: b.faults.Load(), Dropped: b.dropped.Load(),
	}
	b.mu.Unlock()
	b.report(incident)
	return s
}

// Renew closes the breaker, as for a dependency that takes the place of another. Calls
// under way say nothing about it any more, and what its circuit has counted is
// forgotten. A forced breaker stays so.
func (b *Breaker) Renew() {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.opts.Forced {
		return
	}
	b.forget()
	b.hung.Store(0)
	b.state, b.since, b.probing, b.last = ports.BreakerClosed, b.opts.Now(), false, nil
	b.age.Add(2 - b.age.Load()%2)
}

// change changes the state and returns the report of that. The caller holds the lock.
func (b *Breaker) change(state ports.BreakerState, at time.Time) ports.Incident {
	b.state, b.since = state, at
	incident := ports.Incident{Component: "breaker", Message: told[state], Detail: b.opts.Name}
	if state == ports.BreakerOpen {
		incident.Err, incident.Severe = b.last, true
	}
	return incident
}

// told is the report of a state that a breaker came to.
var told = map[ports.BreakerState]string{
	ports.BreakerOpen:     "a circuit is open: the service refuses its calls until a probe succeeds",
	ports.BreakerHalfOpen: "a circuit is half-open: the next call is a probe",
	ports.BreakerClosed:   "a circuit is closed again: its calls run",
}

var noIncident ports.Incident

// report reports a change. No lock is held: the reporter may look at the status.
func (b *Breaker) report(i ports.Incident) {
	if i.Message != "" {
		b.opts.Report(i)
	}
}

// slowError is the fault of a call that took too long, whatever it returned.
type slowError struct{ took, allowed time.Duration }

func (e *slowError) Error() string {
	return fmt.Sprintf("it took %v, more than %v", e.took.Round(time.Millisecond), e.allowed)
}
