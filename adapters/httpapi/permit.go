package httpapi

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/onhand/onhand/ports"
)

var errNoPermit = errors.New("no permit became free in time")

// isShed reports whether a request was refused because a bulkhead had no room for it.
func isShed(err error) bool {
	_, full := errors.AsType[*ports.FullError](err)
	return full || errors.Is(err, errNoPermit) || errors.Is(err, errTooManyAtOnce)
}

// permit is a request's permit to work. While the request waits for something other than
// the service's work, other requests use the permit.
type permit struct {
	bulkhead ports.Bulkhead // nil: work is not bounded
	urgent   bool
	waits    ports.Bulkhead // bounds the requests that wait without a permit; may be nil

	mu   sync.Mutex // a timer may suspend the permit in a goroutine of its own
	held bool
	// generation numbers the times for which the permit is held: a suspension that comes
	// too late names an earlier one and does nothing.
	generation   int
	since        time.Time     // of the last acquisition; zero after a suspension without resumption
	worked       time.Duration // while the permit was held
	waiting      bool          // suspended, and counted by waits
	waitRejected error         // why waits had no room
}

// acquire takes a permit, and waits for it until ctx ends.
func (p *permit) acquire(ctx context.Context) error {
	if p.bulkhead != nil {
		if err := p.bulkhead.Acquire(ctx, p.urgent); errors.Is(err, context.DeadlineExceeded) {
			return errNoPermit // nothing was done: overload, not a fault
		} else if err != nil {
			return err
		}
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.generation++
	p.held, p.since = true, time.Now() //nolint:forbidigo // measures for what the breaker is told
	return nil
}

// release gives back whatever the request holds. It may be called again.
func (p *permit) release() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.generation++
	p.leave()
	p.stopWaiting()
}

// leave gives the permit back. The lock is held.
func (p *permit) leave() {
	if p.held {
		p.worked += time.Since(p.since) //nolint:forbidigo // measures
		if p.bulkhead != nil {
			p.bulkhead.Release()
		}
	}
	p.held = false
}

// stopWaiting ends the count by waits. The lock is held.
func (p *permit) stopWaiting() {
	if p.waiting && p.waits != nil {
		p.waits.Release()
	}
	p.waiting = false
}

// suspend gives the permit back for as long as the request waits. It does nothing if the
// generation is over. If too many requests wait already, it returns an error, which resume
// returns, too.
func (p *permit) suspend(generation int) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.generation != generation || !p.held {
		return nil
	}
	p.leave()
	p.since = time.Time{}
	if p.waits != nil {
		if p.waitRejected = p.waits.Acquire(canceledContext, false); p.waitRejected != nil {
			return p.waitRejected
		}
	}
	p.waiting = true
	return nil
}

// resume ends what suspend began, if it did, and acquires a permit again unless the request
// has failed anyway.
func (p *permit) resume(ctx context.Context, failed error) error {
	p.mu.Lock()
	suspended, rejected := !p.held, p.waitRejected
	p.generation++ // a suspension from now on comes too late
	p.stopWaiting()
	p.waitRejected = nil
	p.mu.Unlock()
	switch {
	case rejected != nil:
		return rejected
	case failed != nil || !suspended:
		return failed
	}
	return p.acquire(ctx)
}

// work returns for how long the permit was held.
func (p *permit) work() time.Duration {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.worked
}

// state reports whether the request holds a permit now, and in which generation.
func (p *permit) state() (generation int, held bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.generation, p.held
}

// waitWithoutPermit suspends the request's permit, if it holds one, while it waits.
func (x *exchange) waitWithoutPermit(wait func(context.Context) error) error {
	generation, held := x.permit.state()
	if !held {
		if waits := x.permit.waits; waits != nil {
			if err := waits.Acquire(canceledContext, false); err != nil {
				return err
			}
			defer waits.Release()
		}
		return wait(&x.deadline)
	}
	err := x.permit.suspend(generation)
	if err == nil {
		err = wait(&x.deadline)
	}
	return x.permit.resume(&x.deadline, err)
}
