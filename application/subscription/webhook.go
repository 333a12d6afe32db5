package subscription

import (
	"slices"
	"time"

	"github.com/onhand/onhand/domain/event"
)

// Webhook is what is shown of a subscription: all but its secrets.
type Webhook struct {
	ID, URL, Description string
	Types, Stores        []string
	After                event.Position
	SecretsInUse         int
	SecretRotatedAt      time.Time // zero if the first is still the newest
	CreatedAt            time.Time
	Disabled             string // why, empty if it is not
	DisabledAt           time.Time
	Outcomes             Outcomes
}

// show gives what may be seen of a subscription.
func (m *Manager) show(r *receiver) Webhook {
	s := r.current()
	return Webhook{
		ID: s.ID, URL: s.URL, Description: s.Description, Types: slices.Clone(s.Types), Stores: slices.Clone(s.Stores), After: s.After,
		SecretsInUse: len(inUse(s.Secrets, m.opts.Now())), SecretRotatedAt: s.RotatedAt,
		CreatedAt: s.CreatedAt, Disabled: s.Disabled, DisabledAt: s.DisabledAt,
		Outcomes: r.journal.outcomes(),
	}
}
