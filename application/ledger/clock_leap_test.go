package ledger_test

import (
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/onhand/onhand/adapters/memory"
	"github.com/onhand/onhand/application/ledger"
	"github.com/onhand/onhand/ports"
)

func TestAClockThatHasLeaptIsRefused(t *testing.T) {
	for name, step := range map[string]time.Duration{"ahead": year, "back": -year} {
		t.Run("by a year "+name+", on the same start of the machine", func(t *testing.T) {
			s := newSite()
			s.use(s.begun(t))
			s.pass(time.Minute)
			s.wall = s.wall.Add(step)
			leap := s.leap(t)
			require.Equal(t, step, leap.Leap)
			require.Equal(t, noon.Add(time.Minute), leap.Log)
			s.wall = s.wall.Add(-step)
			require.Equal(t, noon.Add(time.Minute), s.begun(t).Now())
		})
		t.Run("by a year "+name+", after another start of the machine", func(t *testing.T) {
			s := newSite()
			s.use(s.begun(t))
			s.reboot(step)
			require.True(t, s.leap(t).Reboot)
		})
	}
	t.Run("by a little more than allowed", func(t *testing.T) {
		s := newSite()
		s.use(s.begun(t))
		for _, step := range []time.Duration{maxLeap, -maxLeap} {
			s.wall = noon.Add(step)
			s.begun(t)
			s.wall = s.wall.Add(step / maxLeap)
			s.refused(t)
		}
		s.wall = noon
		s.reboot(-maxLeap)
		s.begun(t)
		s.reboot(-1)
		s.refused(t)
		s.reboot(maxLeap + maxDown + 2)
		s.refused(t)
		s.reboot(-1)
		s.begun(t)
	})
	t.Run("but for a long downtime without a limit", func(t *testing.T) {
		s := newSite()
		s.use(s.begun(t))
		s.reboot(year)
		c := ledger.NewClock(s.read, s.report)
		require.NoError(t, c.Start(ledger.ClockStart{Kept: &s.kept, Boot: s.boot, Used: s.used, MaxLeap: maxLeap}))
		require.Equal(t, noon.Add(year), c.Now())
	})
}

func TestAnAcceptedClock(t *testing.T) {
	t.Run("that is ahead gives log time", func(t *testing.T) {
		s := newSite()
		s.use(s.begun(t))
		s.wall = s.wall.Add(year)
		c, err := s.begin(true)
		require.NoError(t, err)
		require.Equal(t, noon.Add(year), s.use(c))
		s.pass(time.Minute)
		require.Equal(t, noon.Add(year+time.Minute), s.begun(t).Now(), "the next start needs no consent")
	})
	t.Run("that is behind lets log time continue, and stays accepted", func(t *testing.T) {
		s := newSite()
		s.use(s.begun(t))
		s.wall = s.wall.Add(-year) // now the log is a year ahead
		c, err := s.begin(true)
		require.NoError(t, err)
		require.Equal(t, noon, s.use(c))
		for range 3 {
			s.pass(time.Hour)
			c = s.begun(t)
			at := s.use(c)
			s.reboot(time.Minute)
			c = s.begun(t)
			require.Equal(t, at.Add(time.Minute), s.use(c), "the time without power counts too")
		}
		require.Empty(t, s.told)
		s.wall = s.wall.Add(year)
		s.refused(t)
	})
	t.Run("that is behind is what clients go by when they ask for the past", func(t *testing.T) {
		s := newSite()
		l := func(c *ledger.Clock) *ledger.Ledger {
			store := memory.NewEventStore(time.Minute, c.Now)
			return ledger.New(store, store, c, func() string { return "id" }, ledger.Options{})
		}
		c := s.begun(t)
		s.use(c)
		require.Equal(t, noon, l(c).LogTimeOf(noon))
		s.wall = s.wall.Add(-year)
		c, err := s.begin(true)
		require.NoError(t, err)
		s.pass(time.Hour)
		for c := range map[*ledger.Clock]bool{c: true, s.begun(t): true} {
			l := l(c)
			require.Equal(t, noon.Add(time.Hour), l.LogTimeOf(s.wall), "now")
			require.Equal(t, noon, l.LogTimeOf(s.wall.Add(-time.Hour)), "since the consent")
			before := s.wall.Add(-time.Hour - 1)
			require.Equal(t, before, l.LogTimeOf(before), "before the consent")
			require.Equal(t, noon.Add(time.Minute), l.LogTimeOf(noon.Add(time.Minute)), "a time of an answer")
		}
	})
	t.Run("is followed by the other processes", func(t *testing.T) {
		s := newSite()
		first := s.begun(t)
		s.use(first)
		s.wall = s.wall.Add(2 * time.Hour)
		second, err := s.begin(true)
		require.NoError(t, err)
		require.NoError(t, first.Keep())
		require.Equal(t, second.Now(), first.Now())
		require.Equal(t, noon.Add(2*time.Hour), first.Now())
	})
	t.Run("that is behind is kept by the other processes", func(t *testing.T) {
		s := newSite()
		first := s.begun(t)
		s.use(first)
		s.wall = s.wall.Add(-2 * time.Hour)
		_, err := s.begin(true)
		require.NoError(t, err)
		require.NoError(t, first.Keep())
		s.use(first)
		s.begun(t)
	})
}

