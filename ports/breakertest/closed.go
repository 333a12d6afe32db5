package breakertest

import (
	"context"
	"fmt"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/onhand/onhand/ports"
)

type mark struct{}

func testErrors(s *site) {
	s.begin(nil)
	s.runs(nil)
	s.runs(errRefused)
	s.runs(fmt.Errorf("call: %w", errDown))
	ctx := context.WithValue(context.Background(), mark{}, 7)
	require.NoError(s, s.Do(ctx, func(ctx context.Context) error {
		require.Equal(s, 7, ctx.Value(mark{}))
		return nil
	}))
	status := s.Status()
	require.NotEmpty(s, status.Name)
	require.Equal(s, []int64{0, 1, 0}, []int64{status.Refused, status.Faults, status.Dropped})
}

func testOpens(s *site) {
	s.begin(nil)
	began := s.clock()
	require.Equal(s, began, s.Status().Since)
	s.pass(time.Minute)
	s.opens()
	require.Equal(s, began.Add(time.Minute), s.Status().Since)
	require.Equal(s, cooldown, s.refuses())
	s.pass(cooldown / 4)
	require.Equal(s, cooldown*3/4, s.refuses())
	status := s.Status()
	require.Equal(s, ports.BreakerOpen, status.State)
	require.False(s, status.Forced)
	require.Equal(s, []int64{2, 4}, []int64{status.Refused, status.Faults})
}

func testStaysClosed(s *site) {
	s.begin(func(m *Measures) { m.MinCalls = 20 })
	for range 10 {
		s.runs(nil)
	}
	for range 9 { // 9 of 19, while 20 are needed; then 9 of 30
		s.runs(errDown)
	}
	for range 11 {
		s.runs(nil)
	}
	s.is(ports.BreakerClosed)
	for range 21 { // 30 of 51
		_, _ = s.do(errDown)
	}
	s.becomes(ports.BreakerOpen)
}

func testBusiness(s *site) {
	s.begin(func(m *Measures) { m.Threshold = 0.01 })
	for range 200 {
		s.runs(errRefused)
	}
	s.is(ports.BreakerClosed)
	require.Zero(s, s.Status().Faults)
}

func testLeavers(s *site) {
	s.begin(nil)
	for i := range 100 {
		ctx, cancel := context.WithCancel(context.Background())
		if i%2 == 0 {
			cancel()
			ctx, cancel = context.WithTimeout(context.Background(), time.Hour)
		}
		want := context.Canceled
		err := s.Do(ctx, func(ctx context.Context) error {
			cancel()
			return fmt.Errorf("call: %w", ctx.Err())
		})
		require.ErrorIs(s, err, want)

		caused, leave := context.WithCancelCause(context.Background())
		require.ErrorIs(s, s.Do(caused, func(ctx context.Context) error {
			leave(errDown)
			return fmt.Errorf("call: %w", context.Cause(ctx))
		}), errDown)
	}
	s.is(ports.BreakerClosed)
	require.Zero(s, s.Status().Faults)
}

func testFaultOfALeaver(s *site) {
	s.begin(nil)
	for range 4 {
		ctx, cancel := context.WithCancel(context.Background())
		require.Equal(s, errDown, s.Do(ctx, func(context.Context) error {
			cancel()
			return errDown
		}))
	}
	s.becomes(ports.BreakerOpen)
	require.EqualValues(s, 4, s.Status().Faults)
}

func testEnded(s *site) {
	s.begin(nil)
	ended, cancel := context.WithCancel(context.Background())
	cancel()
	for range 100 {
		require.ErrorIs(s, s.Do(ended, func(context.Context) error {
			s.Error("it was run")
			return errDown
		}), context.Canceled)
	}
	require.Zero(s, s.Status().Faults)
	s.halfOpens()
	require.ErrorIs(s, s.Do(ended, func(context.Context) error { return nil }), context.Canceled)
	s.is(ports.BreakerHalfOpen)
	require.Zero(s, s.Status().Refused)
	s.runs(nil)
}

func testSlow(s *site) {
	slow := func(m *Measures) { m.Slow = time.Second }
	s.begin(slow)
	take := func(d time.Duration) {
		require.NoError(s, s.Do(context.Background(), func(context.Context) error {
			s.pass(d)
			return nil
		}))
	}
	for range 8 {
		take(time.Second)
	}
	require.Zero(s, s.Status().Faults, "that is not longer")
	s.begin(slow)
	for range 4 {
		take(time.Second + 1)
	}
	s.becomes(ports.BreakerOpen)
	require.EqualValues(s, 4, s.Status().Faults)
	s.pass(cooldown)
	take(2 * time.Second)
	s.is(ports.BreakerOpen)
	s.pass(cooldown)
	take(0)
	s.is(ports.BreakerClosed)
	ctx, cancel := context.WithCancel(context.Background())
	for range 4 { // the dependency was slow, even if no caller waited for it
		_ = s.Do(ctx, func(ctx context.Context) error {
			defer cancel()
			s.pass(2 * time.Second)
			return ctx.Err()
		})
		ctx, cancel = context.WithCancel(context.Background())
	}
	cancel()
	s.becomes(ports.BreakerOpen)
}

func testPanics(s *site) {
	s.begin(nil)
	for range 4 {
		s.panics()
	}
	s.becomes(ports.BreakerOpen)
	require.EqualValues(s, 4, s.Status().Faults)
	s.refuses()
}

func testNested(s *site) {
	s.begin(nil)
	require.NoError(s, s.Do(context.Background(), func(ctx context.Context) error {
		return s.Do(ctx, func(context.Context) error { return nil })
	}))
	s.begin(nil)
	s.halfOpens()
	require.NoError(s, s.Do(context.Background(), func(ctx context.Context) error {
		err := s.Do(ctx, func(context.Context) error {
			s.Error("a second probe was run")
			return nil
		})
		s.refusal(err)
		return nil
	}))
	s.is(ports.BreakerClosed)
}

func testForced(s *site) {
	s.begin(func(m *Measures) { m.Forced = true })
	for range 10 {
		require.Equal(s, cooldown, s.refuses())
		s.pass(2 * cooldown)
	}
	status := s.Status()
	require.True(s, status.Forced)
	require.Equal(s, ports.BreakerOpen, status.State)
	require.EqualValues(s, 10, status.Refused)
	require.Empty(s, s.reported())
}

func testReports(s *site) {
	s.begin(nil)
	s.opens()
	for range 10 {
		s.refuses()
	}
	require.Equal(s, []string{"true down"}, s.reported())
	s.pass(cooldown)
	s.runs(errRefused) // the dependency has answered
	want := []string{"true down", "false <nil>", "false <nil>"}
	require.Equal(s, want, s.reported())
	s.opensAgain()
	s.pass(cooldown)
	s.panics()
	for _, i := range s.heard {
		require.Equal(s, s.Status().Name, i.Detail)
		require.Equal(s, "breaker", i.Component)
	}
	require.Len(s, s.reported(), 6)
	require.Regexp(s, "^true .*panic", s.reported()[5])
}
