package leadertest

import (
	"context"
	"errors"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/onhand/onhand/ports"
)

func testRace(t *testing.T, p Place) {
	const racers, races = 20, 5
	var all [racers]ports.Leader
	for i := range all {
		all[i] = p.Open(t)
	}
	last := int64(0)
	for range races {
		leaders := make(chan elected, racers)
		var done sync.WaitGroup
		for _, process := range all {
			done.Go(func() {
				if term, err := process.TryCampaign(context.Background()); !errors.Is(err, ports.ErrNotLeader) {
					leaders <- elected{process, term, err}
				}
			})
		}
		done.Wait()
		require.Len(t, leaders, 1)
		leader := <-leaders
		require.NoError(t, leader.err)
		require.Greater(t, leader.term.Number, last)
		last = leader.term.Number
		require.NoError(t, leader.process.Resign(t.Context()))
	}
}

func testEnded(t *testing.T, p Place) {
	one := p.Open(t)
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	_, err := one.TryCampaign(ctx)
	require.ErrorIs(t, err, context.Canceled)
	_, err = one.Campaign(ctx)
	require.ErrorIs(t, err, context.Canceled)
	require.False(t, one.IsLeader())
	lead(t, p.Open(t))
}

func testCancelled(t *testing.T, p Place) {
	one, two := p.Open(t), p.Open(t)
	term := lead(t, one)
	ctx, cancel := context.WithCancel(context.Background())
	waiting := campaign(ctx, two)
	cancel()
	require.ErrorIs(t, next(t, waiting).err, context.Canceled)
	require.False(t, two.IsLeader())
	lasts(t, term)
	require.NoError(t, one.Resign(t.Context()))
	lead(t, p.Open(t))
}

func testResignWithout(t *testing.T, p Place) {
	one, two := p.Open(t), p.Open(t)
	require.NoError(t, two.Resign(t.Context()))
	term := lead(t, one)
	require.NoError(t, two.Resign(t.Context()))
	refused(t, two)
	lasts(t, term)
	require.NoError(t, one.Resign(t.Context()))
	require.NoError(t, one.Resign(t.Context()))
	lead(t, two)
	require.NoError(t, one.Resign(t.Context()))
	refused(t, one)
}

func testClose(t *testing.T, p Place) {
	one, two := p.Open(t), p.Open(t)
	term := lead(t, one)
	require.NoError(t, one.Close())
	require.NoError(t, one.Close())
	ended(t, term)
	require.False(t, one.IsLeader())
	lead(t, two)
	require.NoError(t, two.Resign(t.Context()))
	_, err := one.TryCampaign(t.Context())
	require.ErrorIs(t, err, ports.ErrUnavailable)
	_, err = one.Campaign(t.Context())
	require.ErrorIs(t, err, ports.ErrUnavailable)
	require.NoError(t, one.Resign(t.Context()))
}

func testCloseWaiting(t *testing.T, p Place) {
	one, two := p.Open(t), p.Open(t)
	lead(t, one)
	waiting := campaign(t.Context(), two)
	require.NoError(t, two.Close())
	require.ErrorIs(t, next(t, waiting).err, ports.ErrUnavailable)
	require.True(t, one.IsLeader())
}

func testContext(t *testing.T, p Place) {
	one := p.Open(t)
	term := lead(t, one)
	work, cancel := term.Context(context.Background())
	defer cancel()
	require.NoError(t, work.Err())
	cut, cancelCut := term.Context(context.Background())
	cancelCut()
	<-cut.Done()
	require.Equal(t, context.Canceled, context.Cause(cut), "the caller ended it")
	require.NoError(t, one.Resign(t.Context()))
	<-work.Done()
	require.ErrorIs(t, context.Cause(work), ports.ErrNotLeader)
	late, cancelLate := term.Context(context.Background())
	defer cancelLate()
	require.ErrorIs(t, context.Cause(late), ports.ErrNotLeader)
}

func testConcurrent(t *testing.T, p Place) {
	const processes, rounds = 3, 20
	o := &office{leader: make(chan struct{}, 1)}
	var done sync.WaitGroup
	for range processes {
		process := p.Open(t)
		done.Go(func() {
			for range rounds {
				o.serve(t, process)
			}
		})
		done.Go(func() { // asks all the time
			for range rounds * 100 {
				process.IsLeader()
			}
		})
	}
	done.Wait()
}

// office is what only one leader may be in at a time.
type office struct {
	leader chan struct{} // of capacity 1

	mu   sync.Mutex
	last int64 // number of the last term
}

// serve leads for a moment.
func (o *office) serve(t *testing.T, process ports.Leader) {
	term, err := process.Campaign(context.Background())
	if err != nil {
		t.Errorf("campaign: %v", err)
		return
	}
	select {
	case o.leader <- struct{}{}:
	default:
		t.Error("two lead")
		return
	}
	o.mu.Lock()
	if term.Number <= o.last || !process.IsLeader() {
		t.Errorf("term %d after %d, leads: %v", term.Number, o.last, process.IsLeader())
	}
	o.last = max(o.last, term.Number)
	o.mu.Unlock()
	<-o.leader
	if err := process.Resign(context.Background()); err != nil {
		t.Errorf("resign: %v", err)
	}
}
