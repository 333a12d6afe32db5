package jsonsubscriptions

import (
	"context"

	"github.com/onhand/onhand/adapters/internal/documents"
	"github.com/onhand/onhand/adapters/internal/durablefile"
	"github.com/onhand/onhand/ports"
)

// DefaultLimit is how many subscriptions there may be where nothing else is said.
const DefaultLimit = 100

// Store keeps subscriptions in a directory. It is a ports.SubscriptionStore.
type Store struct {
	subscriptions *documents.Drawer[ports.Subscription]
}

var _ ports.SubscriptionStore = (*Store)(nil)

// Open opens the subscriptions in a directory, which need not exist, and takes up to
// limit of them (0 is DefaultLimit). A damaged one is a *ports.CorruptError. The disk
// is the machine's file system, in its private way, if it is nil.
func Open(dir string, limit int, disk durablefile.Disk) (*Store, error) {
	if disk == nil {
		disk = durablefile.OS{Private: true}
	}
	if limit == 0 {
		limit = DefaultLimit
	}
	all, err := documents.Open(dir, disk, documents.Kind[ports.Subscription]{
		Table: ports.SubscriptionsTable, Limit: limit,
		ID:     func(s ports.Subscription) string { return s.ID },
		Clone:  ports.Subscription.Clone,
		Encode: encode, Decode: decode,
	})
	if err != nil {
		return nil, err
	}
	return &Store{subscriptions: all}, nil
}

// Put implements ports.SubscriptionStore.
func (s *Store) Put(ctx context.Context, one ports.Subscription) error {
	return s.subscriptions.Put(ctx, one)
}

// Remove implements ports.SubscriptionStore.
func (s *Store) Remove(ctx context.Context, id string) error { return s.subscriptions.Remove(ctx, id) }

// List implements ports.SubscriptionStore.
func (s *Store) List(context.Context) ([]ports.Subscription, error) {
	return s.subscriptions.All(), nil
}
