package projection_test

import (
	"context"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/onhand/onhand/application/projection"
	"github.com/onhand/onhand/domain/event"
	"github.com/onhand/onhand/ports"
)

// receiver is a publisher that records the events that it was given.
type receiver struct {
	o  *outside
	mu sync.Mutex

	got     []ports.StreamEvent
	atWork  atomic.Int32
	most    atomic.Int32 // of atWork
	asked   atomic.Int32
	refusal error // of everything
}

func (p *receiver) Publish(ctx context.Context, events []ports.StreamEvent) (int, error) {
	p.asked.Add(1)
	p.most.Store(max(p.most.Load(), p.atWork.Add(1)))
	defer p.atWork.Add(-1)
	for i, e := range events {
		time.Sleep(time.Millisecond)
		p.o.mu.Lock()
		how := p.o.wrong[e.ID()]
		p.o.mu.Unlock()
		p.mu.Lock()
		refusal := p.refusal
		if how == 0 && refusal == nil {
			p.got = append(p.got, e)
		}
		p.mu.Unlock()
		switch {
		case how == panics:
			panic("swordfish")
		case how == isGone:
			return i, ports.ErrGone
		case how > 0:
			return i, &ports.DeliveryError{Status: 500, Reason: "poisoned"}
		case refusal != nil:
			return i, refusal
		}
	}
	return len(events), nil
}

func (p *receiver) refuse(all error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.refusal = all
}

// positions returns the positions of the events that were received.
func (p *receiver) positions() []event.Position {
	p.mu.Lock()
	defer p.mu.Unlock()
	var list []event.Position
	for _, e := range p.got {
		list = append(list, e.Position)
	}
	return list
}

// inOrder checks that each stream came in order, and each event once.
func (p *receiver) inOrder(t require.TestingT, events int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	require.Len(t, p.got, events)
	last := map[event.StreamID]event.Version{}
	for _, e := range p.got {
		require.Equal(t, last[e.Stream]+1, e.Version, "of %s", e.Stream)
		last[e.Stream] = e.Version
	}
}

// publishing makes the target a publisher.
func publishing(p *receiver, change func(*projection.Options)) func(*projection.Dependencies, *projection.Options) {
	return func(_ *projection.Dependencies, opts *projection.Options) {
		opts.New = projection.Publish(p)
		opts.SaveAfter = time.Second
		opts.Parallel = 3
		if change != nil {
			change(opts)
		}
	}
}

