package jsonevents_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/onhand/onhand/adapters/hystrixbreaker"
	"github.com/onhand/onhand/adapters/internal/durablefile/simdisk"
	"github.com/onhand/onhand/domain/event"
	"github.com/onhand/onhand/ports"
)

// fuse is a breaker with a clock of its own: a cooldown passes when the test says so.
type fuse struct {
	*hystrixbreaker.Breaker
	t *testing.T

	mu  sync.Mutex
	now time.Time
}

const cooldown = time.Hour

func newFuse(t *testing.T, name string) *fuse {
	f := &fuse{t: t, now: noon}
	var err error
	f.Breaker, err = hystrixbreaker.New(hystrixbreaker.Options{
		Name: name, Threshold: 0.5, MinCalls: 4, Cooldown: cooldown, Slow: time.Second, Now: f.clock,
		Fault: func(err error) bool { return !errors.Is(err, ports.ErrReadOnly) },
	})
	require.NoError(t, err)
	return f
}

func (f *fuse) clock() time.Time {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.now
}

func (f *fuse) pass(d time.Duration) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.now = f.now.Add(d)
}

func (f *fuse) is(state ports.BreakerState) {
	f.t.Helper()
	require.Equal(f.t, state, f.Status().State)
}

// becomes waits until it is in a state: it may count a call a little later.
func (f *fuse) becomes(state ports.BreakerState) {
	f.t.Helper()
	require.Eventually(f.t, func() bool { return f.Status().State == state }, time.Minute, time.Millisecond)
}

// blows makes the same call until it is refused.
func (f *fuse) blows(call func() error) {
	f.t.Helper()
	require.Eventually(f.t, func() bool {
		err := call()
		require.ErrorIs(f.t, err, ports.ErrUnavailable)
		_, open := errors.AsType[*ports.OpenError](err)
		return open
	}, time.Minute, time.Millisecond)
	f.is(ports.BreakerOpen)
}

// guarded is a site whose writes and reads have breakers.
func guarded(t *testing.T) (s *site, writes, reads *fuse) {
	s = newSite(t)
	writes, reads = newFuse(t, "writes"), newFuse(t, "reads")
	s.opts.Writes, s.opts.Reads = writes, reads
	return s, writes, reads
}

// turnedAway checks that an error says that nothing was attempted, and which breaker says so.
func turnedAway(t *testing.T, err error, by ports.Breaker) {
	t.Helper()
	require.ErrorIs(t, err, ports.ErrUnavailable)
	open, ok := errors.AsType[*ports.OpenError](err)
	require.True(t, ok, "%v", err)
	require.Equal(t, by.Status().Name, open.Name)
	require.Positive(t, open.RetryAfter)
}

func TestWritesThatFailOpenTheirBreaker(t *testing.T) {
	s, writes, reads := guarded(t)
	store := s.open()
	put(t, store, entry("a", 1))
	for range 3 {
		put(t, store, entry("b", version(t, store, "b")+1))
	}
	s.fails("write", logDir, simdisk.Fault{Err: broken, Keep: 100})
	writes.blows(func() error { return attempt(store, entry("a", 2)) })
	before, calls := s.files(), s.disk.Calls()
	for range 20 {
		turnedAway(t, attempt(store, entry("a", 2), entry("c", 1)), writes)
	}
	require.Equal(t, before, s.files())
	require.Equal(t, calls, s.disk.Calls(), "nothing was attempted")
	require.ErrorAs(t, attempt(store, entry("a", 1)), new(*ports.DuplicateKeyError), "that needs no disk")
	// a commit that was refused beside it may have built on it
	turnedAway(t, attempt(store, entry("a", 1), entry("c", 1)), writes)
	writes.is(ports.BreakerOpen)
	require.Equal(t, []string{"a1", "b1", "b2", "b3"}, ids(t, store))
	reads.is(ports.BreakerClosed)
	require.False(t, condition(t, store).Failed || condition(t, store).ReadOnly)

	writes.pass(cooldown)
	require.ErrorIs(t, attempt(store, entry("a", 2)), broken, "the next group is the probe")
	turnedAway(t, attempt(store, entry("a", 2)), writes)
	s.heals()
	turnedAway(t, attempt(store, entry("a", 2)), writes)
	writes.pass(cooldown)
	put(t, store, entry("a", 2), entry("c", 1))
	writes.is(ports.BreakerClosed)
	s.continues(store)
}

