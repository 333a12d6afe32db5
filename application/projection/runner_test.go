package projection_test

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/onhand/onhand/application/ledger"
	"github.com/onhand/onhand/application/projection"
	"github.com/onhand/onhand/domain/event"
	"github.com/onhand/onhand/ports"
)

var ctx = context.Background()

func TestARunnerFollowsTheLog(t *testing.T) {
	inBubble(t, "old and new events are handled once, in order", func(o *outside) {
		for n := range 20 {
			o.adjust("S1", sku(n%3), 5)
		}
		r := o.start()
		o.adjust("S2", sku(1), 7)
		synctest.Wait()
		o.agrees(r)
		require.Len(o, o.calls, 21)
		for n, id := range o.calls {
			require.Equal(o, event.Position(n+1), id.Position)
		}
		o.stop(r)
	})
	inBubble(t, "after a stop it continues at its position", func(o *outside) {
		o.adjust("S1", "a", 5)
		r := o.start()
		o.stop(r)
		o.adjust("S1", "a", 2)
		r = o.start()
		o.agrees(r)
		require.Len(o, o.calls, 2, "no event was handled twice")
		o.stop(r)
	})
	inBubble(t, "a stop in the middle of a batch keeps the events that were handled", func(o *outside) {
		o.adjust("S1", "a", 5)
		o.spoil(o.adjust("S1", "b", 5), hangs)
		sideBySide := func(_ *projection.Dependencies, opts *projection.Options) {
			opts.Parallel, opts.Timeout = 2, time.Hour
		}
		r := o.start(sideBySide)
		o.stop(r)
		o.mend()
		r = o.start(sideBySide)
		o.agrees(r)
		require.Len(o, o.calls, 3, "only the second was tried twice")
		o.stop(r)
	})
	inBubble(t, "after a crash it begins at the checkpoint, and each event has one effect", func(o *outside) {
		o.adjust("S1", "a", 5)
		r := o.start()
		require.NoError(o, r.Sync(ctx))
		o.adjust("S1", "a", 2)
		synctest.Wait()
		o.crash(r)
		r = o.start()
		o.agrees(r)
		require.Len(o, o.calls, 3, "the second was handled twice, the first was not")
		o.stop(r)
	})
	inBubble(t, "a rebuild handles everything again, and readers keep the old view meanwhile", func(o *outside) {
		for n := range 30 {
			o.adjust("S1", sku(n), 1)
		}
		r := o.start()
		before := view(r)
		require.NoError(o, r.Rebuild(ctx))
		synctest.Wait()
		require.NotSame(o, before, view(r))
		require.Len(o, o.calls, 60)
		o.agrees(r)
		o.stop(r)
	})
	inBubble(t, "a checkpoint of a longer log is not used", func(o *outside) {
		o.adjust("S1", "a", 5)
		r := o.start()
		o.stop(r)
		shorter := newOutside(o.T)
		shorter.checkpoints = o.checkpoints
		r = shorter.start()
		shorter.agrees(r)
		shorter.adjust("S1", "a", 3)
		synctest.Wait()
		shorter.agrees(r)
		shorter.stop(r)
		require.NotEmpty(o, shorter.incidents)
	})
}

func TestACheckpointOfAnotherLog(t *testing.T) {
	inBubble(t, "is not used for a view, even if that log is no shorter", func(o *outside) {
		o.adjust("S1", "a", 5)
		r := o.start()
		o.stop(r)
		time.Sleep(time.Second)
		other := newOutside(o.T)
		other.checkpoints = o.checkpoints
		other.adjust("S1", "b", 7)
		other.adjust("S1", "b", 7)
		r = other.start()
		other.agrees(r)
		require.Len(o, other.incidents, 1)
		other.stop(r)
	})
}

