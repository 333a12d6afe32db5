package ledger

import (
	"sync"
	"time"

	"github.com/onhand/onhand/ports"
)

// maxDeparture is how far the wall clock may be from where the monotonic clock
// says that it should be.
const maxDeparture = time.Minute

// Clock gives the time that decisions are made at: the wall clock, but never
// earlier than a time given before, also by an earlier run of the process. When
// the wall clock departs from the monotonic clock by more than a minute, the
// monotonic one is followed and the departure reported, so that a clock set
// wrong neither freezes nor expires everything.
type Clock struct {
	read   ports.Clock
	report ports.Reporter

	mu       sync.Mutex
	anchor   time.Time     // where the wall clock was, or had to be,
	since    time.Duration // when the monotonic clock was here
	last     time.Time     // the latest time given
	departed bool
}

// NewClock makes a clock that trusts the wall clock as it is now.
func NewClock(read ports.Clock, report ports.Reporter) *Clock {
	wall, monotonic := read()
	return &Clock{read: read, report: report, anchor: wall, since: monotonic}
}

// Now is the time for a decision, in UTC and whole microseconds.
func (c *Clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	now, monotonic := c.read()
	expected := c.anchor.Add(monotonic - c.since)
	departed := now.Sub(expected).Abs() > maxDeparture
	if departed {
		if !c.departed {
			c.tell("the wall clock jumped: the service follows the monotonic clock", now, expected)
		}
		now = expected
	} else if c.departed {
		c.tell("the wall clock agrees with the monotonic clock again", now, expected)
	}
	c.departed = departed
	now = now.UTC().Truncate(time.Microsecond)
	if now.Before(c.last) {
		now = c.last
	}
	c.last = now
	return now
}

// elapsed is the time that has passed since some moment.
func (c *Clock) elapsed() time.Duration {
	_, monotonic := c.read()
	return monotonic
}

// Last is the latest time given, the zero time before the first.
func (c *Clock) Last() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.last
}

// Raise makes sure that no time before floor is given any more. A floor far
// ahead of the wall clock becomes the time from which the clock runs on, so
// that it does not stand still until the wall clock has caught up.
func (c *Clock) Raise(floor time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !floor.After(c.last) {
		return
	}
	c.last = floor
	now, monotonic := c.read()
	if expected := c.anchor.Add(monotonic - c.since); now.Sub(expected).Abs() > maxDeparture {
		now = expected
	}
	if floor.Sub(now) > maxDeparture {
		c.anchor, c.since = floor, monotonic
	}
}

func (c *Clock) tell(message string, wall, expected time.Time) {
	c.report(ports.Incident{
		Component: "clock",
		Message:   message,
		Detail:    "wall clock " + wall.UTC().Format(time.RFC3339) + ", expected " + expected.UTC().Format(time.RFC3339),
		Severe:    true,
	})
}