func TestAPublisher(t *testing.T) {
	inBubble(t, "gets every event once, each stream in order, several streams at a time", func(o *outside) {
		p := &receiver{o: o}
		for n := range 60 {
			o.adjust("S1", sku(n%7), 1)
		}
		r := o.start(publishing(p, nil))
		time.Sleep(time.Minute)
		p.inOrder(o, 60)
		require.Equal(o, int32(3), p.most.Load())
		o.crash(r)
		r = o.start(publishing(p, nil))
		o.adjust("S1", sku(0), 1)
		time.Sleep(time.Minute)
		p.inOrder(o, 61)
		o.stop(r)
	})
	inBubble(t, "gets the events that it wants, from the position that it wants", func(o *outside) {
		p := &receiver{o: o}
		for n := range 10 {
			o.adjust("S1", sku(n), 1)
		}
		r := o.start(publishing(p, func(opts *projection.Options) {
			opts.From = 4
			opts.Wants = func(e *ports.StreamEvent) bool { return e.Position%2 == 0 }
		}))
		time.Sleep(time.Minute)
		got := p.positions()
		slices.Sort(got)
		require.Equal(o, []event.Position{6, 8, 10}, got)
		require.Equal(o, event.Position(10), r.Status(ctx).Position)
		o.stop(r)
	})
	for name, how := range map[string]fault{"is refused": refuses, "makes it panic": panics} {
		inBubble(t, "that an event "+name+" gets the other streams, and the rest after a redrive", func(o *outside) {
			p := &receiver{o: o}
			id := poisoned(o, how)
			r := o.start(publishing(p, nil))
			time.Sleep(time.Hour)
			require.Equal(o, []string{letterID(id)}, o.letterIDs())
			seen := p.positions()
			slices.Sort(seen)
			require.Equal(o, []event.Position{1, 2, 4}, slices.Compact(seen))
			o.mend()
			require.NoError(o, r.Redrive(ctx, id))
			all := p.positions()
			require.Equal(o, []event.Position{3, 5}, all[len(all)-2:])
			o.stop(r)
		})
	}
	inBubble(t, "that is down is called for a few streams only, and gets everything when it is up", func(o *outside) {
		p := &receiver{o: o, refusal: &ports.DeliveryError{Reason: "down"}}
		for n := range 40 {
			o.adjust("S1", sku(n%20), 1)
		}
		r := o.start(publishing(p, func(opts *projection.Options) {
			opts.MaxBlocked, opts.Batch = 4, 6
			opts.Retry = projection.After(time.Hour, 2*time.Hour, 4*time.Hour, 8*time.Hour)
		}))
		time.Sleep(30 * time.Minute)
		status := r.Status(ctx)
		require.Equal(o, projection.Blocked, status.State)
		require.LessOrEqual(o, status.Retrying, 6)
		require.Contains(o, status.Detail, "down")
		p.refuse(nil)
		time.Sleep(time.Hour)
		p.inOrder(o, 40)
		require.Empty(o, o.letterIDs())
		o.stop(r)
	})
	inBubble(t, "is not called before the time that it names", func(o *outside) {
		p := &receiver{o: o, refusal: &ports.DeliveryError{Status: 429, RetryAfter: time.Hour}}
		o.adjust("S1", "a", 1)
		r := o.start(publishing(p, nil))
		time.Sleep(59 * time.Minute)
		p.refuse(nil)
		require.Empty(o, p.positions())
		time.Sleep(2 * time.Minute)
		p.inOrder(o, 1)
		o.stop(r)
	})
	inBubble(t, "that wants no more events gets none until a restart", func(o *outside) {
		p := &receiver{o: o, refusal: ports.ErrGone}
		o.adjust("S1", "a", 1)
		r := o.start(publishing(p, nil))
		time.Sleep(time.Hour)
		require.Equal(o, projection.Blocked, r.Status(ctx).State)
		require.Equal(o, ports.ErrGone.Error(), r.Status(ctx).Detail)
		p.refuse(nil)
		time.Sleep(time.Hour)
		require.Empty(o, p.positions())
		o.stop(r)
		r = o.start(publishing(p, nil))
		time.Sleep(time.Minute)
		p.inOrder(o, 1)
		o.stop(r)
	})
	inBubble(t, "does not get again the events of a log that was longer", func(o *outside) {
		p := &receiver{o: o}
		for range 5 {
			o.adjust("S1", "a", 1)
		}
		r := o.start(publishing(p, nil))
		time.Sleep(time.Minute)
		o.stop(r)
		shorter := newOutside(o.T)
		shorter.checkpoints = o.checkpoints
		for range 3 {
			shorter.adjust("S1", "a", 1)
		}
		r = shorter.start(publishing(p, nil))
		shorter.adjust("S1", "a", 1)
		time.Sleep(time.Minute)
		require.Equal(o, []event.Position{1, 2, 3, 4, 5, 4}, p.positions())
		require.NotEmpty(o, shorter.incidents)
		shorter.stop(r)
	})
	inBubble(t, "that wants the order of the log waits with everything for a refused event", func(o *outside) {
		p := &receiver{o: o}
		id := poisoned(o, refuses)
		r := o.start(publishing(p, func(opts *projection.Options) { opts.Together, opts.Parallel = true, 0 }))
		time.Sleep(24 * time.Hour)
		require.Equal(o, []event.Position{1, 2}, p.positions())
		require.Equal(o, projection.Blocked, r.Status(ctx).State)
		require.Contains(o, r.Status(ctx).Detail, "poisoned")
		require.Empty(o, o.letterIDs())
		require.Len(o, o.incidents, 1, "it is reported once")
		o.mend()
		time.Sleep(time.Minute)
		require.Equal(o, []event.Position{1, 2, 3, 4, 5}, p.positions())
		require.Equal(o, projection.Running, r.Status(ctx).State)
		require.ErrorIs(o, r.Redrive(ctx, id), projection.ErrNotFound)
		o.stop(r)
	})
}