func TestPauseAndResume(t *testing.T) {
	inBubble(t, "a paused projection rests, also after a restart, and continues at its position", func(o *outside) {
		o.adjust("S1", "a", 5)
		r := o.start()
		require.NoError(o, r.Pause(ctx))
		o.adjust("S1", "a", 2)
		time.Sleep(time.Minute)
		status := r.Status(ctx)
		require.Equal(o, projection.Paused, status.State)
		require.Equal(o, int64(1), status.Lag)
		require.Equal(o, time.Minute, status.Behind)
		o.crash(r)
		r = o.start()
		require.Equal(o, projection.Paused, r.Status(ctx).State)
		require.Equal(o, event.Position(1), r.Status(ctx).Position)
		require.NoError(o, r.Resume(ctx))
		synctest.Wait()
		o.agrees(r)
		require.Equal(o, projection.Running, r.Status(ctx).State)
		o.stop(r)
	})
	inBubble(t, "a sync does not wait for a paused projection", func(o *outside) {
		r := o.start()
		require.NoError(o, r.Pause(ctx))
		o.adjust("S1", "a", 2)
		require.NoError(o, r.Sync(ctx))
		require.Equal(o, event.Position(0), r.Status(ctx).Position)
		o.stop(r)
	})
}

func TestARequestToABusyRunner(t *testing.T) {
	inBubble(t, "is withdrawn if it was not begun, and a sync just stops waiting", func(o *outside) {
		o.spoil(o.adjust("S1", "a", 5), hangs)
		r := o.start()
		short, cancel := context.WithTimeout(ctx, time.Second)
		defer cancel()
		require.ErrorIs(o, r.Pause(short), context.DeadlineExceeded)
		require.NoError(o, r.Sync(short))
		o.mend()
		time.Sleep(time.Minute)
		require.Equal(o, projection.Running, r.Status(ctx).State, "it was never paused")
		o.agrees(r)
		o.stop(r)
	})
}

func TestWaitingForAPosition(t *testing.T) {
	inBubble(t, "ends when the view is there, or says that it lags", func(o *outside) {
		r := o.start()
		short, cancel := context.WithTimeout(ctx, time.Second)
		defer cancel()
		require.ErrorIs(o, r.WaitFor(short, 1), ledger.ErrBehind)
		reached := make(chan error, 1)
		go func() { reached <- r.WaitFor(ctx, 2) }()
		o.adjust("S1", "a", 2)
		synctest.Wait()
		require.Empty(o, reached)
		o.adjust("S1", "a", 2)
		require.NoError(o, <-reached)
		o.stop(r)
	})
}

func TestFaultsAroundARunner(t *testing.T) {
	inBubble(t, "a checkpoint that cannot be saved is reported once and saved later", func(o *outside) {
		f := &failing{left: 0}
		r := o.start(through(f), func(_ *projection.Dependencies, opts *projection.Options) { opts.SaveAfter = time.Second })
		for range 5 {
			o.adjust("S1", "a", 2)
			time.Sleep(3 * time.Second)
		}
		require.Len(o, o.incidents, 1)
		f.mu.Lock()
		f.left = -1
		f.mu.Unlock()
		o.adjust("S1", "a", 2)
		time.Sleep(3 * time.Second)
		o.crash(r)
		r = o.start()
		o.agrees(r)
		require.Len(o, o.calls, 6, "the checkpoint was saved")
		o.stop(r)
	})
	inBubble(t, "a log that cannot be read is tried again", func(o *outside) {
		r := o.start()
		o.adjust("S1", "a", 2)
		synctest.Wait()
		require.NoError(o, o.log.Close())
		synctest.Wait()
		time.Sleep(10 * time.Second)
		require.Len(o, o.incidents, 1)
		o.log.Reopen()
		o.adjust("S1", "a", 2)
		time.Sleep(10 * time.Second)
		o.agrees(r)
		o.stop(r)
	})
	inBubble(t, "a checkpoint that cannot be loaded is tried again", func(o *outside) {
		o.adjust("S1", "a", 2)
		broken := &unreadable{CheckpointStore: o.checkpoints}
		broken.is.Store(true)
		r := o.start(func(w *projection.Dependencies, _ *projection.Options) { w.Checkpoints = broken })
		require.Nil(o, r.Target())
		broken.is.Store(false)
		time.Sleep(10 * time.Second)
		o.agrees(r)
		o.stop(r)
	})
}

// unreadable is a store whose checkpoints cannot be loaded.
type unreadable struct {
	ports.CheckpointStore
	is atomic.Bool
}

func (u *unreadable) List(ctx context.Context, name string) ([]ports.CheckpointInfo, error) {
	if u.is.Load() {
		return nil, errors.New("no disk")
	}
	return u.CheckpointStore.List(ctx, name)
}
