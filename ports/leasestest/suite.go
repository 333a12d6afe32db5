// Package leasestest is the contract of ports.Leases as tests, for every adapter to pass.
package leasestest

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/onhand/onhand/domain/event"
	"github.com/onhand/onhand/ports"
)

// Place is where leases are kept, none at first.
type Place struct {
	// Open opens one more instance, as one more process does, until the test ends.
	Open func(t *testing.T) ports.Leases
	// Alive lets more time pass than a lease lasts. Meanwhile only these processes run; the
	// others are stopped and continue when it returns.
	Alive func(processes ...ports.Leases)
}

// Run runs the whole contract; place makes a new place for each test.
func Run(t *testing.T, place func(t *testing.T) Place) {
	for name, test := range map[string]func(*testing.T, Place){
		"what is released can be taken again":                  testRelease,
		"a lease has one holder":                               testHeld,
		"all or none":                                          testAllOrNone,
		"tokens rise, and are above the log's":                 testTokens,
		"a lease lasts while its process runs":                 testAlive,
		"the leases of a stopped process are taken over":       testStopped,
		"of many that take over, one succeeds":                 testRace,
		"a context that has ended takes nothing":               testCancelled,
		"hostile names are names like others":                  testHostile,
		"hundreds of streams at once, in the order asked for":  testMany,
		"a lease on no stream is never lost":                   testNothing,
		"closing releases, and twice is harmless":              testClose,
		"a late release leaves the next holder's lease":        testReleasedLate,
		"a released lease is not valid, and twice is harmless": testReleasedTwice,
		"no token of a stream comes twice":                     testDistinct,
		"of calls at the same time, no two hold one stream":    testConcurrent,
	} {
		t.Run(name, func(t *testing.T) { test(t, place(t)) })
	}
}

func acquire(t *testing.T, from ports.Leases, streams ...event.StreamID) ports.Lease {
	t.Helper()
	lease, err := from.Acquire(context.Background(), streams, 0)
	require.NoError(t, err)
	require.NoError(t, lease.Valid())
	return lease
}

func release(t *testing.T, lease ports.Lease) {
	t.Helper()
	require.NoError(t, lease.Release())
}

// held requires that streams cannot be acquired because of one of them.
func held(t *testing.T, from ports.Leases, by event.StreamID, streams ...event.StreamID) {
	t.Helper()
	lease, err := from.Acquire(context.Background(), streams, 0)
	require.Nil(t, lease)
	var why *ports.LeaseHeldError
	require.ErrorAs(t, err, &why)
	require.Equal(t, by, why.Stream)
	require.GreaterOrEqual(t, why.Ends, time.Duration(0))
}

func token(lease ports.Lease) int64 { return lease.Tokens()[0].Token }

func testRelease(t *testing.T, p Place) {
	one, two := p.Open(t), p.Open(t)
	last := int64(0)
	for range 5 {
		for _, from := range []ports.Leases{one, two} {
			lease := acquire(t, from, "stock/S1/A")
			require.Equal(t, event.StreamID("stock/S1/A"), lease.Tokens()[0].Stream)
			require.Greater(t, token(lease), last)
			last = token(lease)
			release(t, lease)
		}
	}
}

func testHeld(t *testing.T, p Place) {
	one, two := p.Open(t), p.Open(t)
	lease := acquire(t, one, "stock/S1/A")
	held(t, two, "stock/S1/A", "stock/S1/A")
	held(t, one, "stock/S1/A", "stock/S1/A") // its own process does not get it either
	other := acquire(t, two, "stock/S1/B")
	held(t, one, "stock/S1/B", "stock/S1/B")
	release(t, lease)
	release(t, acquire(t, two, "stock/S1/A"))
	release(t, other)
}

func testAllOrNone(t *testing.T, p Place) {
	one, two := p.Open(t), p.Open(t)
	streams := names(40)
	for i := range streams {
		lease := acquire(t, one, streams[i])
		held(t, two, streams[i], streams...)
		release(t, lease)
		release(t, acquire(t, two, streams...))
	}
}

