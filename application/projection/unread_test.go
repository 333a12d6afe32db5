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
