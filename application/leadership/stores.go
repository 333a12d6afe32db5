package leadership

import (
	"context"
	"sync"

	"github.com/onhand/onhand/ports"
)

// duringTerm is a store that is open while this process leads: in other terms another process
// changes it.
type duringTerm[S any] struct {
	mu     sync.RWMutex
	opened bool
	now    S
}

func (s *duringTerm[S]) store() (now S, opened bool) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.now, s.opened
}

func (s *duringTerm[S]) set(now S, opened bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.now, s.opened = now, opened
}

func newDuringTerm[S any](d *Duties, open func() (S, error)) *duringTerm[S] {
	s := &duringTerm[S]{}
	d.Add(Duty{
		Begin: func(context.Context) error {
			now, err := open()
			if err == nil {
				s.set(now, true)
			}
			return err
		},
		End: func(context.Context) error {
			var none S
			s.set(none, false)
			return nil
		},
	})
	return s
}

// DeadLetters opens a store when this process becomes the leader. Without a term it seems to
// be empty, and writes to it give ErrNotLeader.
func DeadLetters(d *Duties, open func() (ports.DeadLetterStore, error)) ports.DeadLetterStore {
	return &deadLetters{newDuringTerm(d, open)}
}

type deadLetters struct {
	*duringTerm[ports.DeadLetterStore]
}

// Put implements ports.DeadLetterStore.
func (d *deadLetters) Put(ctx context.Context, letter ports.DeadLetter) error {
	if s, opened := d.store(); opened {
		return s.Put(ctx, letter)
	}
	return ports.ErrNotLeader
}

// Remove implements ports.DeadLetterStore.
func (d *deadLetters) Remove(ctx context.Context, id string) error {
	if s, opened := d.store(); opened {
		return s.Remove(ctx, id)
	}
	return ports.ErrNotLeader
}

// Get implements ports.DeadLetterStore.
func (d *deadLetters) Get(ctx context.Context, id string) (ports.DeadLetter, bool, error) {
	if s, opened := d.store(); opened {
		return s.Get(ctx, id)
	}
	return ports.DeadLetter{}, false, ctx.Err()
}

// List implements ports.DeadLetterStore.
func (d *deadLetters) List(ctx context.Context, projection, after string, n int) ([]ports.DeadLetter, error) {
	if s, opened := d.store(); opened {
		return s.List(ctx, projection, after, n)
	}
	return nil, ctx.Err()
}

// Count implements ports.DeadLetterStore.
func (d *deadLetters) Count(ctx context.Context, projection string) (int, error) {
	if s, opened := d.store(); opened {
		return s.Count(ctx, projection)
	}
	return 0, ctx.Err()
}

// Subscriptions opens a store when this process becomes the leader. Without a term all its
// methods give ErrNotLeader.
func Subscriptions(d *Duties, open func() (ports.SubscriptionStore, error)) ports.SubscriptionStore {
	return &subscriptions{newDuringTerm(d, open)}
}

type subscriptions struct {
	*duringTerm[ports.SubscriptionStore]
}

// Put implements ports.SubscriptionStore.
func (d *subscriptions) Put(ctx context.Context, s ports.Subscription) error {
	if store, opened := d.store(); opened {
		return store.Put(ctx, s)
	}
	return ports.ErrNotLeader
}

// Remove implements ports.SubscriptionStore.
func (d *subscriptions) Remove(ctx context.Context, id string) error {
	if store, opened := d.store(); opened {
		return store.Remove(ctx, id)
	}
	return ports.ErrNotLeader
}

// List implements ports.SubscriptionStore.
func (d *subscriptions) List(ctx context.Context) ([]ports.Subscription, error) {
	if store, opened := d.store(); opened {
		return store.List(ctx)
	}
	return nil, ports.ErrNotLeader
}
