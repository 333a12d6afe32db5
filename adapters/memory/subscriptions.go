package memory

import (
	"context"
	"maps"
	"slices"
	"sync"

	"github.com/onhand/onhand/ports"
)

// SubscriptionStore is a ports.SubscriptionStore in memory.
type SubscriptionStore struct {
	Limit int // of subscriptions, 0 for none

	mu  sync.Mutex
	all map[string]ports.Subscription
}

var _ ports.SubscriptionStore = (*SubscriptionStore)(nil)

// Put implements ports.SubscriptionStore.
func (s *SubscriptionStore) Put(ctx context.Context, one ports.Subscription) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, known := s.all[one.ID]; !known && s.Limit > 0 && len(s.all) >= s.Limit {
		return &ports.LimitError{Table: ports.SubscriptionsTable, Limit: s.Limit}
	}
	if s.all == nil {
		s.all = map[string]ports.Subscription{}
	}
	s.all[one.ID] = one.Clone()
	return nil
}

// Remove implements ports.SubscriptionStore.
func (s *SubscriptionStore) Remove(ctx context.Context, id string) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.all, id)
	return nil
}

// List implements ports.SubscriptionStore.
func (s *SubscriptionStore) List(context.Context) ([]ports.Subscription, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var list []ports.Subscription
	for _, id := range slices.Sorted(maps.Keys(s.all)) {
		list = append(list, s.all[id].Clone())
	}
	return list, nil
}
