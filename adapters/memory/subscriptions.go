package memory

import (
	"context"
	"math"

	"github.com/onhand/onhand/ports"
)

// SubscriptionStore is a ports.SubscriptionStore in memory. The zero value is a new, empty
// store.
type SubscriptionStore struct {
	Limit int // of subscriptions, 0 for none

	documents[ports.Subscription]
}

var _ ports.SubscriptionStore = (*SubscriptionStore)(nil)

// Another returns one more instance on the same store.
func (s *SubscriptionStore) Another() *SubscriptionStore {
	return &SubscriptionStore{Limit: s.Limit, documents: documents[ports.Subscription]{kept: s.table()}}
}

// Put implements ports.SubscriptionStore.
func (s *SubscriptionStore) Put(ctx context.Context, one ports.Subscription) error {
	return s.put(ctx, one.ID, one, &ports.LimitError{Table: ports.SubscriptionsTable, Limit: s.Limit})
}

// List implements ports.SubscriptionStore.
func (s *SubscriptionStore) List(ctx context.Context) ([]ports.Subscription, error) {
	return s.list(ctx, math.MaxInt, func(string, ports.Subscription) bool { return true })
}
