package bootstrap

import (
	"fmt"
	"sync"

	"github.com/onhand/onhand/adapters/hystrixbreaker"
	"github.com/onhand/onhand/ports"
)

// breakerPool lends breakers to webhooks, which come and go, while a circuit stays for as
// long as the process. A breaker's name tells its number in the pool, not its webhook.
type breakerPool struct {
	make func(name string) (*hystrixbreaker.Breaker, error)
	most int // how many are made before one is lent again

	mu   sync.Mutex
	all  []*hystrixbreaker.Breaker
	free []*hystrixbreaker.Breaker // the one free for longest first: its counts are old
	lent []loan                    // in the order of the loans
}

type loan struct {
	to      string
	breaker *hystrixbreaker.Breaker
}

// lend returns the breaker of a runner; a closed one if the runner had none.
func (p *breakerPool) lend(to string) (ports.Breaker, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if i := p.find(to); i >= 0 {
		return p.lent[i].breaker, nil
	}
	var b *hystrixbreaker.Breaker
	if len(p.all) >= p.most && len(p.free) > 0 {
		b, p.free = p.free[0], p.free[1:]
		b.Renew()
	} else {
		var err error
		if b, err = p.make(fmt.Sprintf("%s-%d", webhookBreakers, len(p.all)+1)); err != nil {
			return nil, err
		}
		p.all = append(p.all, b)
	}
	p.lent = append(p.lent, loan{to: to, breaker: b})
	return b, nil
}

// giveBack takes back a runner's breaker, if it has one.
func (p *breakerPool) giveBack(from string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if i := p.find(from); i >= 0 {
		p.free = append(p.free, p.lent[i].breaker)
		p.lent = append(p.lent[:i], p.lent[i+1:]...)
	}
}

func (p *breakerPool) find(runner string) int {
	for i := range p.lent {
		if p.lent[i].to == runner {
			return i
		}
	}
	return -1
}

// inUse returns the status of each breaker that is lent.
func (p *breakerPool) inUse() []ports.BreakerStatus {
	p.mu.Lock()
	defer p.mu.Unlock()
	list := make([]ports.BreakerStatus, len(p.lent))
	for i := range list {
		list[i] = p.lent[i].breaker.Status()
	}
	return list
}

// together returns one status for all: the sums, also of those that are free now, and the
// worst state.
func (p *breakerPool) together() ports.BreakerStatus {
	sum := ports.BreakerStatus{Name: webhookBreakers, State: ports.BreakerClosed}
	for _, s := range p.inUse() {
		if s.State == ports.BreakerOpen || s.State == ports.BreakerHalfOpen && sum.State == ports.BreakerClosed {
			sum.State = s.State
		}
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, b := range p.all {
		s := b.Status()
		sum.Refused, sum.Faults, sum.Dropped = sum.Refused+s.Refused, sum.Faults+s.Faults, sum.Dropped+s.Dropped
	}
	return sum
}
