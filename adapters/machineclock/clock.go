package machineclock

import (
	"math"
	"sync/atomic"
	"time"

	"github.com/onhand/onhand/adapters/internal/machine"
)

const (
	// measureEvery is how often the time for which the machine has slept is measured.
	measureEvery = time.Second
	// apart is how far the wall clock and the runtime's clock may move apart until it is measured at
	// once.
	apart = 10 * time.Millisecond
	// shortest is the shortest sleep that a measurement can tell from its own error.
	shortest = time.Millisecond
	// attempts are made at a measurement while the process is interrupted during each.
	attempts = 10
)

// Clock is a ports.Clock, by its method Read.
type Clock struct {
	now       func() time.Time     // with both readings of the runtime
	sinceBoot func() time.Duration // nil if the machine has no such clock
	begun     time.Time

	slept atomic.Int64 // by how much the machine's clock is ahead of the time since begun
	next  atomic.Int64 // when that is measured next, since begun
	lead  atomic.Int64 // of the wall clock before the time since begun, when it was measured
}

// New makes a clock, and returns the name of the machine's start from which it counts.
// Without a clock of the machine, as where /proc is missing, it counts from this call, the name is
// empty and the error says why.
func New() (*Clock, string, error) {
	m, err := machine.This()
	if err != nil {
		return newClock(time.Now, nil), "", err //nolint:forbidigo // this is the clock
	}
	return newClock(time.Now, m.Now), m.Boot, nil //nolint:forbidigo // this is the clock
}

func newClock(now func() time.Time, sinceBoot func() time.Duration) *Clock {
	c := &Clock{now: now, sinceBoot: sinceBoot, begun: now()}
	if sinceBoot != nil {
		slept, _ := c.measure()
		c.slept.Store(int64(slept))
	}
	return c
}

// Read returns the wall clock, and the machine's clock.
func (c *Clock) Read() (wall time.Time, sinceBoot time.Duration) {
	now := c.now()
	wall = now.Round(0) // strips the runtime's reading
	passed := now.Sub(c.begun)
	lead := wall.Sub(c.begun.Round(0)) - passed
	moved := (lead - time.Duration(c.lead.Load())).Abs() > apart
	if c.sinceBoot != nil && (moved || int64(passed) >= c.next.Load()) {
		c.lead.Store(int64(lead))
		slept, within := c.measure()
		if slept-time.Duration(c.slept.Load()) >= max(shortest, within) {
			c.slept.Store(int64(slept))
		}
	}
	return wall, passed + time.Duration(c.slept.Load())
}

// measure measures for how long the machine has slept, and how exact that is. Of several attempts
// the shortest counts.
func (c *Clock) measure() (slept, within time.Duration) {
	within = math.MaxInt64
	var before time.Duration
	for range attempts {
		before = c.now().Sub(c.begun)
		at := c.sinceBoot()
		took := c.now().Sub(c.begun) - before
		if took < within {
			slept, within = at-before-took/2, took
		}
		if took < shortest/20 {
			break
		}
	}
	c.next.Store(int64(before + measureEvery))
	return slept, within
}
