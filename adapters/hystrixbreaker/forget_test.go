package hystrixbreaker_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/onhand/onhand/adapters/hystrixbreaker"
	"github.com/onhand/onhand/ports"
)

// forgets checks that a breaker that has counted many good calls opens for a few bad ones
// after something. The circuit counts a call a little later, so there are several tries,
// with far fewer bad calls in all than there were good ones.
func forgets(t *testing.T, b *hystrixbreaker.Breaker, after func()) {
	t.Helper()
	for range 1900 {
		require.NoError(t, call(b, nil))
	}
	tries := 0
	require.Eventually(t, func() bool {
		if b.Status().State == ports.BreakerOpen {
			return true
		}
		if tries++; tries > 100 {
			return false
		}
		after()
		for range 8 {
			_ = call(b, errDown)
		}
		return false
	}, time.Minute, 20*time.Millisecond)
}

func TestARenewedBreakerHasForgottenWhatItCounted(t *testing.T) {
	b := newBreaker(t, options())
	forgets(t, b, b.Renew)
}

func TestCountsAreForgottenWhenTheClockIsSetBack(t *testing.T) {
	o, now := options(), time.Now()
	o.Now = func() time.Time { return now }
	forgets(t, newBreaker(t, o), func() { now = now.Add(-11 * time.Second) })
}

func TestAProbeThatOutlivesARenewalSaysNothing(t *testing.T) {
	o, now := options(), time.Now()
	o.Now = func() time.Time { return now }
	b := newBreaker(t, o)
	probe := func(meanwhile func(), outcome error) {
		now = now.Add(o.Cooldown)
		require.Equal(t, outcome, b.Do(context.Background(), func(context.Context) error {
			b.Renew()
			opens(t, b)
			meanwhile()
			return outcome
		}))
	}
	opens(t, b)
	probe(func() {}, nil)
	require.Equal(t, ports.BreakerOpen, b.Status().State)
	probe(func() {
		now = now.Add(o.Cooldown)
		require.NoError(t, call(b, nil), "the next probe does not wait for it")
	}, errDown)
	require.Equal(t, ports.BreakerClosed, b.Status().State)
}

func TestCallsThatOutliveARenewalSayNothing(t *testing.T) {
	b := newBreaker(t, options())
	var under func(calls int) error
	under = func(calls int) error {
		if calls == 0 {
			b.Renew()
			return errDown
		}
		return b.Do(context.Background(), func(context.Context) error { return under(calls - 1) })
	}
	require.Equal(t, errDown, under(20))
	require.Never(t, func() bool { return b.Status().State != ports.BreakerClosed }, 20*time.Millisecond, time.Millisecond)
}
