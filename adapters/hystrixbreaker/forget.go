package hystrixbreaker

import (
	"time"

	"github.com/afex/hystrix-go/hystrix"
)

// window is how far back a circuit counts, by the wall clock.
const window = 10 * time.Second

// followClock notes when a call begins. Where the wall clock was set back, the circuit would
// count what it had counted before until the clock is there again: so it is emptied.
func (b *Breaker) followClock(began time.Time) {
	second := began.Unix()
	latest := b.latest.Load()
	if second > latest {
		b.latest.CompareAndSwap(latest, second)
		return
	}
	if latest-second > int64(window/time.Second) && b.latest.CompareAndSwap(latest, second) {
		b.mu.Lock()
		defer b.mu.Unlock()
		if b.age.Load()%2 == 0 { // an open one is emptied when it closes
			b.forget()
			b.age.Add(2) // calls under way began before
		}
	}
}

// forget closes the circuit and makes it forget its counts. It does so when it
// closes, and closes only when it is open: so everything opens it for a moment. The lock
// is held, and age goes up next: a caller that finds it open meanwhile asks again.
func (b *Breaker) forget() {
	all := commandConfig(&b.opts)
	all.RequestVolumeThreshold, all.ErrorPercentThreshold = 1, -1
	hystrix.ConfigureCommand(b.circuit.Name, all)
	open := b.circuit.IsOpen()
	hystrix.ConfigureCommand(b.circuit.Name, commandConfig(&b.opts))
	if open {
		b.record(probed, b.opts.Now(), 0)
	}
}
