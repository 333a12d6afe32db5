package torture

import (
	"context"
	"syscall"
	"time"

	"github.com/onhand/onhand/test/torture/overlay"
)

// trouble makes the plan's faults, one after the other, until ctx ends or there are no
// more. What lasts, lasts while the next ones come, and is over when it returns.
func (c *cluster) trouble(ctx context.Context, plan Plan) {
	lasting := make(chan struct{}, len(plan.Faults))
	begun := 0
	last := func(length time.Duration, end func()) {
		begun++
		go func() {
			pause(ctx, length)
			end()
			lasting <- struct{}{}
		}()
	}
	for _, f := range plan.Faults {
		if !pause(ctx, f.Pause) {
			break
		}
		n := c.nodes[f.Node]
		for plan.All && n.address() == "" && pause(ctx, time.Millisecond) {
		}
		if n.address() != "" || f.Kind == Jump {
			c.make(n, f, last)
		}
	}
	for range begun {
		<-lasting
	}
}

// make makes one fault.
func (c *cluster) make(n *node, f Fault, last func(time.Duration, func())) {
	thaw := func() { n.signal(syscall.SIGCONT) }
	switch kind := overlay.Kind(f.Kind); f.Kind {
	case Kill:
		c.report.Kills.Add(1)
		n.signal(syscall.SIGKILL, killed)
	case KillTwice:
		c.report.Kills.Add(2)
		n.signal(syscall.SIGKILL, killed)
		last(f.Length/8, func() { n.signal(syscall.SIGKILL, killed) })
	case Terminate:
		c.report.Stops.Add(1)
		n.signal(syscall.SIGTERM, stopped)
	case Freeze:
		c.report.Freezes.Add(1)
		n.signal(syscall.SIGSTOP)
		last(f.Length, thaw)
	case Jump:
		c.report.Jumps.Add(1)
		c.check(overlay.SetClock(n.clock, f.Off))
	default:
		c.disk(n, kind, f.Length, last)
	}
}

// disk orders a fault of a process's disk, or in the middle of its work on it. It is
// counted if it came: the process may have nothing to write meanwhile.
func (c *cluster) disk(n *node, kind overlay.Kind, length time.Duration, last func(time.Duration, func())) {
	if overlay.Pending(n.orders) {
		return // one at a time
	}
	counts, codes := &c.report.Disk, []int(nil)
	switch kind {
	case overlay.SyncFails:
		for _, other := range c.nodes {
			other.excuse(gaveUp) // the processes no longer trust the disk
		}
	case overlay.DieTorn, overlay.DieWritten, overlay.DieSynced:
		counts, codes = &c.report.Kills, []int{killed}
	case overlay.FreezeTorn, overlay.FreezeWritten, overlay.FreezeSynced:
		counts = &c.report.Freezes
	}
	c.check(n.order(kind, codes...))
	last(length, func() {
		if !overlay.Pending(n.orders) || kind == overlay.Full || kind == overlay.Slow {
			counts.Add(1)
		}
		c.check(overlay.Lift(n.orders))
		n.signal(syscall.SIGCONT)
	})
}

func (c *cluster) check(err error) {
	if err != nil {
		c.report.Find("the torture itself: %v", err)
	}
}

// pause waits; false if ctx ended meanwhile.
func pause(ctx context.Context, length time.Duration) bool {
	timer := time.NewTimer(length)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-timer.C:
		return true
	}
}
