package filelock_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/onhand/onhand/adapters/filelock"
	"github.com/onhand/onhand/domain/event"
	"github.com/onhand/onhand/ports"
)

func TestTheFirstCallerThatAskedComesNext(t *testing.T) {
	m, dir := &machine{}, t.TempDir()
	one, two, three := m.open(t, nil, dir), m.open(t, nil, dir), m.open(t, nil, dir)
	try := func(l *filelock.Leases, streams ...event.StreamID) ports.Lease {
		t.Helper()
		lease, err := l.Acquire(context.Background(), streams, 0)
		if err != nil {
			require.ErrorAs(t, err, new(*ports.LeaseHeldError))
			return nil
		}
		return lease
	}
	first := try(one, "a")
	for range 3 {
		require.Nil(t, try(two, "a"))
		require.Nil(t, try(three, "b", "a"))
		require.Nil(t, try(one, "a"), "the holder comes after the others")
	}
	require.NoError(t, first.Release())
	require.Nil(t, try(three, "a"))
	require.Nil(t, try(one, "a"))
	second := try(two, "a", "b")
	require.NotNil(t, second, "and nothing was left of what others could not have in whole")
	require.NoError(t, second.Release())
	require.Nil(t, try(one, "a"))
	third := try(three, "a")
	require.NotNil(t, third)
	require.Greater(t, third.Tokens()[0].Token, second.Tokens()[0].Token)
	require.NoError(t, third.Release())

	m.pass(24 * time.Millisecond)
	require.Nil(t, try(three, "a"), "kept for the first")
	m.pass(time.Millisecond)
	require.NotNil(t, try(three, "a"), "which does not want it any more")
}
