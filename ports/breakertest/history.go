package breakertest

import (
	"context"
	"math"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/onhand/onhand/ports"
)

// model is what a breaker may and must be after calls that came one after the other. What
// was reported may be counted a little later, calls and faults not at once: so there are
// states where it may open, and such where it must.
type model struct {
	minCalls  int
	threshold float64
	calls     int // since it closed
	faults    int
	state     ports.BreakerState
	since     time.Time
}

func (m *model) share(calls int) bool {
	return math.Round(100*float64(m.faults)/float64(calls)) >= math.Round(100*m.threshold)
}

// mayOpen also counts all faults against the fewest calls that could have been seen.
func (m *model) mayOpen() bool { return m.calls >= m.minCalls && m.share(m.minCalls) }

func (m *model) mustOpen() bool { return m.calls >= m.minCalls && m.share(m.calls) }

// testHistory holds random histories against the model.
func testHistory(t *site) {
	rapid.Check(t.T, func(rt *rapid.T) {
		s := &site{T: t.T, make: t.make, now: t.now}
		m := model{
			minCalls:  rapid.IntRange(1, 8).Draw(rt, "least calls"),
			threshold: rapid.SampledFrom([]float64{0.01, 0.25, 0.5, 1}).Draw(rt, "threshold"),
			state:     ports.BreakerClosed, since: t.now,
		}
		s.begin(func(o *Measures) { o.MinCalls, o.Threshold, o.Slow = m.minCalls, m.threshold, time.Minute })
		for range rapid.IntRange(1, 60).Draw(rt, "steps") {
			passes := []time.Duration{0, 0, 0, time.Minute, cooldown / 2, cooldown}
			if pass := rapid.SampledFrom(passes).Draw(rt, "pass"); pass > 0 {
				s.pass(pass)
			}
			m.step(rt, s)
		}
	})
}

// step makes one call and checks what became of it.
func (m *model) step(rt *rapid.T, s *site) {
	if m.state == ports.BreakerOpen && s.clock().Sub(m.since) >= cooldown {
		m.state, m.since = ports.BreakerHalfOpen, m.since.Add(cooldown)
	}
	calls := []string{"works", "works", "fails", "fails", "refuses", "leaves", "slow", "panics"}
	how := rapid.SampledFrom(calls).Draw(rt, "call")
	ran := m.call(s, how)
	faulted := how == "fails" || how == "slow" || how == "panics"
	switch {
	case m.state == ports.BreakerOpen:
		require.False(rt, ran)
	case m.state == ports.BreakerClosed && ran:
		m.calls++
		if faulted {
			m.faults++
		}
		if m.mustOpen() {
			s.becomes(ports.BreakerOpen)
		}
	case m.state == ports.BreakerClosed: // it has opened since
	case !ran:
		require.Fail(rt, "the probe was refused")
	case faulted:
		m.state, m.since = ports.BreakerOpen, s.clock()
	case how != "leaves":
		*m = model{minCalls: m.minCalls, threshold: m.threshold, calls: 1, state: ports.BreakerClosed, since: s.clock()}
	}
	status := s.Status()
	if m.state == ports.BreakerClosed && status.State == ports.BreakerOpen {
		require.True(rt, m.mayOpen(), "it opened after %d faults of %d calls", m.faults, m.calls)
		m.state, m.since = ports.BreakerOpen, s.clock()
	}
	require.Equal(rt, m.state, status.State)
	require.Equal(rt, m.since, status.Since)
}

// call makes a call that ends somehow, and says whether it was run.
func (m *model) call(s *site, how string) (ran bool) {
	defer func() { _ = recover() }() // of the panics
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	_ = s.Do(ctx, func(ctx context.Context) error {
		ran = true
		switch how {
		case "fails":
			return errDown
		case "refuses":
			return errRefused
		case "leaves":
			cancel()
			return ctx.Err()
		case "slow":
			s.pass(time.Minute + 1)
		case "panics":
			panic("swordfish")
		}
		return nil
	})
	return ran
}
