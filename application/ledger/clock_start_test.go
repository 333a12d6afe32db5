package ledger_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/onhand/onhand/application/ledger"
	"github.com/onhand/onhand/ports"
)

const (
	maxLeap = time.Hour
	maxDown = 30 * 24 * time.Hour
	year    = 365 * 24 * time.Hour
)

// keptTime is a ports.LogTimeStore in memory.
type keptTime struct {
	time        ports.LogTime
	found       bool
	saves       int
	load, saved error
}

func (k *keptTime) Load() (ports.LogTime, bool, error) { return k.time, k.found, k.load }

func (k *keptTime) Save(t ports.LogTime) error {
	if k.saved == nil {
		k.time, k.found = t, true
		k.saves++
	}
	return k.saved
}

// site is a machine with a log.
type site struct {
	handClock
	kept keptTime
	boot string
	used time.Time
}

func newSite() *site {
	return &site{handClock: handClock{wall: noon, machine: time.Hour}, boot: "first"}
}

// begin starts a process.
func (s *site) begin(accept bool) (*ledger.Clock, error) {
	c := ledger.NewClock(s.read, s.report)
	return c, c.Start(ledger.ClockStart{
		Kept: &s.kept, Boot: s.boot, Used: s.used, MaxLeap: maxLeap, MaxDowntime: maxDown, Accept: accept,
	})
}

func (s *site) begun(t require.TestingT) *ledger.Clock {
	c, err := s.begin(false)
	require.NoError(t, err)
	return c
}

// refused starts a process that must not start because of the clock.
func (s *site) refused(t *testing.T) { t.Helper(); _ = s.leap(t) }

// leap does the same and returns the reason.
func (s *site) leap(t *testing.T) *ledger.LeapError {
	t.Helper()
	kept, used := s.kept, s.used
	_, err := s.begin(false)
	var leap *ledger.LeapError
	require.ErrorAs(t, err, &leap)
	require.Contains(t, err.Error(), "--accept-clock")
	require.Equal(t, kept, s.kept, "a refused start changes nothing")
	require.Equal(t, used, s.used)
	return leap
}

// reboot starts the machine again, after a time by the wall clock.
func (s *site) reboot(after time.Duration) {
	s.wall, s.machine, s.boot = s.wall.Add(after), 20*time.Second, s.boot+"+"
}

// use gives the log a time, as a commit does.
func (s *site) use(c *ledger.Clock) time.Time {
	s.used = c.Now()
	return s.used
}

func TestLogTimeOutlivesProcesses(t *testing.T) {
	for name, step := range map[string]time.Duration{
		"50 s back": -50 * time.Second, "50 s ahead": 50 * time.Second,
		"10 minutes back": -600 * time.Second, "10 minutes ahead": 600 * time.Second,
	} {
		t.Run("a restart after the wall clock was set "+name, func(t *testing.T) {
			s := newSite()
			s.use(s.begun(t))
			s.wall = s.wall.Add(step)
			s.pass(7 * time.Second)
			require.Equal(t, noon.Add(7*time.Second), s.begun(t).Now())
		})
		t.Run("a second process after the wall clock was set "+name, func(t *testing.T) {
			s := newSite()
			first := s.begun(t)
			s.wall = s.wall.Add(step)
			second := s.begun(t)
			s.pass(time.Minute)
			require.Equal(t, first.Now(), second.Now())
			require.Equal(t, noon.Add(time.Minute), second.Now())
		})
	}
	t.Run("the machine sleeps for a weekend between two runs", func(t *testing.T) {
		s := newSite()
		s.use(s.begun(t))
		s.pass(60 * time.Hour)
		require.Equal(t, noon.Add(60*time.Hour), s.begun(t).Now())
	})
	t.Run("the process is killed while log time makes up for a difference", func(t *testing.T) {
		s := newSite()
		c := s.begun(t)
		s.wall = s.wall.Add(time.Second)
		for range 5000 {
			s.pass(time.Second)
			c.Now()
			require.NoError(t, c.Keep())
		}
		require.Less(t, s.begun(t).Now().Sub(c.Now()).Abs(), 50*time.Millisecond)
		require.Less(t, s.kept.saves, 15, "few changes are worth a save")
	})
}

func TestAfterAnotherStartOfTheMachineTheWallClockGivesLogTime(t *testing.T) {
	t.Run("also after a weekend", func(t *testing.T) {
		s := newSite()
		s.use(s.begun(t))
		s.reboot(60 * time.Hour)
		require.Equal(t, noon.Add(60*time.Hour), s.begun(t).Now())
	})
	t.Run("also where nothing was written for long before", func(t *testing.T) {
		s := newSite()
		c := s.begun(t)
		s.use(c)
		for range 100 {
			s.pass(12 * time.Hour)
			require.NoError(t, c.Keep())
		}
		s.reboot(time.Hour)
		require.Equal(t, noon.Add(1201*time.Hour), s.begun(t).Now())
	})
	t.Run("and ends a difference that had remained", func(t *testing.T) {
		s := newSite()
		c := s.begun(t)
		s.wall = s.wall.Add(10 * time.Minute)
		s.use(c)
		s.reboot(time.Minute)
		require.Equal(t, noon.Add(11*time.Minute), s.begun(t).Now())
	})
	t.Run("but log time continues where a little time is missing", func(t *testing.T) {
		s := newSite()
		s.use(s.begun(t))
		s.reboot(-50 * time.Second)
		c := s.begun(t)
		require.Equal(t, noon, c.Now())
		s.pass(2 * time.Second)
		require.Equal(t, noon.Add(2*time.Second), c.Now(), "a hold of 2 s is over")
	})
	t.Run("also where the machine's start has no name", func(t *testing.T) {
		s := newSite()
		s.boot = ""
		s.use(s.begun(t))
		s.pass(time.Hour)
		s.machine = 0
		require.Equal(t, noon.Add(time.Hour), s.begun(t).Now())
	})
	t.Run("and nothing is asked of it without a commit", func(t *testing.T) {
		s := newSite()
		s.begun(t)
		s.reboot(-year)
		require.Equal(t, noon.Add(-year), s.begun(t).Now())
	})
}
