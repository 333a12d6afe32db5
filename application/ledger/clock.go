package ledger

import (
	"sync"
	"time"

	"github.com/onhand/onhand/ports"
)

const (
	// steerEvery is how often log time is compared with the wall clock.
	steerEvery = time.Second
	// maxSteered is the largest difference from the wall clock that log time makes up for. A larger
	// one stays, so that no deadline moves by more.
	maxSteered = time.Second
	// steering is the rate at which log time makes up for a difference: one in 10,000.
	steering = 10_000
)

// Clock gives log time, at which decisions are made and deadlines are judged. Log time follows the
// machine's clock, which nothing sets, and is never earlier than a time given before, also by an
// earlier run or another process. The wall clock counts at a start only (see Start): a wall clock
// that is set neither freezes nor expires anything.
type Clock struct {
	read   ports.Clock
	report ports.Reporter
	kept   ports.LogTimeStore // nil where log time ends with the process

	mu       sync.Mutex
	time     ports.LogTime
	steered  time.Duration // when log time was last compared with the wall clock
	last     time.Time     // the latest time given
	departed bool          // from the wall clock
}

// NewClock makes a clock that starts at the time of the wall clock.
func NewClock(read ports.Clock, report ports.Reporter) *Clock {
	wall, machine := read()
	return &Clock{read: read, report: report, time: ports.LogTime{Zero: wall.Add(-machine)}, steered: machine}
}

// Now is the time for a decision, in UTC and whole microseconds.
func (c *Clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	wall, machine := c.read()
	if machine-c.steered >= steerEvery {
		c.steer(wall, machine)
	}
	now := c.time.Zero.Add(machine).UTC().Truncate(time.Microsecond)
	if now.Before(c.last) {
		now = c.last
	}
	c.last = now
	return now
}

// steer compares log time with the wall clock. It makes up for small differences, slowly, and
// reports others.
func (c *Clock) steer(wall time.Time, machine time.Duration) {
	lag := wall.Add(c.time.Ahead).Sub(c.time.Zero.Add(machine))
	most := (machine - c.steered) / steering
	c.steered = machine
	departed := lag.Abs() > maxSteered
	if !departed {
		c.time.Zero = c.time.Zero.Add(min(max(lag, -most), most))
	}
	if departed != c.departed {
		c.departed = departed
		c.tell(wall, machine)
	}
}

// ofWall returns the log time of a time that a client asks for. Once an operator has accepted that
// log time is ahead, the times since then, up to the present, are the wall clock's.
func (c *Clock) ofWall(t time.Time) time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.time.Ahead == 0 {
		return t
	}
	shifted := t.Add(c.time.Ahead)
	if wall, _ := c.read(); t.After(wall) || shifted.Before(c.time.Since) {
		return t
	}
	return shifted
}

// elapsed is the time that has passed since some moment.
func (c *Clock) elapsed() time.Duration {
	_, machine := c.read()
	return machine
}

// Last is the latest time given, the zero time before the first.
func (c *Clock) Last() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.last
}

// Lead returns by how much log time is ahead of the wall clock.
func (c *Clock) Lead() time.Duration {
	c.mu.Lock()
	defer c.mu.Unlock()
	wall, machine := c.read()
	return c.time.Zero.Add(machine).Sub(wall)
}

// Raise makes sure that no time before floor is given any more. Another process has used it, so log
// time continues from there rather than standing still until then.
func (c *Clock) Raise(floor time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !floor.After(c.last) {
		return
	}
	c.last = floor
	_, machine := c.read()
	if lag := floor.Sub(c.time.Zero.Add(machine)); lag > 0 {
		c.time.Zero = c.time.Zero.Add(lag)
	}
}

func (c *Clock) tell(wall time.Time, machine time.Duration) {
	message := "the wall clock agrees with log time again"
	if c.departed {
		message = "the wall clock jumped: deadlines follow log time"
	}
	c.report(ports.Incident{
		Component: "clock",
		Message:   message,
		Detail:    "wall clock " + shown(wall) + ", log time " + shown(c.time.Zero.Add(machine)),
		Severe:    true,
	})
}

func shown(t time.Time) string { return t.UTC().Format(time.RFC3339) }
