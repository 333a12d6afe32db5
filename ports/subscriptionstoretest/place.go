package subscriptionstoretest

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/onhand/onhand/ports"
)

// Place is one store, empty at first, and the instances that have it open.
type Place struct {
	// Open opens one more instance, as one more process does.
	Open func(t *testing.T) (ports.SubscriptionStore, error)
	// Exclusive says that the adapter is documented to be so: a store has one instance at a
	// time. The suite then requires that a second one is refused.
	Exclusive bool
}

func (p Place) open(t *testing.T) ports.SubscriptionStore {
	t.Helper()
	s, err := p.Open(t)
	require.NoError(t, err)
	t.Cleanup(func() { _ = s.Close() })
	return s
}

// reopen closes an instance and opens another one.
func (p Place) reopen(t *testing.T, s ports.SubscriptionStore) ports.SubscriptionStore {
	t.Helper()
	require.NoError(t, s.Close())
	return p.open(t)
}

// everywhere checks an instance, one that is opened beside it if there may be one, and one that
// is opened after all are closed, which it returns.
func (p Place) everywhere(
	t *testing.T, s ports.SubscriptionStore, check func(ports.SubscriptionStore),
) ports.SubscriptionStore {
	t.Helper()
	check(s)
	if !p.Exclusive {
		other := p.open(t)
		check(other)
		check(s)
		require.NoError(t, other.Close())
	}
	s = p.reopen(t, s)
	check(s)
	return s
}
