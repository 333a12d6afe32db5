package leadership_test

import (
	"context"
	"errors"
	"iter"
	"slices"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/require"

	"github.com/onhand/onhand/adapters/memory"
	"github.com/onhand/onhand/application/leadership"
	"github.com/onhand/onhand/ports"
)

func records(yield func([]byte, error) bool) { yield([]byte("{}"), nil) }

func TestStoresThatOnlyTheLeaderHas(t *testing.T) {
	var j journal
	one := memory.NewLeader()
	first := duties(one, &j)
	require.NoError(t, first.Start(t.Context()))
	second := duties(one.Another(), &j)
	var kept memory.DeadLetterStore
	require.NoError(t, kept.Put(t.Context(), ports.DeadLetter{ID: "x", Projection: "p"}))
	letters := leadership.DeadLetters(second, func() (ports.DeadLetterStore, error) { return kept.Another(), nil })
	subscriptions := leadership.Subscriptions(second,
		func() (ports.SubscriptionStore, error) { return &memory.SubscriptionStore{}, nil })
	checkpoints := leadership.Checkpoints(&memory.CheckpointStore{}, second)
	snapshots := leadership.Snapshots(&memory.SnapshotStore{}, second)

	withoutTerm := func() {
		t.Helper()
		require.ErrorIs(t, letters.Put(t.Context(), ports.DeadLetter{ID: "y"}), ports.ErrNotLeader)
		require.ErrorIs(t, letters.Remove(t.Context(), "x"), ports.ErrNotLeader)
		n, err := letters.Count(t.Context(), "")
		require.NoError(t, err)
		require.Zero(t, n)
		_, found, err := letters.Get(t.Context(), "x")
		require.NoError(t, err)
		require.False(t, found)
		list, err := letters.List(t.Context(), "", "", 10)
		require.NoError(t, err)
		require.Empty(t, list)
		require.ErrorIs(t, subscriptions.Put(t.Context(), ports.Subscription{ID: "s"}), ports.ErrNotLeader)
		require.ErrorIs(t, subscriptions.Remove(t.Context(), "s"), ports.ErrNotLeader)
		_, err = subscriptions.List(t.Context())
		require.ErrorIs(t, err, ports.ErrNotLeader)
		size, err := checkpoints.Save(t.Context(), "p", records, nil)
		require.NoError(t, errors.Join(err, checkpoints.Delete(t.Context(), "p")))
		require.Zero(t, size)
		_, err = snapshots.Save(t.Context(), 1, records, nil)
		require.ErrorIs(t, err, ports.ErrNotLeader)
	}
	withoutTerm()

	require.NoError(t, first.Stop(t.Context()))
	require.NoError(t, second.Start(t.Context()))
	list, err := letters.List(t.Context(), "", "", 10)
	require.NoError(t, err)
	require.True(t, slices.ContainsFunc(list, func(l ports.DeadLetter) bool { return l.ID == "x" }))
	_, found, err := letters.Get(t.Context(), "x")
	require.NoError(t, err)
	require.True(t, found)
	n, err := letters.Count(t.Context(), "")
	require.NoError(t,
		errors.Join(err, letters.Put(t.Context(), ports.DeadLetter{ID: "y"}), letters.Remove(t.Context(), "y")))
	require.Equal(t, 1, n)
	require.NoError(t, subscriptions.Put(t.Context(), ports.Subscription{ID: "s"}))
	all, err := subscriptions.List(t.Context())
	require.NoError(t, errors.Join(err, subscriptions.Remove(t.Context(), "s")))
	require.Len(t, all, 1)
	size, err := checkpoints.Save(t.Context(), "p", records, nil)
	require.NoError(t, errors.Join(err, checkpoints.Delete(t.Context(), "p")))
	require.NotZero(t, size)
	size, err = snapshots.Save(t.Context(), 1, records, nil)
	require.NoError(t, err)
	require.NotZero(t, size)
	require.NoError(t, errors.Join(letters.Close(), letters.Close(), subscriptions.Close()))
	_, err = letters.Count(t.Context(), "")
	require.ErrorIs(t, err, ports.ErrUnavailable)
	_, err = subscriptions.List(t.Context())
	require.ErrorIs(t, err, ports.ErrUnavailable)
	require.NoError(t, second.Stop(t.Context()))
}

func TestStoresCloseWithATermThatIsLost(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var j journal
		leader := memory.NewLeader()
		rival := leader.Another()
		d := duties(leader, &j)
		var opened ports.DeadLetterStore
		letters := leadership.DeadLetters(d, func() (ports.DeadLetterStore, error) {
			opened = &memory.DeadLetterStore{}
			return opened, nil
		})
		subscriptions := leadership.Subscriptions(d,
			func() (ports.SubscriptionStore, error) { return &memory.SubscriptionStore{}, nil })
		require.NoError(t, d.Start(t.Context()))
		require.NoError(t, letters.Put(t.Context(), ports.DeadLetter{ID: "x"}))
		require.NoError(t, subscriptions.Put(t.Context(), ports.Subscription{ID: "s"}))
		require.NoError(t, leader.Resign(t.Context()))
		_, err := rival.TryCampaign(t.Context())
		require.NoError(t, err)
		synctest.Wait()
		require.ErrorIs(t, letters.Put(t.Context(), ports.DeadLetter{ID: "y"}), ports.ErrNotLeader)
		require.ErrorIs(t, opened.Put(t.Context(), ports.DeadLetter{ID: "y"}), ports.ErrUnavailable,
			"the next leader can open it")
		_, err = subscriptions.List(t.Context())
		require.ErrorIs(t, err, ports.ErrNotLeader)
		require.NoError(t, d.Stop(t.Context()))
	})
}

// slowCheckpoints is a store whose saves take until their context ends.
type slowCheckpoints struct{ ports.CheckpointStore }

func (slowCheckpoints) Save(ctx context.Context, _ string, _ iter.Seq2[[]byte, error], _ ports.Pace) (int64, error) {
	<-ctx.Done()
	return 0, context.Cause(ctx)
}

func TestASaveEndsWithItsTerm(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var j journal
		leader := memory.NewLeader()
		d := duties(leader, &j)
		store := leadership.Checkpoints(slowCheckpoints{}, d)
		require.NoError(t, d.Start(t.Context()))
		saved := make(chan error, 1)
		go func() {
			_, err := store.Save(t.Context(), "p", records, nil)
			saved <- err
		}()
		synctest.Wait()
		require.Empty(t, saved)
		require.NoError(t, leader.Resign(t.Context()))
		require.ErrorIs(t, <-saved, ports.ErrNotLeader)
		require.NoError(t, d.Stop(t.Context()))
	})
}