func TestAFullDiskDoesNotOpenTheBreaker(t *testing.T) {
	inBubble(t, "nor do writes that are refused while it is full", func(t *testing.T) {
		s := newSite(t)
		faults := 0
		s.opts.Writes = &counting{fault: func(err error) {
			if !errors.Is(err, ports.ErrReadOnly) {
				faults++
			}
		}}
		store := s.open()
		put(t, store, entry("a", 1))
		s.disk.Plan(full(3, nil))
		for range 10 {
			require.ErrorIs(t, attempt(store, entry("a", 2)), ports.ErrReadOnly)
		}
		s.heals()
		s.resumes(store, entry("a", 2))
		require.Zero(t, faults)
		s.continues(store)
	})
}

// counting is a breaker that never opens and looks at the errors of its calls.
type counting struct{ fault func(error) }

func (c *counting) Do(ctx context.Context, call func(context.Context) error) error {
	err := call(ctx)
	if err != nil {
		c.fault(err)
	}
	return err
}

func (c *counting) Status() ports.BreakerStatus { return ports.BreakerStatus{} }

func TestANewSegmentThatFailsOpensTheBreaker(t *testing.T) {
	s, writes, _ := guarded(t)
	s.opts.SegmentBytes = 400
	store := s.open()
	put(t, store, entry("a", 1))
	s.fails("create", segment(2), simdisk.Fault{Err: broken})
	writes.blows(func() error { return attempt(store, entry("a", 2)) })
	s.heals()
	turnedAway(t, attempt(store, entry("a", 2)), writes)
	require.NotContains(t, s.files(), segment(2))
	writes.pass(cooldown)
	put(t, store, entry("a", 2))
	writes.is(ports.BreakerClosed)
	require.Contains(t, s.files(), segment(2))
	s.continues(store)
}

func TestASlowDiskOpensTheBreaker(t *testing.T) {
	s, writes, _ := guarded(t)
	store := s.open()
	slow := func(simdisk.Call) simdisk.Fault {
		writes.pass(2 * time.Second)
		return simdisk.Fault{}
	}
	s.disk.Plan(slow)
	for n := range 4 { // a slow write counts as written
		put(t, store, entry("a", event.Version(n+1)))
	}
	writes.becomes(ports.BreakerOpen)
	turnedAway(t, attempt(store, entry("a", 5)), writes)
	s.heals()
	writes.pass(cooldown)
	put(t, store, entry("a", 5))
	writes.is(ports.BreakerClosed)
	s.continues(store)
}

func TestASyncThatFailsPoisonsThoughThereIsABreaker(t *testing.T) {
	s, writes, _ := guarded(t)
	store := s.open()
	put(t, store, entry("a", 1))
	s.fails("sync", segment(1), simdisk.Fault{Err: broken})
	require.ErrorIs(t, attempt(store, entry("a", 2)), ports.ErrOutcomeUnknown)
	require.ErrorIs(t, <-s.fatal, broken)
	err := attempt(store, entry("a", 2))
	require.ErrorIs(t, err, ports.ErrUnavailable)
	require.NotErrorAs(t, err, new(*ports.OpenError))
	writes.is(ports.BreakerClosed)
	require.NoError(t, store.Close())
	s.heals()
	again, err := s.moved(s.disk).tryOpen()
	require.NoError(t, err)
	require.Contains(t, ids(t, again), "a1")
	require.NoError(t, again.Close())
}

func TestAStoreWhoseBreakerIsOpenCanBeClosed(t *testing.T) {
	s, writes, _ := guarded(t)
	forced, err := hystrixbreaker.New(hystrixbreaker.Options{
		Name: "writes", Threshold: 1, MinCalls: 1, Cooldown: cooldown, Forced: true,
	})
	require.NoError(t, err)
	store := s.open()
	put(t, store, entry("a", 1))
	require.NoError(t, store.Close())
	require.Contains(t, s.read(headFile), `"head":1,`)
	s.opts.Writes = forced
	store = s.open()
	var waiting sync.WaitGroup
	for n := range 20 {
		waiting.Go(func() { turnedAway(t, attempt(store, entry(event.StreamID(fmt.Sprint("w", n)), 1)), forced) })
	}
	waiting.Wait()
	require.NoError(t, store.Close())
	s.opts.Writes = writes
	s.continues(s.open())
}
