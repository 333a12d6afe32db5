package projection_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/onhand/onhand/application/centralview"
	"github.com/onhand/onhand/application/projection"
	"github.com/onhand/onhand/domain/deadletter"
	"github.com/onhand/onhand/domain/event"
	"github.com/onhand/onhand/ports"
)

// poisoned is a log in which the second event of "a" cannot be handled.
func poisoned(o *outside, how fault) ports.EventID {
	o.adjust("S1", "a", 5)
	o.adjust("S1", "b", 5)
	id := o.adjust("S1", "a", 7)
	o.spoil(id, how)
	o.adjust("S1", "b", 3)
	o.adjust("S1", "a", 1)
	return id
}

func TestAnEventThatCannotBeHandled(t *testing.T) {
	for name, how := range map[string]fault{
		"refuses it": refuses, "panics": panics, "hangs until its context ends": hangs, "never returns": isStuck,
		"claims nonsense": misclaims,
	} {
		inBubble(t, "is parked after some attempts if the target "+name+"; other streams continue", func(o *outside) {
			id := poisoned(o, how)
			r := o.start()
			time.Sleep(10 * time.Minute)
			status := r.Status(ctx)
			require.Equal(o, projection.Running, status.State)
			require.Equal(o, event.Position(5), status.Position)
			require.Equal(o, 1, status.DeadLetters)
			require.Zero(o, status.Retrying)
			require.Equal(o, []string{letterID(id)}, o.letterIDs())
			a, b := view(r).Get("a"), view(r).Get("b")
			require.Equal(o, int64(5), a.Totals.OnHand, "held back")
			require.Equal(o, int64(8), b.Totals.OnHand)
			letter, _, err := o.letters.Get(ctx, letterID(id))
			require.NoError(o, err)
			require.Equal(o, len(delays)+1, letter.Attempts)
			require.NotEmpty(o, letter.Cause)
			require.LessOrEqual(o, len(letter.Cause), 520)
			require.Greater(o, letter.LastAt.Sub(letter.FirstAt), 7*time.Second)
			require.Equal(o, event.Version(2), letter.Event.Version)

			o.adjust("S1", "a", 2)
			synctest.Wait()
			require.Equal(o, int64(5), view(r).Get("a").Totals.OnHand)
			o.mend()
			require.NoError(o, r.Redrive(ctx, id))
			o.agrees(r)
			require.Empty(o, o.letterIDs())
			require.ErrorIs(o, r.Redrive(ctx, id), projection.ErrNotFound)
			o.crash(r)
			r = o.start()
			o.agrees(r)
			require.Empty(o, o.letterIDs())
			o.stop(r)
		})
	}
	inBubble(t, "is no dead letter if a later attempt succeeds", func(o *outside) {
		poisoned(o, refuses)
		r := o.start()
		require.Equal(o, 1, r.Status(ctx).Retrying)
		time.Sleep(2 * time.Second)
		o.mend()
		time.Sleep(time.Minute)
		o.agrees(r)
		require.Empty(o, o.letterIDs())
		o.stop(r)
	})
	inBubble(t, "is no dead letter if the target has handled it and returns an error", func(o *outside) {
		o.adjust("S1", "a", 5)
		o.spoil(o.adjust("S1", "b", 5), complains)
		r := o.start()
		require.Zero(o, r.Status(ctx).Retrying)
		o.agrees(r)
		o.stop(r)
	})
	inBubble(t, "is tried at once by a sync", func(o *outside) {
		poisoned(o, refuses)
		r := o.start()
		o.mend()
		require.NoError(o, r.Sync(ctx))
		o.agrees(r)
		o.stop(r)
	})
	inBubble(t, "keeps its attempts over a restart", func(o *outside) {
		id := poisoned(o, refuses)
		for range len(delays) + 1 {
			r := o.start()
			require.NoError(o, r.Sync(ctx))
			o.stop(r)
		}
		require.Equal(o, []string{letterID(id)}, o.letterIDs())
	})
	inBubble(t, "is reached again by a rebuild, and parked again", func(o *outside) {
		id := poisoned(o, refuses)
		r := o.start()
		time.Sleep(time.Minute)
		require.NoError(o, r.Rebuild(ctx))
		require.Empty(o, o.letterIDs())
		time.Sleep(time.Minute)
		require.Equal(o, []string{letterID(id)}, o.letterIDs())
		o.stop(r)
	})
}

