package feed_test

import (
	"context"
	"iter"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/onhand/onhand/adapters/memory"
	"github.com/onhand/onhand/application/feed"
	"github.com/onhand/onhand/domain/event"
	"github.com/onhand/onhand/ports"
	"github.com/onhand/onhand/ports/eventstoretest"
)

// tailed is a store with a feed that is read through a Tail.
type tailed struct {
	*memory.EventStore
	tail *feed.Tail
}

func (s tailed) Commits(ctx context.Context, after event.Position) iter.Seq2[ports.Recorded, error] {
	return s.tail.Commits(ctx, after)
}

func (s tailed) Grown(after event.Position) <-chan struct{} { return s.tail.Grown(after) }

// TestATailIsAFeedLikeTheLog runs the contract with a ring that is always too
// small, and with one that holds everything.
func TestATailIsAFeedLikeTheLog(t *testing.T) {
	for name, commits := range map[string]int{"tiny ring": 3, "large ring": 0} {
		t.Run(name, func(t *testing.T) {
			eventstoretest.Run(t, func(t *testing.T) eventstoretest.Subject {
				store := memory.NewEventStore(eventstoretest.KeyTTL, time.Now)
				tail := feed.NewTail(store, func() event.Position { return store.Head().Position },
					feed.Options{Commits: commits, Rest: time.Millisecond})
				tail.Start(t.Context())
				t.Cleanup(func() { require.NoError(t, tail.Stop(context.Background())) })
				subject := tailed{store, tail}
				return eventstoretest.Subject{Store: subject, Reopen: func() eventstoretest.Store {
					store.Reopen()
					return subject
				}}
			})
		})
	}
}
