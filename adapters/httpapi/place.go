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
const bodyPatience = 10 * time.Millisecond

var errNoPlace = errors.New("no place came free in time")

// turnedAway tells whether a request was refused for want of a place.
func turnedAway(err error) bool {
	_, full := errors.AsType[*ports.FullError](err)
	return full || errors.Is(err, errNoPlace)
}

// place is a request's place at work. While the request waits for something that is
// not the service's work, others have it.
type place struct {
	of     ports.Bulkhead // nil if work is not bounded
	urgent bool
	waits  ports.Bulkhead // bounds who waits without a place; may be nil

	mu     sync.Mutex // for who takes the place away, in a goroutine of its own
	held   bool
	turn   int       // of those in which it was held
	since  time.Time // when it was taken; zero after it was lent and not taken back
	lent   bool      // and counted among who waits
	denied error     // why it could not be
}

// take takes a place, and waits for it until ctx ends.
func (p *place) take(ctx context.Context) error {
	if p.of != nil {
		if err := p.of.Enter(ctx, p.urgent); errors.Is(err, context.DeadlineExceeded) {
			return errNoPlace // nothing was done: overload, not a fault
		} else if err != nil {
			return err
		}
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.turn++
	p.held, p.since = true, time.Now() //nolint:forbidigo // measures for what the breaker is told
	return nil
}

// release gives back whatever the request has. It may be called again.
func (p *place) release() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.turn++
	p.vacate()
	p.stopWaiting()
}

// vacate gives the place back. The lock is held.
func (p *place) vacate() {
	if p.held && p.of != nil {
		p.of.Leave()
	}
	p.held = false
}

// stopWaiting counts the request out of those that wait. The lock is held.
func (p *place) stopWaiting() {
	if p.lent && p.waits != nil {
		p.waits.Leave()
	}
	p.lent = false
}

// lend gives the place back for as long as the request waits, in a turn that may be
// over; if too many wait already, that is an error and kept for who takes it back.
func (p *place) lend(turn int) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.turn != turn || !p.held {
		return nil
	}
	p.vacate()
	p.since = time.Time{}
	if p.waits != nil {
		if p.denied = p.waits.Enter(ended, false); p.denied != nil {
			return p.denied
		}
	}
	p.lent = true
	return nil
}

// takeBack ends what lend began in this turn, if it did, and takes a place anew
// unless the request has failed anyway.
func (p *place) takeBack(ctx context.Context, failed error) error {
	p.mu.Lock()
	lent, denied := !p.held, p.denied
	p.turn++ // who would lend it now comes too late
	p.stopWaiting()
	p.denied = nil
	p.mu.Unlock()
	switch {
	case denied != nil:
		return denied
	case failed != nil || !lent:
		return failed
	}
	return p.take(ctx)
}

// holding tells whether the request has a place now, and in which turn.
func (p *place) holding() (turn int, held bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.turn, p.held
}

// await waits, without a place, for what others must do first.
func (x *exchange) await(wait func(context.Context) error) error {
	turn, held := x.place.holding()
	if !held {
		if waits := x.place.waits; waits != nil {
			if err := waits.Enter(ended, false); err != nil {
				return err
			}
			defer waits.Leave()
		}
		return wait(&x.within)
	}
	err := x.place.lend(turn)
	if err == nil {
		err = wait(&x.within)
	}
	return x.place.takeBack(&x.within, err)
}

// receive reads a body. If the client takes its time, it has no place meanwhile; and
// no more of it is read where too many do so.
func (x *exchange) receive(read func() ([]byte, error)) ([]byte, error) {
	x.reads = true
	turn, held := x.place.holding()
	if !held {
		return read()
	}
	slow := time.AfterFunc(bodyPatience, func() {
		if x.place.lend(turn) != nil {
			_ = http.NewResponseController(x).SetReadDeadline(time.Unix(1, 0)) // ends the read at once
		}
	})
	body, err := read()
	if slow.Stop() {
		return body, err
	}
	return body, x.place.takeBack(&x.within, err)
}

// refusalPatience is how long a refusal waits for what is left of a body. It is long enough
// for what was sent at once, also where neither side gets a processor for a while: a
// connection that ends before its body was read may take the answer with it.
const refusalPatience = time.Second

// refuseBody lets a refusal go out although the body has not come. Before an answer,
// net/http reads what is left of a body, and would wait as long as the request has
// time. What is not there soon is not waited for: the connection ends with the answer.
func (x *exchange) refuseBody(r *http.Request) {
	if r.ContentLength != 0 && !x.reads {
		soon := time.Now().Add(refusalPatience) //nolint:forbidigo // the kernel's clock counts here
		_ = http.NewResponseController(x).SetReadDeadline(soon)
	}
}
