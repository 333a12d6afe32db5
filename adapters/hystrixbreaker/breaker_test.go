package hystrixbreaker_test

import (
	"context"
	"errors"
	"math"
	"runtime"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/onhand/onhand/adapters/hystrixbreaker"
	"github.com/onhand/onhand/ports"
	"github.com/onhand/onhand/ports/breakertest"
)

func TestContract(t *testing.T) {
	breakertest.Run(t, func(t *testing.T, m breakertest.Measures) ports.Breaker {
		b, err := hystrixbreaker.New(hystrixbreaker.Options{
			Name: "contract", Threshold: m.Threshold, MinCalls: m.MinCalls, Cooldown: m.Cooldown, Slow: m.Slow,
			Fault: m.Fault, Forced: m.Forced, Now: m.Now, Report: m.Report,
		})
		require.NoError(t, err)
		return b
	})
}

func options() hystrixbreaker.Options {
	return hystrixbreaker.Options{Name: "test", Threshold: 0.5, MinCalls: 4, Cooldown: time.Hour}
}

func newBreaker(t *testing.T, o hystrixbreaker.Options) *hystrixbreaker.Breaker {
	b, err := hystrixbreaker.New(o)
	require.NoError(t, err)
	return b
}

var errDown = errors.New("down")

func call(b *hystrixbreaker.Breaker, err error) error {
	return b.Do(context.Background(), func(context.Context) error { return err })
}

func opens(t *testing.T, b *hystrixbreaker.Breaker) {
	require.Eventually(t, func() bool {
		_ = call(b, errDown)
		return b.Status().State == ports.BreakerOpen
	}, time.Minute, time.Millisecond)
}

func TestWhatHystrixWouldReplaceIsRefused(t *testing.T) {
	for name, spoil := range map[string]func(*hystrixbreaker.Options){
		"no name":                func(o *hystrixbreaker.Options) { o.Name = "" },
		"a threshold of 0":       func(o *hystrixbreaker.Options) { o.Threshold = 0 },
		"a threshold above 1":    func(o *hystrixbreaker.Options) { o.Threshold = 1.1 },
		"a threshold of nothing": func(o *hystrixbreaker.Options) { o.Threshold = math.NaN() },
		"no calls":               func(o *hystrixbreaker.Options) { o.MinCalls = 0 },
		"no cooldown":            func(o *hystrixbreaker.Options) { o.Cooldown = time.Microsecond },
	} {
		t.Run(name, func(t *testing.T) {
			o := options()
			spoil(&o)
			_, err := hystrixbreaker.New(o)
			require.Error(t, err)
		})
	}
}

func TestTheLeastThresholdIsOnePercentNotHystrixsFifty(t *testing.T) {
	o := options()
	o.Threshold = 0.001
	b := newBreaker(t, o)
	for range 60 {
		require.NoError(t, call(b, nil))
	}
	require.ErrorIs(t, call(b, errDown), errDown)
	require.Eventually(t, func() bool { return b.Status().State == ports.BreakerOpen }, time.Minute, time.Millisecond)
}

func TestBreakersOfOneNameHaveNothingToDoWithEachOther(t *testing.T) {
	one, other := newBreaker(t, options()), newBreaker(t, options())
	opens(t, one)
	require.NoError(t, call(other, nil))
	require.Equal(t, one.Status().Name, other.Status().Name)
}

func TestARenewedBreakerIsClosed(t *testing.T) {
	b := newBreaker(t, options())
	began, end, back := make(chan struct{}), make(chan struct{}), make(chan struct{})
	go func() {
		_ = b.Do(context.Background(), func(context.Context) error {
			close(began)
			<-end
			return errDown
		})
		close(back)
	}()
	<-began
	opens(t, b)
	faults := b.Status().Faults
	b.Renew()
	close(end)
	<-back
	status := b.Status()
	require.Equal(t, ports.BreakerClosed, status.State)
	require.Equal(t, faults+1, status.Faults)
	for range 3 {
		require.NoError(t, call(b, nil))
	}
	b.Renew() // once more changes nothing
	require.NoError(t, call(b, nil))
	opens(t, b)
}

func TestAForcedBreakerIsNotRenewed(t *testing.T) {
	o := options()
	o.Forced = true
	b := newBreaker(t, o)
	b.Renew()
	require.Error(t, call(b, nil))
}

// A circuit counts in the background. If it cannot keep up, no caller waits for it.
func TestAReportThatIsLateIsDroppedAndCounted(t *testing.T) {
	b := newBreaker(t, options())
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1)) // the circuit does not count meanwhile
	require.Eventually(t, func() bool {
		for range 10_000 {
			_ = call(b, nil)
		}
		return b.Status().Dropped > 0
	}, time.Minute, time.Millisecond)
}

// hangs is a breaker that only hanging calls can open.
func hangs(t *testing.T, now func() time.Time) *hystrixbreaker.Breaker {
	o := options()
	o.MinCalls, o.Now = 1_000_000, now
	o.Hung = func(err error) bool { return errors.Is(err, context.DeadlineExceeded) }
	return newBreaker(t, o)
}

func TestTwoHangingCallsInARowOpenABreaker(t *testing.T) {
	began := time.Now()
	now := began
	const hung, down = "hung", "down"
	outcomes := map[string]error{hung: context.DeadlineExceeded, down: errDown, "well": nil}
	for _, c := range []struct {
		calls []string
		open  bool
	}{
		{calls: []string{hung}},
		{calls: []string{hung, "well", hung, down, hung}},
		{calls: []string{down, down, down}},
		{calls: []string{"well", hung, hung}, open: true},
		{calls: []string{hung, "well", hung, hung}, open: true},
	} {
		b := hangs(t, func() time.Time { return now })
		now = began
		for i, outcome := range c.calls {
			require.Equal(t, ports.BreakerClosed, b.Status().State, "%v: before call %d", c.calls, i)
			require.ErrorIs(t, call(b, outcomes[outcome]), outcomes[outcome])
			now = now.Add(15 * time.Second)
		}
		require.Equal(t, c.open, b.Status().State == ports.BreakerOpen, c.calls)
	}
}

func TestABreakerThatAHangingDependencyOpenedProbes(t *testing.T) {
	now := time.Now()
	b := hangs(t, func() time.Time { return now })
	open := func() {
		t.Helper()
		_, refused := errors.AsType[*ports.OpenError](call(b, nil))
		require.True(t, refused)
	}
	for range 2 {
		require.Error(t, call(b, context.DeadlineExceeded))
	}
	open()
	now = now.Add(time.Hour)
	require.ErrorIs(t, call(b, context.DeadlineExceeded), context.DeadlineExceeded, "a probe")
	open()
	now = now.Add(time.Hour)
	require.NoError(t, call(b, nil), "a probe")
	require.ErrorIs(t, call(b, context.DeadlineExceeded), context.DeadlineExceeded)
	require.Equal(t, ports.BreakerClosed, b.Status().State, "calls before the probe do not count")
	b.Renew()
	require.ErrorIs(t, call(b, context.DeadlineExceeded), context.DeadlineExceeded)
	require.Equal(t, ports.BreakerClosed, b.Status().State, "calls of another dependency do not count")
	require.ErrorIs(t, call(b, context.DeadlineExceeded), context.DeadlineExceeded)
	open()
}
