// Package breakertest is the contract of ports.Breaker as tests, with a dependency
// that is slow, fails, panics, hangs, comes and goes.
package breakertest

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/onhand/onhand/ports"
)

// Measures are what a test wants of a breaker. All calls of a test lie within its
// window of time.
type Measures struct {
	Threshold float64 // the share of faults that opens it
	MinCalls  int     // calls before it may open
	Cooldown  time.Duration
	Slow      time.Duration    // a call that takes longer is a fault; 0 is never
	Fault     func(error) bool // which errors are
	Forced    bool
	Now       func() time.Time // the clock of cooldowns and slow calls
	Report    ports.Reporter
}

// Make makes a breaker.
type Make func(t *testing.T, m Measures) ports.Breaker

// Run holds what make makes against the contract.
func Run(t *testing.T, make Make) {
	for name, test := range map[string]func(*site){
		"errors come back as they are, and the caller's context goes in":    testErrors,
		"faults open it, and then nothing is run":                           testOpens,
		"too few calls, or too small a share of faults, do not open it":     testStaysClosed,
		"business errors never open it":                                     testBusiness,
		"callers that leave never open it":                                  testLeavers,
		"a fault counts even if its caller has left":                        testFaultOfALeaver,
		"of 20 calls that find its limit reached, one opens it":             testRipe,
		"an ended context runs nothing and counts nothing":                  testEnded,
		"slow calls open it, though they succeed":                           testSlow,
		"panics reach the caller and open it":                               testPanics,
		"it closes when a probe succeeds":                                   testRecovers,
		"a probe that faults opens it for another cooldown":                 testFailingProbe,
		"of 20 racers one is the probe":                                     testRacers,
		"a probe that hangs keeps all others out":                           testHangingProbe,
		"a probe whose caller leaves proves nothing":                        testProbeLeft,
		"a probe that panics is over":                                       testProbePanics,
		"what was begun before it opened says nothing when it is half-open": testLate,
		"a dependency that comes and goes":                                  testFlapping,
		"calls within calls":                                                testNested,
		"forced open it stays so, without probes":                           testForced,
		"each change is reported once":                                      testReports,
		"any history":                                                       testHistory,
		"a crowd":                                                           testCrowd,
	} {
		t.Run(name, func(t *testing.T) {
			test(&site{T: t, make: make, now: time.Now()})
		})
	}
}

// errDown is what the dependency says when it is down, errRefused what it says of a
// bad question.
var (
	errDown    = errors.New("down")
	errRefused = errors.New("refused")
)

// cooldown is long: it passes only when a test says so.
const cooldown = time.Hour

// site is a breaker in a test, with a clock that stands still.
type site struct {
	*testing.T
	make Make
	ports.Breaker

	mu    sync.Mutex
	now   time.Time
	heard []ports.Incident
}

func (s *site) clock() time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.now
}

func (s *site) pass(d time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.now = s.now.Add(d)
}

func (s *site) report(i ports.Incident) {
	_ = s.Status() // may be looked at
	s.mu.Lock()
	defer s.mu.Unlock()
	s.heard = append(s.heard, i)
}

// begin makes the site's breaker; change may alter how it is.
func (s *site) begin(change func(*Measures)) {
	m := Measures{
		Threshold: 0.5, MinCalls: 4, Cooldown: cooldown, Now: s.clock, Report: s.report,
		Fault: func(err error) bool { return !errors.Is(err, errRefused) },
	}
	if change != nil {
		change(&m)
	}
	s.Breaker = s.make(s.T, m)
}

// do lets the breaker run a call that gives err, and says whether it ran.
func (s *site) do(err error) (ran bool, got error) {
	got = s.Do(context.Background(), func(context.Context) error {
		ran = true
		return err
	})
	return ran, got
}

// runs checks that a call is run and its error comes back.
func (s *site) runs(err error) {
	s.Helper()
	ran, got := s.do(err)
	require.True(s, ran)
	require.Equal(s, err, got)
}

// refuses checks that a call is not run, and gives for how long it is to wait.
func (s *site) refuses() time.Duration {
	s.Helper()
	ran, err := s.do(nil)
	require.False(s, ran)
	return s.refusal(err)
}

func (s *site) refusal(err error) time.Duration {
	s.Helper()
	open, ok := errors.AsType[*ports.OpenError](err)
	require.True(s, ok, "%v", err)
	require.Equal(s, s.Status().Name, open.Name)
	require.Positive(s, open.RetryAfter)
	return open.RetryAfter
}

// becomes waits until it is in a state: a report may be counted a little later.
func (s *site) becomes(state ports.BreakerState) {
	s.Helper()
	require.Eventually(s, func() bool { return s.Status().State == state }, time.Minute, time.Millisecond, "never %s",
		state)
}

// stays looks for a while whether it changes, as reports are counted.
func (s *site) stays(state ports.BreakerState) {
	s.Helper()
	require.Never(s, func() bool { return s.Status().State != state }, 20*time.Millisecond, time.Millisecond)
}

func (s *site) is(state ports.BreakerState) {
	s.Helper()
	require.Equal(s, state, s.Status().State)
}

// opens makes a new one open with the least calls.
func (s *site) opens() {
	s.Helper()
	for range 4 {
		s.runs(errDown)
	}
	s.becomes(ports.BreakerOpen)
}

// opensAgain makes one open that was before: it has counted a probe.
func (s *site) opensAgain() {
	s.Helper()
	for range 3 {
		s.runs(errDown)
	}
	s.becomes(ports.BreakerOpen)
}

// halfOpens opens it and lets its cooldown pass.
func (s *site) halfOpens() {
	s.Helper()
	s.opens()
	s.pass(cooldown)
	s.is(ports.BreakerHalfOpen)
}

// hold begins a call that runs until it is told how to end; it has come back when
// the second channel says what with.
func (s *site) hold(ctx context.Context) (end chan<- error, back <-chan error) {
	ends, came, began := make(chan error), make(chan error, 1), make(chan struct{})
	go func() {
		came <- s.Do(ctx, func(context.Context) error {
			close(began)
			return <-ends
		})
	}()
	<-began
	return ends, came
}

// panics runs a call that panics.
func (s *site) panics() {
	s.Helper()
	require.PanicsWithValue(s, "swordfish", func() {
		_ = s.Do(context.Background(), func(context.Context) error { panic("swordfish") })
	})
}

func (s *site) reported() (told []string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, i := range s.heard {
		told = append(told, fmt.Sprint(i.Severe, " ", i.Err))
	}
	return told
}
