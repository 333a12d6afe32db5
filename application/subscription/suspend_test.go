package subscription_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/onhand/onhand/adapters/memory"
	"github.com/onhand/onhand/application/subscription"
	"github.com/onhand/onhand/ports"
)

func TestAManagerThatIsSuspendedRunsNothingUntilItStarts(t *testing.T) {
	store := &memory.SubscriptionStore{}
	w := begin(t, store)
	first := w.create(t, subscription.CreateWebhook{})
	require.NoError(t, w.Suspend(ctx))
	require.Equal(t, "pause webhook-"+first.ID, w.runners.heard())
	require.Empty(t, w.List())
	// by the next leader
	require.NoError(t, store.Put(ctx, ports.Subscription{ID: "x", URL: "https://shop.example/hook", After: 7}))
	require.NoError(t, store.Remove(ctx, first.ID))
	require.NoError(t, w.Start(ctx))
	require.Equal(t, "run webhook-x after 7", w.runners.heard())
	require.Len(t, w.List(), 1)
}

// stuck is runners that cannot be paused.
type stuck struct {
	subscription.Runners
	err error
}

func (s *stuck) Run(subscription.Run)                {}
func (s *stuck) Pause(context.Context, string) error { return s.err }

func TestARunnerThatIsStuckIsPausedByTheNextSuspend(t *testing.T) {
	store := &memory.SubscriptionStore{}
	require.NoError(t, store.Put(ctx, ports.Subscription{ID: "x", URL: "https://shop.example/hook"}))
	runners := &stuck{err: errors.New("stuck")}
	m := subscription.NewManager(subscription.Options{
		Store: store, Runners: runners, Connect: func(func() ports.Subscription) ports.Publisher { return &memory.Publisher{} },
		Now: time.Now,
	})
	require.NoError(t, m.Start(ctx))
	require.ErrorIs(t, m.Suspend(ctx), runners.err)
	require.Len(t, m.List(), 1)
	runners.err = nil
	require.NoError(t, m.Suspend(ctx))
	require.Empty(t, m.List())
}
