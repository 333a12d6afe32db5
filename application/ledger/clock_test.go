package ledger_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/onhand/onhand/application/ledger"
	"github.com/onhand/onhand/ports"
)

// handClock is a clock whose two readings a test sets.
type handClock struct {
	wall    time.Time
	machine time.Duration
	told    []string
}

var noon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

func (h *handClock) read() (time.Time, time.Duration) { return h.wall, h.machine }

func (h *handClock) report(i ports.Incident) { h.told = append(h.told, i.Message) }

func newHandClock() (*handClock, *ledger.Clock) {
	h := &handClock{wall: noon}
	return h, ledger.NewClock(h.read, h.report)
}

// pass lets time pass on both clocks.
func (h *handClock) pass(d time.Duration) {
	h.wall, h.machine = h.wall.Add(d), h.machine+d
}

func TestClock(t *testing.T) {
	t.Run("gives whole microseconds of UTC", func(t *testing.T) {
		h, c := newHandClock()
		h.pass(1234567)
		require.Equal(t, noon.Add(1234*time.Microsecond), c.Now())
		require.Equal(t, noon.Add(1234*time.Microsecond), c.Last())
	})
	t.Run("never runs backwards", func(t *testing.T) {
		h, c := newHandClock()
		h.pass(time.Second)
		require.Equal(t, noon.Add(time.Second), c.Now())
		h.machine -= time.Millisecond // the machine's clock is measured anew
		require.Equal(t, noon.Add(time.Second), c.Now())
	})
	for name, step := range map[string]time.Duration{
		"50 s back": -50 * time.Second, "50 s ahead": 50 * time.Second,
		"10 minutes back": -600 * time.Second, "10 minutes ahead": 600 * time.Second,
		"a year back": -365 * 24 * time.Hour, "a year ahead": 365 * 24 * time.Hour,
	} {
		t.Run("does not follow a wall clock that is set "+name, func(t *testing.T) {
			h, c := newHandClock()
			h.wall = h.wall.Add(step)
			for n := range 1000 {
				require.Equal(t, noon.Add(time.Duration(n)*time.Second), c.Now())
				h.pass(time.Second)
			}
			require.Equal(t, []string{"the wall clock jumped: deadlines follow log time"}, h.told)
			require.Equal(t, -step, c.Lead())
			h.wall = h.wall.Add(-step)
			require.Equal(t, noon.Add(1000*time.Second), c.Now())
			require.Equal(t, "the wall clock agrees with log time again", h.told[1])
			require.Len(t, h.told, 2)
		})
	}
	for name, step := range map[string]time.Duration{"ahead": time.Second, "back": -time.Second} {
		t.Run("makes up for a second that the wall clock is set "+name+", slowly", func(t *testing.T) {
			h, c := newHandClock()
			h.wall = h.wall.Add(step)
			for range 20_000 { // seconds
				before := c.Now()
				h.pass(time.Second)
				moved := c.Now().Sub(before) - time.Second
				require.LessOrEqual(t, moved.Abs(), 100*time.Microsecond)
			}
			require.Equal(t, h.wall, c.Now())
			require.Empty(t, h.told)
		})
	}
	t.Run("continues though the wall clock stands still", func(t *testing.T) {
		h, c := newHandClock()
		h.machine += time.Hour
		require.Equal(t, noon.Add(time.Hour), c.Now())
	})
	t.Run("continues from a time that another process has used", func(t *testing.T) {
		h, c := newHandClock()
		c.Raise(noon.Add(10 * time.Second))
		require.Equal(t, noon.Add(10*time.Second), c.Now())
		h.pass(5 * time.Second)
		require.Equal(t, noon.Add(15*time.Second), c.Now())
	})
	t.Run("is not moved by a used time that it is told of again and again", func(t *testing.T) {
		h, c := newHandClock()
		for n := range 5 {
			c.Raise(noon.Add(24 * time.Hour))
			require.Equal(t, noon.Add(24*time.Hour+time.Duration(n)*time.Minute), c.Now())
			h.pass(time.Minute)
		}
	})
	t.Run("is not moved by a used time that is over", func(t *testing.T) {
		h, c := newHandClock()
		h.pass(time.Minute)
		c.Raise(noon.Add(time.Second)) // before it gave a time
		require.Equal(t, noon.Add(time.Minute), c.Now())
	})
}

func BenchmarkClock(b *testing.B) {
	begun := time.Now()
	c := ledger.NewClock(func() (time.Time, time.Duration) {
		now := time.Now()
		return now.Round(0), now.Sub(begun)
	}, func(ports.Incident) {})
	b.ReportAllocs()
	for b.Loop() {
		c.Now()
	}
}
