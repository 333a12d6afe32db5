package projection_test

import (
	"context"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/onhand/onhand/application/projection"
	"github.com/onhand/onhand/ports"
)

var down = &ports.DeliveryError{Status: 503, Reason: "down"}

func TestABreakerThatRefuses(t *testing.T) {
	for name, change := range map[string]func(*projection.Options){
		"stream by stream": nil,
		"in one row":       func(opts *projection.Options) { opts.Together, opts.Parallel = true, 1 },
	} {
		inBubble(t, "is called again at the time that it names, which is no attempt: "+name, func(o *outside) {
			p := &receiver{o: o, refusal: shut}
			for n := range 40 {
				o.adjust("S1", sku(n%20), 1)
			}
			r := o.start(publishing(p, change))
			asked := p.asked.Load()
			time.Sleep(time.Hour)
			require.LessOrEqual(o, p.asked.Load()-asked, int32(8*2*60), "a batch twice a minute")
			status := r.Status(ctx)
			require.Equal(o, projection.Blocked, status.State)
			require.Contains(o, status.Detail, `"receiver" is open`)
			require.Zero(o, status.Retrying)
			require.Empty(o, o.letterIDs())
			p.refuse(nil)
			time.Sleep(31 * time.Second)
			p.inOrder(o, 40)
			require.Equal(o, projection.Running, r.Status(ctx).State)
			o.stop(r)
		})
	}
	inBubble(t, "for days makes no dead letters of earlier failures, nor of new events", func(o *outside) {
		p := &receiver{o: o, refusal: down}
		for n := range 6 {
			o.adjust("S1", sku(n%3), 1)
		}
		r := o.start(publishing(p, nil))
		time.Sleep(2 * time.Second) // each has failed twice
		p.refuse(shut)
		o.adjust("S1", sku(3), 1)
		time.Sleep(72 * time.Hour)
		require.Equal(o, 3, r.Status(ctx).Retrying)
		require.Empty(o, o.letterIDs())
		p.refuse(nil)
		time.Sleep(31 * time.Second)
		p.inOrder(o, 7)
		o.stop(r)
	})
	inBubble(t, "counts no attempt: an event gets as many attempts as ever", func(o *outside) {
		p := &receiver{o: o, refusal: down}
		id := o.adjust("S1", "a", 1)
		r := o.start(publishing(p, nil))
		for range 2 * len(delays) { // now and then it allows one call
			time.Sleep(10 * time.Second)
			p.refuse(shut)
			time.Sleep(time.Hour)
			p.refuse(down)
		}
		time.Sleep(time.Hour)
		letter, found, err := o.letters.Get(ctx, letterID(id))
		require.NoError(o, err)
		require.True(o, found)
		require.Equal(o, len(delays)+1, letter.Attempts)
		o.stop(r)
	})
	inBubble(t, "refuses a redrive, too; the dead letter stays as it is", func(o *outside) {
		id := poisoned(o, refuses)
		r := o.start()
		time.Sleep(time.Minute)
		before, _, err := o.letters.Get(ctx, letterID(id))
		require.NoError(o, err)
		o.spoil(id, isShut)
		require.ErrorIs(o, r.Redrive(ctx, id), shut)
		after, _, err := o.letters.Get(ctx, letterID(id))
		require.NoError(o, err)
		require.Equal(o, before, after)
		o.adjust("S9", "z", 1)
		o.mend()
		require.NoError(o, r.Redrive(ctx, id))
		time.Sleep(time.Minute)
		o.agrees(r)
		o.stop(r)
	})
	inBubble(t, "is called at once by a sync", func(o *outside) {
		p := &receiver{o: o, refusal: shut}
		o.adjust("S1", "a", 1)
		r := o.start(publishing(p, nil))
		asked := p.asked.Load()
		require.NoError(o, r.Sync(ctx))
		require.Greater(o, p.asked.Load(), asked)
		p.refuse(nil)
		require.NoError(o, r.Sync(ctx))
		p.inOrder(o, 1)
		o.stop(r)
	})
	inBubble(t, "to save checkpoints is called again later, without haste, and delays no event", func(o *outside) {
		p := &receiver{o: o}
		refused := &shutCheckpoints{CheckpointStore: o.checkpoints}
		r := o.start(publishing(p, nil), func(w *projection.Dependencies, _ *projection.Options) { w.Checkpoints = refused })
		for range 60 {
			o.adjust("S1", "a", 1)
			time.Sleep(time.Minute)
		}
		p.inOrder(o, 60)
		require.LessOrEqual(o, refused.asked.Load(), int32(3700), "about once a second")
		o.mu.Lock()
		require.Len(o, o.incidents, 1, "reported once")
		o.mu.Unlock()
		require.ErrorIs(o, r.Pause(ctx), shut)
		refused.works.Store(true)
		time.Sleep(time.Minute)
		o.stop(r)
		r = o.start(publishing(p, nil))
		p.inOrder(o, 60)
		o.stop(r)
	})
}

// shutCheckpoints is a store with a breaker that refuses saves.
type shutCheckpoints struct {
	ports.CheckpointStore
	asked atomic.Int32
	works atomic.Bool
}

func (s *shutCheckpoints) Save(ctx context.Context, name string, r records, pace ports.Pace) (int64, error) {
	s.asked.Add(1)
	if !s.works.Load() {
		return 0, shut
	}
	return s.CheckpointStore.Save(ctx, name, r, pace)
}
