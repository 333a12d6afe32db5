// Package leadertest is the contract of ports.Leader as tests, for every adapter to pass.
package leadertest

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/onhand/onhand/ports"
)

// patience is how long a process may take to follow the leader before it.
const patience = time.Minute

// Place is where an election is held.
type Place struct {
	// Open takes part as one more process, until the test ends.
	Open func(t *testing.T) ports.Leader
	// Die ends a process without a word: none of its calls works any more.
	Die func(process ports.Leader)
}

// Run runs the whole contract; place makes a new one for each test.
func Run(t *testing.T, place func(t *testing.T) Place) {
	for name, test := range map[string]func(*testing.T, Place){
		"the first process leads at once":                        testFirst,
		"of three processes one leads":                           testThree,
		"of many that campaign at the same time one leads":       testRace,
		"a process that waits follows the leader that resigns":   testResign,
		"a process that waits follows the leader that dies":      testDie,
		"numbers ascend over processes that end and begin":       testNumbers,
		"a context that has ended gives no term":                 testEnded,
		"a Campaign that waits ends with its context":            testCancelled,
		"to resign without leading changes nothing":              testResignWithout,
		"Close resigns, and twice is harmless":                   testClose,
		"Close ends a Campaign that waits":                       testCloseWaiting,
		"a term's context ends with the term, and says so":       testContext,
		"all may be called at the same time, and one leads only": testConcurrent,
	} {
		t.Run(name, func(t *testing.T) { test(t, place(t)) })
	}
}

// lead makes a process the leader at once.
func lead(t *testing.T, process ports.Leader) ports.Term {
	t.Helper()
	term, err := process.TryCampaign(context.Background())
	require.NoError(t, err)
	require.Positive(t, term.Number)
	require.True(t, process.IsLeader())
	lasts(t, term)
	return term
}

// refused makes sure that a process does not lead, and cannot now.
func refused(t *testing.T, process ports.Leader) {
	t.Helper()
	_, err := process.TryCampaign(context.Background())
	require.ErrorIs(t, err, ports.ErrNotLeader)
	require.False(t, process.IsLeader())
}

func lasts(t *testing.T, term ports.Term) {
	t.Helper()
	select {
	case <-term.Done:
		t.Fatal("the term has ended")
	default:
	}
}

func ended(t *testing.T, term ports.Term) {
	t.Helper()
	select {
	case <-term.Done:
	case <-time.After(patience):
		t.Fatal("the term does not end")
	}
}

// elected is what a Campaign came to.
type elected struct {
	process ports.Leader
	term    ports.Term
	err     error
}

// campaign lets processes wait until they lead.
func campaign(ctx context.Context, processes ...ports.Leader) <-chan elected {
	all := make(chan elected, len(processes))
	for _, process := range processes {
		go func() {
			term, err := process.Campaign(ctx)
			all <- elected{process, term, err}
		}()
	}
	return all
}

func next(t *testing.T, all <-chan elected) elected {
	t.Helper()
	select {
	case one := <-all:
		return one
	case <-time.After(patience):
		t.Fatal("no process follows")
		return elected{}
	}
}

func testFirst(t *testing.T, p Place) {
	one := p.Open(t)
	require.False(t, one.IsLeader(), "before it campaigns")
	term, err := one.Campaign(t.Context())
	require.NoError(t, err)
	require.Equal(t, term, lead(t, one), "a leader that campaigns continues its term")
	again, err := one.Campaign(t.Context())
	require.NoError(t, err)
	require.Equal(t, term, again)
}

func testThree(t *testing.T, p Place) {
	one, two, three := p.Open(t), p.Open(t), p.Open(t)
	term := lead(t, one)
	for range 3 {
		refused(t, two)
		refused(t, three)
	}
	require.True(t, one.IsLeader())
	lasts(t, term)
}

func testResign(t *testing.T, p Place) {
	one, two, three := p.Open(t), p.Open(t), p.Open(t)
	term := lead(t, one)
	waiting := campaign(t.Context(), two, three)
	require.NoError(t, one.Resign(t.Context()))
	require.False(t, one.IsLeader())
	ended(t, term)
	last := term.Number
	for range 2 {
		follower := next(t, waiting)
		require.NoError(t, follower.err)
		require.Greater(t, follower.term.Number, last)
		require.True(t, follower.process.IsLeader())
		refused(t, one)
		require.NoError(t, follower.process.Resign(t.Context()))
		last = follower.term.Number
	}
	require.Greater(t, lead(t, one).Number, last)
}

func testDie(t *testing.T, p Place) {
	one, two, three := p.Open(t), p.Open(t), p.Open(t)
	term := lead(t, one)
	waiting := campaign(t.Context(), two, three)
	p.Die(one)
	second := next(t, waiting)
	require.NoError(t, second.err)
	require.Greater(t, second.term.Number, term.Number)
	p.Die(second.process)
	third := next(t, waiting)
	require.NoError(t, third.err)
	require.Greater(t, third.term.Number, second.term.Number)
	require.True(t, third.process.IsLeader())
}

func testNumbers(t *testing.T, p Place) {
	last := int64(0)
	for turn := range 10 {
		process := p.Open(t)
		for range 3 {
			term := lead(t, process)
			require.Greater(t, term.Number, last)
			last = term.Number
			require.NoError(t, process.Resign(t.Context()))
			ended(t, term)
		}
		last = lead(t, process).Number
		if turn%2 == 0 {
			p.Die(process)
		} else {
			require.NoError(t, process.Close())
		}
	}
}