func testTokens(t *testing.T, p Place) {
	one := p.Open(t)
	last := int64(0)
	for _, above := range []int64{0, 100, 3, 1 << 40, 7} {
		lease, err := one.Acquire(context.Background(), []event.StreamID{"stock/S1/A"}, above)
		require.NoError(t, err)
		require.Greater(t, token(lease), max(above, last))
		last = token(lease)
		release(t, lease)
	}
	require.Greater(t, token(acquire(t, p.Open(t), "stock/S1/A")), last, "counted by the place, not by the process")
}

func testAlive(t *testing.T, p Place) {
	one, two := p.Open(t), p.Open(t)
	lease := acquire(t, one, names(10)...)
	for range 3 {
		p.Alive(one)
		require.NoError(t, lease.Valid())
		for _, stream := range names(10) {
			held(t, two, stream, stream)
		}
	}
	select {
	case <-lease.Lost():
		t.Fatal("it was renewed")
	default:
	}
	release(t, lease)
}

func testStopped(t *testing.T, p Place) {
	one, two := p.Open(t), p.Open(t)
	before := acquire(t, one, "stock/S1/A", "stock/S1/B")
	p.Alive(two)
	require.ErrorIs(t, before.Valid(), ports.ErrLeaseLost, "by the clock alone")
	lease := acquire(t, two, "stock/S1/B")
	require.Greater(t, token(lease), before.Tokens()[1].Token)
	p.Alive(one, two)
	<-before.Lost()
	require.NoError(t, lease.Valid())
	held(t, one, "stock/S1/B", "stock/S1/B")
	release(t, acquire(t, one, "stock/S1/A"))
	require.ErrorIs(t, before.Release(), ports.ErrLeaseLost)
	release(t, lease)
}

func testRace(t *testing.T, p Place) {
	const racers = 20
	first := p.Open(t)
	var all [racers]ports.Leases
	for i := range all {
		all[i] = p.Open(t)
	}
	for range 5 {
		before := acquire(t, first, "stock/S1/A")
		p.Alive()
		var winners []ports.Lease
		var mu sync.Mutex
		var done sync.WaitGroup
		for _, from := range all {
			done.Go(func() {
				if lease, err := from.Acquire(context.Background(), []event.StreamID{"stock/S1/A"}, 0); err == nil {
					mu.Lock()
					defer mu.Unlock()
					winners = append(winners, lease)
				}
			})
		}
		done.Wait()
		require.Len(t, winners, 1)
		require.Greater(t, token(winners[0]), token(before))
		release(t, winners[0])
		p.Alive() // the losers' attempts may have effects for a while
	}
}

func testCancelled(t *testing.T, p Place) {
	one := p.Open(t)
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	_, err := one.Acquire(ctx, names(3), 0)
	require.ErrorIs(t, err, context.Canceled)
	release(t, acquire(t, p.Open(t), names(3)...))
}

func testHostile(t *testing.T, p Place) {
	one, two := p.Open(t), p.Open(t)
	streams := []event.StreamID{
		"../../etc/passwd", "/etc/passwd", "..", ".", "", "a\nb", "a\x00b", "a", "ä/日本", "\xff\xfe", "00", "00.tmp",
		event.StreamID(strings.Repeat("x", 128)), event.StreamID(strings.Repeat("/", 4096)),
	}
	lease := acquire(t, one, streams...)
	for i, stream := range streams {
		require.Equal(t, stream, lease.Tokens()[i].Stream)
		held(t, two, stream, stream)
	}
	release(t, lease)
	release(t, acquire(t, two, streams...))
}

func names(n int) []event.StreamID {
	list := make([]event.StreamID, n)
	for i := range list {
		list[i] = event.StreamID(fmt.Sprint("stock/S1/", i))
	}
	return list
}
