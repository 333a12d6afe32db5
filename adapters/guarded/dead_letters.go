package guarded

import (
	"context"

	"github.com/onhand/onhand/ports"
)

// DeadLetters puts a breaker before the writes of a store of dead letters. It reads from
// memory.
func DeadLetters(store ports.DeadLetterStore, breaker ports.Breaker) ports.DeadLetterStore {
	return &deadLetters{DeadLetterStore: store, breaker: breaker}
}

type deadLetters struct {
	ports.DeadLetterStore
	breaker ports.Breaker
}

// Put implements ports.DeadLetterStore.
func (d *deadLetters) Put(ctx context.Context, letter ports.DeadLetter) error {
	return d.breaker.Do(ctx, func(ctx context.Context) error { return d.DeadLetterStore.Put(ctx, letter) })
}

// Remove implements ports.DeadLetterStore.
func (d *deadLetters) Remove(ctx context.Context, id string) error {
	return d.breaker.Do(ctx, func(ctx context.Context) error { return d.DeadLetterStore.Remove(ctx, id) })
}
