package projection_test

import (
	"context"
	"errors"
	"iter"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/onhand/onhand/application/projection"
	"github.com/onhand/onhand/domain/event"
	"github.com/onhand/onhand/ports"
)

// counted counts the permits that are held.
func counted(inside *atomic.Int32) func(*projection.Dependencies, *projection.Options) {
	return func(_ *projection.Dependencies, opts *projection.Options) {
		opts.Permit = func(context.Context) (func(), error) {
			inside.Add(1)
			return func() { inside.Add(-1) }, nil
		}
	}
}

func TestAPermitIsHeldUntilTheCallHasReallyEnded(t *testing.T) {
	for name, how := range map[string]fault{
		"handles": 0, "refuses": refuses, "panics": panics, "hangs until its context ends": hangs, "claims too much": misclaims,
	} {
		inBubble(t, "one that "+name, func(o *outside) {
			var inside atomic.Int32
			o.spoil(o.adjust("S1", "a", 1), how)
			r := o.start(counted(&inside))
			time.Sleep(time.Minute)
			require.Zero(o, inside.Load())
			o.stop(r)
			require.NotEmpty(o, o.calls)
		})
	}
	var inside atomic.Int32
	inBubble(t, "one that does not return", func(o *outside) {
		o.spoil(o.adjust("S1", "a", 1), isStuck)
		r := o.start(counted(&inside))
		time.Sleep(time.Minute) // all attempts are over, and the runner does not wait for them
		synctest.Wait()
		require.Equal(o, len(o.calls), int(inside.Load()))
		o.stop(r)
		require.Positive(o, inside.Load())
	})
	require.Zero(t, inside.Load(), "the bubble ends after all calls have returned")
}

func TestARunnerThatWaitsForAPermitCanBeStopped(t *testing.T) {
	inBubble(t, "and handles nothing", func(o *outside) {
		o.adjust("S1", "a", 1)
		r := o.start(func(_ *projection.Dependencies, opts *projection.Options) {
			opts.Permit = func(ctx context.Context) (func(), error) {
				<-ctx.Done()
				return nil, ctx.Err()
			}
		})
		o.stop(r)
		require.Empty(o, o.calls)
	})
}

// unread is a feed that cannot be read for a while.
type unread struct {
	ports.EventFeed
	broken atomic.Bool
}

func (u *unread) Commits(ctx context.Context, after event.Position) iter.Seq2[ports.Recorded, error] {
	if u.broken.Load() {
		return func(yield func(ports.Recorded, error) bool) { yield(ports.Recorded{}, errors.New("EIO")) }
	}
	return u.EventFeed.Commits(ctx, after)
}

func TestAProjectionThatCannotReadTheLogSaysSo(t *testing.T) {
	inBubble(t, "and not an earlier fault", func(o *outside) {
		log := &unread{EventFeed: o.log}
		p := &receiver{o: o, refusal: shut}
		o.adjust("S1", "a", 1)
		r := o.start(publishing(p, nil), func(w *projection.Dependencies, _ *projection.Options) { w.Feed = log })
		time.Sleep(time.Second)
		require.Contains(o, r.Status(ctx).Detail, `"receiver" is open`)
		p.refuse(nil)
		time.Sleep(31 * time.Second)
		require.Equal(o, projection.Running, r.Status(ctx).State)
		log.broken.Store(true)
		o.adjust("S1", "a", 1)
		synctest.Wait()
		require.Equal(o, projection.Blocked, r.Status(ctx).State)
		require.Contains(o, r.Status(ctx).Detail, "EIO")
		log.broken.Store(false)
		time.Sleep(time.Minute)
		require.Equal(o, projection.Running, r.Status(ctx).State)
		p.inOrder(o, 2)
		o.stop(r)
	})
}