func TestLogTimeThatCannotBeKept(t *testing.T) {
	t.Run("because the disk is full is tried again", func(t *testing.T) {
		s := newSite()
		s.kept.saved = ports.ErrReadOnly
		c := s.begun(t)
		require.Equal(t, []string{"log time could not be saved: the service tries again"}, s.told)
		require.ErrorIs(t, c.Keep(), ports.ErrReadOnly)
		s.kept.saved = nil
		require.NoError(t, c.Keep())
		s.wall = s.wall.Add(10 * time.Minute)
		require.Equal(t, noon, s.begun(t).Now())
	})
	t.Run("because it is damaged counts as missing", func(t *testing.T) {
		s := newSite()
		s.use(s.begun(t))
		s.kept.load = &ports.CorruptError{Problem: "torn"}
		s.pass(time.Minute)
		require.Equal(t, noon.Add(time.Minute), s.begun(t).Now())
		require.Equal(t, []string{"the saved log time is damaged: the wall clock replaces it"}, s.told)
	})
	t.Run("because it cannot be read refuses the start", func(t *testing.T) {
		s := newSite()
		s.kept.load = errors.New("EIO")
		_, err := s.begin(false)
		require.ErrorContains(t, err, "EIO")
	})
	t.Run("because the log ends with the process is not missed", func(t *testing.T) {
		s := newSite()
		c := ledger.NewClock(s.read, s.report)
		require.NoError(t, c.Start(ledger.ClockStart{MaxLeap: maxLeap}))
		require.NoError(t, c.Keep())
		require.Equal(t, noon, c.Now())
	})
}

// A hold ends after its time by the machine's clock, within a second, whatever happens to the
// wall clock and to the processes.
func TestNoStepOfTheWallClockMovesADeadline(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := newSite()
		processes := []*ledger.Clock{s.begun(t)}
		begun, since := s.use(processes[0]), s.machine
		off := time.Duration(0) // of the wall clock
		for range rapid.IntRange(1, 40).Draw(t, "events") {
			at := rapid.IntRange(0, len(processes)-1).Draw(t, "process")
			switch rapid.SampledFrom([]string{"pass", "step", "start", "end", "keep", "use", "raise"}).Draw(t, "event") {
			case "pass":
				s.pass(time.Duration(rapid.Int64Range(0, int64(3*time.Minute)).Draw(t, "time")))
			case "step":
				next := time.Duration(rapid.Int64Range(-int64(maxLeap), int64(maxLeap)).Draw(t, "off")) * 9 / 10
				s.wall, off = s.wall.Add(next-off), next
			case "start":
				processes = append(processes, s.begun(t))
			case "end":
				processes[at] = s.begun(t)
			case "keep":
				require.NoError(t, processes[at].Keep())
			case "use":
				s.use(processes[at])
			case "raise":
				processes[at].Raise(s.used)
			}
			for _, c := range processes {
				moved := c.Now().Sub(begun) - (s.machine - since)
				require.LessOrEqual(t, moved.Abs(), time.Second)
			}
		}
	})
}
