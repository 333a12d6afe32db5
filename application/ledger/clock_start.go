package ledger

import (
	"errors"
	"fmt"
	"time"

	"github.com/onhand/onhand/ports"
)

const (
	// keptWithin is how exact the LogTime is that a killed process leaves.
	keptWithin = 50 * time.Millisecond
	// leapt is from when on the LogTime of another process is one that leapt: that process was told
	// to accept the wall clock.
	leapt = time.Second
	// seenEvery is how often it is saved that time has passed. A service without
	// writes must not look as if it had been down.
	seenEvery = time.Hour
)

// ClockStart says how a clock finds the log time of its log.
type ClockStart struct {
	Kept ports.LogTimeStore // nil where log time ends with the process
	Boot string             // names the start of the machine, from which its clock counts; empty if unknown
	// Used is the latest time that any process has used, zero for a log without commits.
	Used time.Time
	// MaxLeap is by how much the wall clock may differ from log time, and be before Used.
	MaxLeap time.Duration
	// MaxDowntime is how long after Used the wall clock may be where nothing else tells how much time
	// has passed: the machine has started since. 0 sets no limit.
	MaxDowntime time.Duration
	// Accept makes the wall clock right, whatever it shows.
	Accept bool
}

// LeapError means that the wall clock and the log do not fit: one of them has leapt.
type LeapError struct {
	Wall   time.Time
	Log    time.Time // where log time is, or was last
	Leap   time.Duration
	Reboot bool // the machine has started since Log, so a long downtime is possible
}

func (e *LeapError) Error() string {
	off, to := "later than", e.Leap
	if to < 0 {
		off, to = "earlier than", -to
	}
	log := "log time, which is "
	if e.Reboot {
		log = "the last time in the log, "
	}
	return fmt.Sprintf("the wall clock (%s) is %s %s %s%s: set the clock right, or accept it with --accept-clock",
		shown(e.Wall), to.Round(time.Second), off, log, shown(e.Log))
}

// Start finds the log time of a log, before the first Now. On the same start of the machine, log time
// continues whatever the wall clock shows. After another start of the machine the wall clock gives
// it. *LeapError means that the wall clock cannot be right, or the log is not; then nothing has
// changed.
func (c *Clock) Start(s ClockStart) error {
	kept, found, err := c.load(s.Kept)
	if err != nil {
		return err
	}
	next, err := c.find(&s, kept, found)
	if err != nil || s.Kept == nil || found && near(kept, next) {
		return err
	}
	if err := s.Kept.Save(next); err != nil {
		c.report(ports.Incident{
			Component: "clock", Message: "log time could not be saved: the service tries again", Err: err, Severe: true,
		})
	}
	return nil
}

// find finds log time, and follows it from then on.
func (c *Clock) find(s *ClockStart, kept ports.LogTime, found bool) (ports.LogTime, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	wall, machine := c.read()
	used := latest(s.Used, c.last)
	if !used.IsZero() {
		used = latest(used, kept.Seen)
	}
	next := ports.LogTime{Boot: s.Boot, Ahead: kept.Ahead, Since: kept.Since}
	var now time.Time
	switch {
	case s.Accept:
		now = latest(wall, used)
		next.Ahead, next.Since = now.Sub(wall).Truncate(time.Microsecond), now
	case found && s.Boot != "" && kept.Boot == s.Boot:
		now = latest(kept.Zero.Add(machine), used)
		if leap := wall.Add(kept.Ahead).Sub(now); leap.Abs() > s.MaxLeap {
			return next, &LeapError{Wall: wall, Log: now, Leap: leap}
		}
	default:
		now = latest(wall.Add(kept.Ahead), used)
		leap := wall.Add(kept.Ahead).Sub(used)
		if !used.IsZero() && (leap < -s.MaxLeap || s.MaxDowntime > 0 && leap > s.MaxDowntime) {
			return next, &LeapError{Wall: wall, Log: used, Leap: leap, Reboot: true}
		}
	}
	next.Zero = now.Add(-machine).UTC().Truncate(time.Microsecond)
	next.Seen = now.UTC().Truncate(time.Microsecond)
	c.time, c.kept = next, s.Kept
	c.steer(wall, machine)
	return next, nil
}

// load returns the LogTime of an earlier run. A damaged one counts as missing.
func (c *Clock) load(from ports.LogTimeStore) (ports.LogTime, bool, error) {
	if from == nil {
		return ports.LogTime{}, false, nil
	}
	kept, found, err := from.Load()
	if _, damaged := errors.AsType[*ports.CorruptError](err); damaged {
		c.report(ports.Incident{
			Component: "clock", Message: "the saved log time is damaged: the wall clock replaces it", Err: err, Severe: true,
		})
		return ports.LogTime{}, false, nil
	}
	return kept, found, err
}

// near reports whether nothing of b needs to be saved after a.
func near(a, b ports.LogTime) bool {
	return a.Boot == b.Boot && a.Ahead == b.Ahead && a.Zero.Sub(b.Zero).Abs() < keptWithin &&
		b.Seen.Sub(a.Seen) < seenEvery
}

// Keep saves log time if it has changed. A process that was told to accept the wall clock may have
// saved another one meanwhile: it counts from then on. Keep is called now and then.
func (c *Clock) Keep() error {
	if c.kept == nil {
		return nil
	}
	kept, found, err := c.load(c.kept)
	if err != nil {
		return err
	}
	own := c.follow(kept, found)
	if found && near(kept, own) {
		return nil
	}
	return c.kept.Save(own)
}

// follow takes over the LogTime of another process, and returns the one that is right now.
func (c *Clock) follow(kept ports.LogTime, found bool) ports.LogTime {
	c.mu.Lock()
	defer c.mu.Unlock()
	if found && kept.Boot == c.time.Boot {
		c.time.Ahead, c.time.Since = kept.Ahead, kept.Since
		if kept.Zero.Sub(c.time.Zero) > leapt {
			c.time.Zero = kept.Zero
		}
	}
	own := c.time
	_, machine := c.read()
	own.Seen = own.Zero.Add(machine).UTC().Truncate(time.Microsecond)
	own.Zero = own.Zero.Truncate(time.Microsecond)
	return own
}
