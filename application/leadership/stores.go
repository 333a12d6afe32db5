package leadership

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync"

	"github.com/onhand/onhand/ports"
)

// duringTerm is a store that is open while this process leads: in other terms another process
// changes it.
type duringTerm[S io.Closer] struct {
	mu     sync.RWMutex
	opened bool
	closed bool // by Close
	now    S
}

// store returns the open store; ErrNotLeader without a term, ErrUnavailable after Close.
func (s *duringTerm[S]) store() (now S, err error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	switch {
	case s.opened:
		return s.now, nil
	case s.closed:
		return now, fmt.Errorf("%w: closed", ports.ErrUnavailable)
	}
	return now, ports.ErrNotLeader
}

func (s *duringTerm[S]) begin(open func() (S, error)) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return fmt.Errorf("%w: closed", ports.ErrUnavailable)
	}
	now, err := open()
	if err == nil {
		s.now, s.opened = now, true
	}
	return err
}

// end closes the store, so that the next leader can open it.
func (s *duringTerm[S]) end() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.opened {
		return nil
	}
	err := s.now.Close()
	var none S
	s.now, s.opened = none, false
	return err
}

// Close ends the store for good.
func (s *duringTerm[S]) Close() error {
	err := s.end()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closed = true
	return err
}

func newDuringTerm[S io.Closer](d *Duties, open func() (S, error)) *duringTerm[S] {
	s := &duringTerm[S]{}
	d.Add(Duty{
		Begin: func(context.Context) error { return s.begin(open) },
		End:   func(context.Context) error { return s.end() },
	})
	return s
}

// DeadLetters opens a store when this process becomes the leader, and closes it when the term is
// lost. Without a term it seems to be empty, and writes to it give ErrNotLeader.
func DeadLetters(d *Duties, open func() (ports.DeadLetterStore, error)) ports.DeadLetterStore {
	return &deadLetters{newDuringTerm(d, open)}
}

type deadLetters struct {
	*duringTerm[ports.DeadLetterStore]
}

// Put implements ports.DeadLetterStore.
func (d *deadLetters) Put(ctx context.Context, letter ports.DeadLetter) error {
	s, err := d.store()
	if err != nil {
		return err
	}
	return s.Put(ctx, letter)
}

// Remove implements ports.DeadLetterStore.
func (d *deadLetters) Remove(ctx context.Context, id string) error {
	s, err := d.store()
	if err != nil {
		return err
	}
	return s.Remove(ctx, id)
}

// Get implements ports.DeadLetterStore.
func (d *deadLetters) Get(ctx context.Context, id string) (ports.DeadLetter, bool, error) {
	s, err := d.store()
	if err != nil {
		return ports.DeadLetter{}, false, emptyWithoutTerm(ctx, err)
	}
	return s.Get(ctx, id)
}

// List implements ports.DeadLetterStore.
func (d *deadLetters) List(ctx context.Context, projection, after string, n int) ([]ports.DeadLetter, error) {
	s, err := d.store()
	if err != nil {
		return nil, emptyWithoutTerm(ctx, err)
	}
	return s.List(ctx, projection, after, n)
}

// Count implements ports.DeadLetterStore.
func (d *deadLetters) Count(ctx context.Context, projection string) (int, error) {
	s, err := d.store()
	if err != nil {
		return 0, emptyWithoutTerm(ctx, err)
	}
	return s.Count(ctx, projection)
}

// emptyWithoutTerm returns the error of a read of dead letters, of which only the leader has
// any.
func emptyWithoutTerm(ctx context.Context, err error) error {
	if errors.Is(err, ports.ErrNotLeader) {
		return ctx.Err()
	}
	return err
}

// Subscriptions opens a store when this process becomes the leader, and closes it when the term
// is lost. Without a term all its methods give ErrNotLeader.
func Subscriptions(d *Duties, open func() (ports.SubscriptionStore, error)) ports.SubscriptionStore {
	return &subscriptions{newDuringTerm(d, open)}
}

type subscriptions struct {
	*duringTerm[ports.SubscriptionStore]
}

// Put implements ports.SubscriptionStore.
func (d *subscriptions) Put(ctx context.Context, s ports.Subscription) error {
	store, err := d.store()
	if err != nil {
		return err
	}
	return store.Put(ctx, s)
}

// Remove implements ports.SubscriptionStore.
func (d *subscriptions) Remove(ctx context.Context, id string) error {
	store, err := d.store()
	if err != nil {
		return err
	}
	return store.Remove(ctx, id)
}

// List implements ports.SubscriptionStore.
func (d *subscriptions) List(ctx context.Context) ([]ports.Subscription, error) {
	store, err := d.store()
	if err != nil {
		return nil, err
	}
	return store.List(ctx)
}
