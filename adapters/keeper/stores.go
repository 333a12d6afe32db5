package keeper

import (
	"context"
	"iter"
	"sync"

	"github.com/onhand/onhand/ports"
)

// Checkpoints saves only where this process is the keeper. Elsewhere a save does
// nothing: a projection that only this process has need not be found again.
func Checkpoints(store ports.CheckpointStore, k *Keeper) ports.CheckpointStore {
	return checkpoints{store, k}
}

type checkpoints struct {
	ports.CheckpointStore
	keeper *Keeper
}

func (c checkpoints) Save(ctx context.Context, name string, records iter.Seq2[[]byte, error], pace ports.Pace) (int64, error) {
	if !c.keeper.Keeps() {
		return 0, nil
	}
	return c.CheckpointStore.Save(ctx, name, records, pace)
}

func (c checkpoints) Delete(ctx context.Context, name string) error {
	if !c.keeper.Keeps() {
		return nil
	}
	return c.CheckpointStore.Delete(ctx, name)
}

// later is a store that is opened when this process becomes the keeper: another one
// changed it until then.
type later[S any] struct {
	mu   sync.RWMutex
	open bool
	now  S
}

func (l *later[S]) store() (now S, open bool) {
	l.mu.RLock()
	defer l.mu.RUnlock()
	return l.now, l.open
}

func laterOf[S any](k *Keeper, open func() (S, error)) *later[S] {
	l := &later[S]{}
	k.Duty(func(context.Context) error {
		now, err := open()
		if err != nil {
			return err
		}
		l.mu.Lock()
		defer l.mu.Unlock()
		l.now, l.open = now, true
		return nil
	})
	return l
}

// DeadLetters opens a store when this process becomes the keeper. Before that it seems
// to be empty, and cannot be written to.
func DeadLetters(k *Keeper, open func() (ports.DeadLetterStore, error)) ports.DeadLetterStore {
	return &deadLetters{laterOf(k, open)}
}

type deadLetters struct{ *later[ports.DeadLetterStore] }

func (d *deadLetters) Put(ctx context.Context, letter ports.DeadLetter) error {
	if s, open := d.store(); open {
		return s.Put(ctx, letter)
	}
	return ports.ErrNotLeader
}

func (d *deadLetters) Remove(ctx context.Context, id string) error {
	if s, open := d.store(); open {
		return s.Remove(ctx, id)
	}
	return ports.ErrNotLeader
}

func (d *deadLetters) Get(ctx context.Context, id string) (ports.DeadLetter, bool, error) {
	if s, open := d.store(); open {
		return s.Get(ctx, id)
	}
	return ports.DeadLetter{}, false, ctx.Err()
}

func (d *deadLetters) List(ctx context.Context, projection, after string, n int) ([]ports.DeadLetter, error) {
	if s, open := d.store(); open {
		return s.List(ctx, projection, after, n)
	}
	return nil, ctx.Err()
}

func (d *deadLetters) Count(ctx context.Context, projection string) (int, error) {
	if s, open := d.store(); open {
		return s.Count(ctx, projection)
	}
	return 0, ctx.Err()
}

// Subscriptions opens a store when this process becomes the keeper. Before that it is
// none of its own.
func Subscriptions(k *Keeper, open func() (ports.SubscriptionStore, error)) ports.SubscriptionStore {
	return &subscriptions{laterOf(k, open)}
}

type subscriptions struct {
	*later[ports.SubscriptionStore]
}

func (d *subscriptions) Put(ctx context.Context, s ports.Subscription) error {
	if store, open := d.store(); open {
		return store.Put(ctx, s)
	}
	return ports.ErrNotLeader
}

func (d *subscriptions) Remove(ctx context.Context, id string) error {
	if store, open := d.store(); open {
		return store.Remove(ctx, id)
	}
	return ports.ErrNotLeader
}

func (d *subscriptions) List(ctx context.Context) ([]ports.Subscription, error) {
	if store, open := d.store(); open {
		return store.List(ctx)
	}
	return nil, ports.ErrNotLeader
}
