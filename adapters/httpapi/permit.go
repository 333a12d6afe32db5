package httpapi

import (
	"context"
	"errors"
	"net/http"
	"sync"
	"time"

	"github.com/onhand/onhand/ports"
)

// bodyPatience is how long a request keeps its place while its body is on its way.
// What a client sends at once is there before.
const slowBodyDelay = 10 * time.Millisecond

var errNoPermit = errors.New("no place came free in time")

// turnedAway tells whether a request was refused for want of a place.
func isShed(err error) bool {
	_, full := errors.AsType[*ports.FullError](err)
	return full || errors.Is(err, errNoPermit)
}

// place is a request's place at work. While the request waits for something that is
// not the service's work, others have it.
type permit struct {
	bulkhead ports.Bulkhead // nil if work is not bounded
	urgent   bool
	waits    ports.Bulkhead // bounds who waits without a place; may be nil

	mu           sync.Mutex // for who takes the place away, in a goroutine of its own
	held         bool
	generation   int       // of those in which it was held
	since        time.Time // when it was taken; zero after it was lent and not taken back
	waiting      bool      // and counted among who waits
	waitRejected error     // why it could not be
}

// take takes a place, and waits for it until ctx ends.
func (p *permit) acquire(ctx context.Context) error {
	if p.bulkhead != nil {
		if err := p.bulkhead.Enter(ctx, p.urgent); errors.Is(err, context.DeadlineExceeded) {
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

// release gives back whatever the request has. It may be called again.
func (p *permit) release() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.generation++
	p.leave()
	p.stopWaiting()
}

// vacate gives the place back. The lock is held.
func (p *permit) leave() {
	if p.held && p.bulkhead != nil {
		p.bulkhead.Leave()
	}
	p.held = false
}

// stopWaiting counts the request out of those that wait. The lock is held.
func (p *permit) stopWaiting() {
	if p.waiting && p.waits != nil {
		p.waits.Leave()
	}
	p.waiting = false
}

// lend gives the place back for as long as the request waits, in a turn that may be
// over; if too many wait already, that is an error and kept for who takes it back.
func (p *permit) suspend(turn int) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.generation != turn || !p.held {
		return nil
	}
	p.leave()
	p.since = time.Time{}
	if p.waits != nil {
		if p.waitRejected = p.waits.Enter(canceledContext, false); p.waitRejected != nil {
			return p.waitRejected
		}
	}
	p.waiting = true
	return nil
}

// takeBack ends what lend began in this turn, if it did, and takes a place anew
// unless the request has failed anyway.
func (p *permit) resume(ctx context.Context, failed error) error {
	p.mu.Lock()
	lent, denied := !p.held, p.waitRejected
	p.generation++ // who would lend it now comes too late
	p.stopWaiting()
	p.waitRejected = nil
	p.mu.Unlock()
	switch {
	case denied != nil:
		return denied
	case failed != nil || !lent:
		return failed
	}
	return p.acquire(ctx)
}

// holding tells whether the request has a place now, and in which turn.
func (p *permit) state() (turn int, held bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.generation, p.held
}

// await waits, without a place, for what others must do first.
func (x *exchange) waitWithoutPermit(wait func(context.Context) error) error {
	turn, held := x.permit.state()
	if !held {
		if waits := x.permit.waits; waits != nil {
			if err := waits.Enter(canceledContext, false); err != nil {
				return err
			}
			defer waits.Leave()
		}
		return wait(&x.deadline)
	}
	err := x.permit.suspend(turn)
	if err == nil {
		err = wait(&x.deadline)
	}
	return x.permit.resume(&x.deadline, err)
}

// receive reads a body. If the client takes its time, it has no place meanwhile; and
// no more of it is read where too many do so.
func (x *exchange) receive(read func() ([]byte, error)) ([]byte, error) {
	x.bodyRead = true
	turn, held := x.permit.state()
	if !held {
		return read()
	}
	slow := time.AfterFunc(slowBodyDelay, func() {
		if x.permit.suspend(turn) != nil {
			_ = http.NewResponseController(x).SetReadDeadline(time.Unix(1, 0)) // ends the read at once
		}
	})
	body, err := read()
	if slow.Stop() {
		return body, err
	}
	return body, x.permit.resume(&x.deadline, err)
}

// refusalPatience is how long a refusal waits for what is left of a body. It is long enough
// for what was sent at once, also where neither side gets a processor for a while: a
// connection that ends before its body was read may take the answer with it.
const unreadBodyTimeout = time.Second

// refuseBody lets a refusal go out although the body has not come. Before an answer,
// net/http reads what is left of a body, and would wait as long as the request has
// time. What is not there soon is not waited for: the connection ends with the answer.
func (x *exchange) limitUnreadBody(r *http.Request) {
	if r.ContentLength != 0 && !x.bodyRead {
		soon := time.Now().Add(unreadBodyTimeout) //nolint:forbidigo // the kernel's clock counts here
		_ = http.NewResponseController(x).SetReadDeadline(soon)
	}
}
