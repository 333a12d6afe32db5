package jsondocuments

import (
	"cmp"
	"context"

	"github.com/onhand/onhand/adapters/internal/durablefile"
	"github.com/onhand/onhand/ports"
)

// DefaultSubscriptionLimit is how many subscriptions there may be where no other limit is set.
const DefaultSubscriptionLimit = 100

// Subscriptions is an exclusive ports.SubscriptionStore in a directory.
type Subscriptions struct {
	*documents[ports.Subscription]
}

var _ ports.SubscriptionStore = Subscriptions{}

// OpenSubscriptions opens the subscriptions in a directory, which need not exist, and takes up
// to limit of them (0 is DefaultSubscriptionLimit). Another
// instance that has it open is a ports.ErrInUse, a damaged subscription a *ports.CorruptError. A
// nil disk is the machine's file system; only the service's own user can read the files.
func OpenSubscriptions(dir string, limit int, disk durablefile.Disk) (Subscriptions, error) {
	if disk == nil {
		disk = durablefile.OS{Private: true}
	}
	all, err := openDocuments(dir, disk, kind[ports.Subscription]{
		table: ports.SubscriptionsTable, limit: cmp.Or(limit, DefaultSubscriptionLimit),
		id:     func(s ports.Subscription) string { return s.ID },
		clone:  ports.Subscription.Clone,
		encode: encodeSubscription, decode: decodeSubscription,
	})
	return Subscriptions{all}, err
}

// List implements ports.SubscriptionStore.
func (s Subscriptions) List(ctx context.Context) ([]ports.Subscription, error) { return s.list(ctx) }
