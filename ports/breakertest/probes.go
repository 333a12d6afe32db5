package breakertest

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/onhand/onhand/ports"
)

func testRecovers(s *site) {
	s.begin(nil)
	s.opens()
	opened := s.clock()
	s.pass(cooldown - 1)
	s.refuses()
	s.is(ports.BreakerOpen)
	s.pass(5)
	s.is(ports.BreakerHalfOpen)
	require.Equal(s, opened.Add(cooldown), s.Status().Since)
	s.runs(nil)
	s.is(ports.BreakerClosed)
	require.Equal(s, s.clock(), s.Status().Since)
	for range 2 { // calls before it opened are forgotten
		s.runs(errDown)
	}
	s.is(ports.BreakerClosed)
}

func testFailingProbe(s *site) {
	s.begin(nil)
	s.halfOpens()
	for range 5 {
		s.runs(errDown)
		s.is(ports.BreakerOpen)
		require.Equal(s, cooldown, s.refuses())
		s.pass(cooldown)
	}
	s.runs(errRefused)
	s.is(ports.BreakerClosed)
}

func testRacers(s *site) {
	s.begin(nil)
	s.halfOpens()
	for _, outcome := range []error{errDown, nil} {
		var ran, refused atomic.Int32
		var racers sync.WaitGroup
		start, all := make(chan struct{}), make(chan struct{})
		for range 20 {
			racers.Go(func() {
				<-start
				err := s.Do(context.Background(), func(context.Context) error {
					ran.Add(1)
					<-all // until all others were refused
					return outcome
				})
				if _, open := err.(*ports.OpenError); open && refused.Add(1) == 19 { //nolint:errorlint // as it is
					close(all)
				}
			})
		}
		close(start)
		racers.Wait()
		require.EqualValues(s, 1, ran.Load())
		s.pass(cooldown)
	}
	s.is(ports.BreakerClosed)
}

// testRipe lets many find out at the same time that there were too many faults.
func testRipe(s *site) {
	for range 50 {
		s.begin(nil)
		for range 4 {
			s.runs(errDown)
		}
		var callers sync.WaitGroup
		start := make(chan struct{})
		for range 20 {
			callers.Go(func() {
				<-start
				_, _ = s.do(errDown)
			})
		}
		close(start)
		callers.Wait()
		s.becomes(ports.BreakerOpen)
		s.refuses()
		require.Equal(s, []string{"true down"}, s.reported())
		s.heard = nil
	}
}

func testHangingProbe(s *site) {
	s.begin(nil)
	s.halfOpens()
	end, back := s.hold(context.Background())
	for range 5 {
		require.LessOrEqual(s, s.refuses(), cooldown)
		s.pass(2 * cooldown)
		s.is(ports.BreakerHalfOpen)
	}
	end <- errDown
	require.ErrorIs(s, <-back, errDown)
	s.is(ports.BreakerOpen)
	s.pass(cooldown)
	end, back = s.hold(context.Background())
	s.refuses()
	end <- nil
	require.NoError(s, <-back)
	s.is(ports.BreakerClosed)
}

func testProbeLeft(s *site) {
	s.begin(nil)
	s.halfOpens()
	for range 3 {
		ctx, cancel := context.WithCancel(context.Background())
		end, back := s.hold(ctx)
		s.refuses()
		cancel()
		s.refuses() // it has not come back
		end <- ctx.Err()
		require.ErrorIs(s, <-back, context.Canceled)
		s.is(ports.BreakerHalfOpen)
	}
	s.runs(nil)
	s.is(ports.BreakerClosed)
}

func testProbePanics(s *site) {
	s.begin(nil)
	s.halfOpens()
	s.panics()
	s.is(ports.BreakerOpen)
	s.pass(cooldown)
	s.runs(nil)
	s.is(ports.BreakerClosed)
}

// testLate lets calls come back in another state than they were begun in.
func testLate(s *site) {
	s.begin(nil)
	type call struct {
		end  chan<- error
		back <-chan error
	}
	var late []call
	for range 30 {
		end, back := s.hold(context.Background())
		late = append(late, call{end, back})
	}
	comeBack := func(n int, with error) {
		for _, c := range late[:n] {
			c.end <- with
			require.Equal(s, with, <-c.back)
		}
		late = late[n:]
	}
	s.opens()
	comeBack(5, nil)
	s.is(ports.BreakerOpen)
	s.pass(cooldown)
	comeBack(5, nil)
	s.is(ports.BreakerHalfOpen)
	comeBack(5, errDown)
	s.is(ports.BreakerHalfOpen)
	s.runs(nil)
	comeBack(15, errDown)
	s.stays(ports.BreakerClosed)
	s.runs(nil)
	require.EqualValues(s, 24, s.Status().Faults, "all are told of")
}

func testFlapping(s *site) {
	s.begin(nil)
	s.opens()
	for range 10 {
		s.pass(cooldown)
		s.runs(errDown)
		s.pass(cooldown)
		s.runs(nil)
		s.is(ports.BreakerClosed)
		s.pass(time.Minute)
		s.opensAgain()
	}
	require.EqualValues(s, 44, s.Status().Faults)
	require.Len(s, s.reported(), 51, "half-open, open, half-open, closed and open each time")
}

// testCrowd lets many call at the same time while the dependency comes and goes and time
// passes. Whatever happens, no caller is lost, and a good one can always come back.
func testCrowd(s *site) {
	s.begin(nil)
	var down atomic.Bool
	var ran, refused, left, faults atomic.Int64
	var crowd sync.WaitGroup
	const callers, calls = 16, 200
	for caller := range callers {
		crowd.Go(func() {
			for n := range calls {
				if (n+caller)%40 == 0 {
					down.Store(!down.Load())
					s.pass(cooldown / 3)
				}
				ctx, cancel := context.WithCancel(context.Background())
				err := s.Do(ctx, func(ctx context.Context) error {
					ran.Add(1)
					switch {
					case n%7 == 0:
						cancel()
						left.Add(1)
						return ctx.Err()
					case down.Load():
						faults.Add(1)
						return errDown
					}
					return nil
				})
				if _, open := err.(*ports.OpenError); open { //nolint:errorlint // as it is
					refused.Add(1)
				}
				cancel()
			}
		})
	}
	crowd.Wait()
	status := s.Status()
	require.EqualValues(s, callers*calls, ran.Load()+refused.Load())
	require.Equal(s, []int64{refused.Load(), faults.Load()}, []int64{status.Refused, status.Faults})
	require.Eventually(s, func() bool {
		s.pass(cooldown)
		_, err := s.do(nil)
		return err == nil && s.Status().State == ports.BreakerClosed
	}, time.Minute, time.Millisecond)
}
