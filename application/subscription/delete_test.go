package subscription_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/onhand/onhand/adapters/memory"
	"github.com/onhand/onhand/ports"
)

// No client could reach the dead letters of a webhook whose deletion a crash interrupted.
func TestAnInterruptedDeletionIsCompletedAtTheNextStart(t *testing.T) {
	store := &memory.SubscriptionStore{}
	require.NoError(t,
		store.Put(ctx, ports.Subscription{ID: "half", URL: "https://shop.example/hook", Disabled: "deleted"}))
	w := begin(t, store)
	require.Equal(t, "end webhook-half", w.runners.heard())
	require.Empty(t, w.List())
	left, err := store.List(ctx)
	require.NoError(t, err)
	require.Empty(t, left)
}
