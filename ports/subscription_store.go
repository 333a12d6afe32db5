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

// SubscriptionStore keeps who wants to be told of events by webhook. All methods
// may be called at the same time.
type SubscriptionStore interface {
	// Put keeps a subscription, durably on return, in place of one with the same
	// ID. *LimitError means that there are too many. Secrets are kept so that
	// only the service's own user can read them.
	Put(ctx context.Context, s Subscription) error

	// Remove forgets a subscription, durably on return. It is no error if there is none.
	Remove(ctx context.Context, id string) error

	// List gives all subscriptions in the order of their IDs.
	List(ctx context.Context) ([]Subscription, error)
}

// Subscription is a receiver of webhooks and what it wants. Texts are checked
// before they come here.
type Subscription struct {
	ID          string
	URL         string
	Description string
	Types       []string       // of events, as in CloudEvents ("onhand.stock.reserved.v1"); empty for all
	Stores      []string       // whose items; empty for all, and for reservations and transfers too
	After       event.Position // the first event that it gets comes behind this
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

// Secret signs messages. Until is zero for the one that counts now, else the end of
// the time for which an older one is used beside it.
type Secret struct {
	Key   []byte
	Until time.Time
}

// redacted is what is shown of a secret, whoever shows it.
const redacted = "(secret)"

// String keeps a secret out of every log and message.
func (Secret) String() string { return redacted }

// Format does the same for every verb of package fmt.
func (Secret) Format(to fmt.State, _ rune) { _, _ = io.WriteString(to, redacted) }

// MarshalJSON does the same where somebody writes a subscription as JSON. A store
// has a shape of its own.
func (Secret) MarshalJSON() ([]byte, error) { return []byte(`"` + redacted + `"`), nil }

// Clone is a copy that shares nothing with s.
func (s Subscription) Clone() Subscription {
	s.Types, s.Stores, s.Secrets = slices.Clone(s.Types), slices.Clone(s.Stores), slices.Clone(s.Secrets)
	for i := range s.Secrets {
		s.Secrets[i].Key = bytes.Clone(s.Secrets[i].Key)
	}
	return s
}

// SubscriptionsTable is the name of the table in a LimitError.
const SubscriptionsTable = "webhooks"
