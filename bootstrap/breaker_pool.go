package bootstrap

import (
	"fmt"
	"sync"

	"github.com/onhand/onhand/adapters/hystrixbreaker"
	"github.com/onhand/onhand/ports"
)

// breakerPool lends breakers to webhooks, which come and go, while a circuit stays for as
// long as the process. A name is that of a place in the pool, not of a webhook.
type breakerPool struct {
	make func(name string) (*hystrixbreaker.Breaker, error)
	most int // so many are made before one is lent again

	mu   sync.Mutex
	all  []*hystrixbreaker.Breaker
	free []*hystrixbreaker.Breaker // the one that is free for longest first: nothing that it has counted is new
	lent []loan                    // in the order of the loans
}

type loan struct {
	to      string
	breaker *hystrixbreaker.Breaker
}

// lend gives the breaker of a runner, closed if it did not have one.
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

// giveBack takes back what a runner had, if it had one.
func (p *breakerPool) giveBack(from string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if i := p.find(from); i >= 0 {
		p.free = append(p.free, p.lent[i].breaker)
		p.lent = append(p.lent[:i], p.lent[i+1:]...)
	}
}

func (p *breakerPool) find(who string) int {
	for i := range p.lent {
		if p.lent[i].to == who {
			return i
		}
	}
	return -1
}

// inUse is how those stand that are lent.
func (p *breakerPool) inUse() []ports.BreakerStatus {
	p.mu.Lock()
	defer p.mu.Unlock()
	list := make([]ports.BreakerStatus, len(p.lent))
	for i := range list {
		list[i] = p.lent[i].breaker.Status()
	}
	return list
}

// together is how all stand as one: the sums, also of those that are free now, and the
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
