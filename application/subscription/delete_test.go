package subscription_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/onhand/onhand/adapters/memory"
	"github.com/onhand/onhand/ports"
)

// Whoever is killed while a webhook is deleted ends that at the next start: letters of a
// webhook that nobody knows could not be settled.
func TestAnInterruptedDeletionIsEndedAtTheNextStart(t *testing.T) {
	store := &memory.SubscriptionStore{}
	require.NoError(t, store.Put(ctx, ports.Subscription{ID: "half", URL: "https://shop.example/hook", Disabled: "deleted"}))
	w := begin(t, store)
	require.Equal(t, "end webhook-half", w.runners.heard())
	require.Empty(t, w.List())
	left, err := store.List(ctx)
	require.NoError(t, err)
	require.Empty(t, left)
}
