package ports

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/onhand/onhand/domain/event"
)

// SubscriptionStore keeps the receivers of webhooks. All methods may be called at the same
// time. What DeadLetterStore says about several instances, and about the outcomes of Put and
// Remove, holds here, too.
type SubscriptionStore interface {
	// Put stores a subscription, durably on return, in place of one with the same ID.
	// *LimitError means that the store is full. Only the service's own user can read the
	// stored secrets.
	Put(ctx context.Context, s Subscription) error

	// Remove deletes a subscription, durably on return. An unknown ID is no error.
	Remove(ctx context.Context, id string) error

	// List returns all subscriptions in the order of their IDs' bytes.
	List(ctx context.Context) ([]Subscription, error)

	// Close releases the store. Closing twice is harmless. Other calls then give
	// ErrUnavailable.
	io.Closer
}

// Subscription is a receiver of webhooks and the events that it wants. The caller has checked
// the texts.
type Subscription struct {
	ID          string
	URL         string
	Description string
	Types       []string       // of events, as in CloudEvents ("onhand.stock.reserved.v1"); empty for all
	Stores      []string       // whose items; empty for all, and for reservations and transfers too
	After       event.Position // it gets the events after this position
	MaxInFlight int            // deliveries at a time
	Batch       Batch          // the zero value for one event in each delivery
	Secrets     []Secret       // the newest first; messages are signed with each
	RotatedAt   time.Time      // when the newest secret came in place of another, zero if it did not
	CreatedAt   time.Time
	// MadeFrom is the fingerprint of the request that made it, empty if that had no
	// idempotency key.
	MadeFrom string
	// Disabled says why nothing is sent any more, empty if it is.
	Disabled   string
	DisabledAt time.Time
}

// Batch is how many events a receiver wants in one delivery.
type Batch struct {
	MaxEvents int           // 0 for no batches: each event is a delivery of its own
	MaxWait   time.Duration // for which an event waits for further ones
}

// Secret signs messages. Until is zero for the current one; an older one is used beside it until
// then.
type Secret struct {
	Key   []byte
	Until time.Time
}

// redacted is shown instead of a secret.
const redacted = "(secret)"

// String keeps a secret out of every log and message.
func (Secret) String() string { return redacted }

// Format does the same for every verb of package fmt.
func (Secret) Format(to fmt.State, _ rune) { _, _ = io.WriteString(to, redacted) }

// MarshalJSON does the same for a subscription as JSON. A store has a shape of its own.
func (Secret) MarshalJSON() ([]byte, error) { return []byte(`"` + redacted + `"`), nil }

// Clone returns a copy that shares nothing with s.
func (s Subscription) Clone() Subscription {
	s.Types, s.Stores, s.Secrets = slices.Clone(s.Types), slices.Clone(s.Stores), slices.Clone(s.Secrets)
	for i := range s.Secrets {
		s.Secrets[i].Key = bytes.Clone(s.Secrets[i].Key)
	}
	return s
}

// SubscriptionsTable is the name of the table in a LimitError.
const SubscriptionsTable = "webhooks"
