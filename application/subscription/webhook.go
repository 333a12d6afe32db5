package subscription

import (
	"slices"
	"time"

	"github.com/onhand/onhand/domain/event"
	"github.com/onhand/onhand/ports"
)

// Webhook is a subscription without its secrets.
type Webhook struct {
	ID, URL, Description string
	Types, Stores        []string
	After                event.Position
	MaxInFlight          int
	Batch                ports.Batch // the zero value if each event is a delivery of its own
	SecretsInUse         int
	SecretRotatedAt      time.Time // zero if the first secret is the newest
	CreatedAt            time.Time
	Disabled             string // the reason, empty if it is enabled
	DisabledAt           time.Time
	Outcomes             Outcomes
}

// The reasons of a subscription that is disabled, as they are stored.
const (
	byRequest    = "by request"
	receiverGone = "the receiver answered that it is gone (410)"
	// deleted is stored until all that belongs to the subscription is removed: no client
	// could reach the dead letters of an unknown subscription.
	deleted = "deleted"
)

func newWebhook(s ports.Subscription, o Outcomes, now time.Time) Webhook {
	return Webhook{
		ID: s.ID, URL: s.URL, Description: s.Description,
		Types: slices.Clone(s.Types), Stores: slices.Clone(s.Stores), After: s.After,
		MaxInFlight: s.MaxInFlight, Batch: s.Batch,
		SecretsInUse: len(inUse(s.Secrets, now)), SecretRotatedAt: s.RotatedAt,
		CreatedAt: s.CreatedAt, Disabled: s.Disabled, DisabledAt: s.DisabledAt,
		Outcomes: o,
	}
}
