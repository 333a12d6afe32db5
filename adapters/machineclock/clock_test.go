package machineclock

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// site is a machine whose clocks a test sets. The wall clock moves with the runtime's: the test moves
// the lead that was measured instead.
type site struct {
	begun  time.Time     // has a reading of the runtime
	passed time.Duration // since then
	slept  time.Duration // before and since then
	asked  int           // how often the machine's clock was read
	slow   time.Duration // before each reading of it
	slower time.Duration // after that
}

func (s *site) now() time.Time { return s.begun.Add(s.passed) }

func (s *site) read() time.Duration {
	s.asked++
	s.passed += s.slow
	at := s.passed + s.slept
	s.passed += s.slower
	return at
}

func newSite() (*site, *Clock) {
	s := &site{begun: time.Now(), slept: time.Hour}
	return s, newClock(s.now, s.read)
}

// at checks the clock's reading.
func (s *site) at(t *testing.T, c *Clock, want time.Duration) {
	t.Helper()
	wall, at := c.Read()
	require.Equal(t, want, at)
	require.Equal(t, wall, wall.Round(0), "the wall clock has no reading of the runtime's")
}

func TestClock(t *testing.T) {
	t.Run("counts from the machine's start", func(t *testing.T) {
		s, c := newSite()
		s.at(t, c, time.Hour)
		s.passed = time.Minute
		s.at(t, c, time.Hour+time.Minute)
	})
	t.Run("counts the time for which the machine slept, within a second", func(t *testing.T) {
		s, c := newSite()
		s.slept += time.Minute
		s.passed = time.Second
		s.at(t, c, time.Hour+time.Minute+time.Second)
		s.slept += 5 * time.Second
		s.passed = 2 * time.Second
		s.at(t, c, time.Hour+time.Minute+7*time.Second)
	})
	t.Run("notices at once that the machine woke up", func(t *testing.T) {
		s, c := newSite()
		s.slept += time.Minute
		c.lead.Add(-int64(time.Minute)) // the wall clock has moved, the runtime's has not
		s.at(t, c, time.Hour+time.Minute)
	})
	t.Run("does not follow the wall clock", func(t *testing.T) {
		s, c := newSite()
		for _, step := range []time.Duration{-time.Hour, time.Hour, -50 * time.Second, 20 * time.Millisecond} {
			c.lead.Add(-int64(step))
			s.at(t, c, time.Hour)
		}
	})
	t.Run("asks the machine's clock once a second", func(t *testing.T) {
		s, c := newSite()
		asked := s.asked
		for range 3000 {
			s.passed += time.Millisecond
			c.Read()
		}
		require.Equal(t, asked+3, s.asked)
	})
	t.Run("takes an interruption during a measurement for no sleep", func(t *testing.T) {
		for _, slow := range [][2]time.Duration{{5 * time.Millisecond, 0}, {0, 5 * time.Millisecond}} {
			s, c := newSite()
			s.slow, s.slower = slow[0], slow[1]
			s.passed = time.Second
			c.Read()
			s.at(t, c, time.Hour+s.passed)
		}
	})
	t.Run("counts from its own start where the machine has no clock", func(t *testing.T) {
		s := &site{begun: time.Now()}
		c := newClock(s.now, nil)
		s.at(t, c, 0)
		c.lead.Add(int64(time.Hour))
		s.passed = time.Minute
		s.at(t, c, time.Minute)
	})
	t.Run("of this machine runs on, under the same name of its start", func(t *testing.T) {
		one, boot, err := New()
		require.NoError(t, err)
		_, again, err := New()
		require.NoError(t, err)
		require.Equal(t, boot, again)
		_, first := one.Read()
		_, second := one.Read()
		require.GreaterOrEqual(t, second, first)
	})
}

func BenchmarkRead(b *testing.B) {
	c, _, err := New()
	require.NoError(b, err)
	b.ReportAllocs()
	for b.Loop() {
		c.Read()
	}
}