func TestADeadLetterThatIsDiscarded(t *testing.T) {
	inBubble(t, "is left out for ever, by an event in the log, and its stream continues", func(o *outside) {
		id := poisoned(o, refuses)
		r := o.start()
		time.Sleep(time.Minute)
		require.NoError(o, r.Discard(ctx, id, projection.By{Actor: "ann", RequestID: "r1"}))
		require.ErrorIs(o, r.Discard(ctx, id, projection.By{}), projection.ErrNotFound)
		require.ErrorIs(o, r.Redrive(ctx, id), projection.ErrNotFound)
		synctest.Wait()
		o.agrees(r, id)
		require.Empty(o, o.letterIDs())
		for c, err := range o.log.Commits(ctx, 5) {
			require.NoError(o, err)
			require.Equal(o, "ann", c.Actor)
			require.Equal(o, "r1", c.RequestID)
			fact, err := deadletter.Decode(c.Events[0].Type, c.Events[0].Data)
			require.NoError(o, err)
			require.Equal(o, event.Position(3), fact.Position)
			require.Equal(o, viewName, fact.Projection)
		}
		require.NoError(o, r.Rebuild(ctx))
		time.Sleep(time.Minute)
		o.agrees(r, id)
		require.Empty(o, o.letterIDs(), "the log has the decision")
		o.stop(r)
	})
	inBubble(t, "is left out after a paused projection resumes", func(o *outside) {
		id := poisoned(o, refuses)
		r := o.start()
		time.Sleep(time.Minute)
		require.NoError(o, r.Pause(ctx))
		require.NoError(o, r.Discard(ctx, id, projection.By{}))
		o.crash(r)
		r = o.start()
		require.NoError(o, r.Resume(ctx))
		synctest.Wait()
		o.agrees(r, id)
		require.Empty(o, o.letterIDs())
		o.stop(r)
	})
}

func TestManyBlockedStreams(t *testing.T) {
	inBubble(t, "make the whole projection wait, until they can be handled", func(o *outside) {
		for n := range 20 {
			o.spoil(o.adjust("S1", sku(n), 1), refuses)
		}
		r := o.start(func(_ *projection.Dependencies, opts *projection.Options) {
			opts.MaxBlocked = 3
			opts.Retry = projection.After(time.Hour, time.Hour, time.Hour)
		})
		status := r.Status(ctx)
		require.Equal(o, projection.Blocked, status.State)
		require.Equal(o, 3, status.Retrying)
		require.Contains(o, status.Detail, "poisoned")
		o.mend()
		time.Sleep(3 * time.Hour)
		o.agrees(r)
		o.stop(r)
	})
	inBubble(t, "are tried again while there is no room for another dead letter", func(o *outside) {
		o.letters.Limit = 1
		for n := range 4 {
			o.spoil(o.adjust("S1", sku(n), 1), refuses)
		}
		r := o.start(func(_ *projection.Dependencies, opts *projection.Options) { opts.MaxBlocked = 2 })
		time.Sleep(time.Hour)
		require.Equal(o, projection.Blocked, r.Status(ctx).State)
		letters, err := o.letters.List(ctx, viewName, "", 9)
		require.NoError(o, err)
		require.Len(o, letters, 1)
		o.mend()
		require.NoError(o, r.Sync(ctx))
		require.NoError(o, r.Redrive(ctx, letters[0].Event.ID()))
		time.Sleep(time.Minute)
		o.agrees(r)
		o.stop(r)
	})
}

func TestAStuckTargetDoesNotDelayAStop(t *testing.T) {
	inBubble(t, "a stop returns in time, and the next start begins at the checkpoint", func(o *outside) {
		o.adjust("S1", "a", 1)
		r := o.start()
		require.NoError(o, r.Sync(ctx))
		o.spoil(o.adjust("S1", "b", 1), isStuck)
		synctest.Wait()
		began := time.Now()
		limit, cancel := context.WithTimeout(ctx, time.Minute)
		defer cancel()
		require.NoError(o, r.Stop(limit))
		require.Less(o, time.Since(began), 10*time.Second)
		require.ErrorIs(o, r.Sync(ctx), projection.ErrStopped)
		o.mend()
		r = o.start()
		o.agrees(r)
		o.stop(r)
	})
}

// TestTheFixturesFold checks that the comparison of the other tests can fail.
func TestTheFixturesFold(t *testing.T) {
	inBubble(t, "a fold without an event differs", func(o *outside) {
		id := o.adjust("S1", "a", 5)
		require.NotEmpty(o, o.fold().Diff(o.fold(id)))
		require.Empty(o, o.fold(id).Diff(centralview.New()))
	})
}
