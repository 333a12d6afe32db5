package httpapi

import (
	"time"

	"github.com/onhand/onhand/adapters/internal/cloudevent"
	"github.com/onhand/onhand/application/subscription"
	"github.com/onhand/onhand/domain/event"
)

// webhookDocument is a webhook as clients see it. It has no member for a secret.
type webhookDocument struct {
	ID              string             `json:"id"`
	URL             string             `json:"url"`
	Description     string             `json:"description,omitempty"`
	Types           []string           `json:"types,omitempty"`
	Stores          []string           `json:"stores,omitempty"`
	After           event.Position     `json:"after"`
	MaxInFlight     int                `json:"maxInFlight"`
	Batch           *batchDocument     `json:"batch,omitempty"`
	Enabled         bool               `json:"enabled"`
	DisabledReason  string             `json:"disabledReason,omitempty"`
	DisabledAt      string             `json:"disabledAt,omitempty"`
	SecretsInUse    int                `json:"secretsInUse"`
	SecretRotatedAt string             `json:"secretRotatedAt,omitempty"`
	CreatedAt       string             `json:"createdAt"`
	Deliveries      deliveriesDocument `json:"deliveries"`
	DryRun          bool               `json:"dryRun,omitempty"`
}

type batchDocument struct {
	MaxEvents int   `json:"maxEvents"`
	MaxWaitMS int64 `json:"maxWaitMs"`
}

type deliveriesDocument struct {
	LastSuccessAt string            `json:"lastSuccessAt,omitempty"`
	LastFailureAt string            `json:"lastFailureAt,omitempty"`
	Failures      int               `json:"consecutiveFailures"`
	Attempts      []attemptDocument `json:"attempts,omitempty"`
}

type attemptDocument struct {
	At         string `json:"at"`
	EventID    string `json:"eventId"`
	Events     int    `json:"events"`
	Delivered  bool   `json:"delivered"`
	Status     int    `json:"status,omitempty"`
	Error      string `json:"error,omitempty"`
	DurationMS int64  `json:"durationMs"`
}

// formatTime returns the form of a time in the API, empty for the zero time.
func formatTime(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(event.TimeLayout)
}

func newWebhookDocument(w subscription.Webhook, dryRun bool) webhookDocument {
	document := webhookDocument{
		ID: w.ID, URL: w.URL, Description: w.Description, Types: w.Types, Stores: w.Stores, After: w.After,
		MaxInFlight: w.MaxInFlight,
		Enabled:     w.Disabled == "", DisabledReason: w.Disabled, DisabledAt: formatTime(w.DisabledAt),
		SecretsInUse: w.SecretsInUse, SecretRotatedAt: formatTime(w.SecretRotatedAt),
		CreatedAt: formatTime(w.CreatedAt), DryRun: dryRun,
		Deliveries: deliveriesDocument{
			LastSuccessAt: formatTime(w.Outcomes.LastSuccess), LastFailureAt: formatTime(w.Outcomes.LastFailure),
			Failures: w.Outcomes.Failures,
		},
	}
	if w.Batch.MaxEvents > 0 {
		document.Batch = &batchDocument{MaxEvents: w.Batch.MaxEvents, MaxWaitMS: w.Batch.MaxWait.Milliseconds()}
	}
	for _, a := range w.Outcomes.Attempts {
		document.Deliveries.Attempts = append(document.Deliveries.Attempts, newAttemptDocument(a))
	}
	return document
}

func newAttemptDocument(a subscription.Attempt) attemptDocument {
	return attemptDocument{
		At: formatTime(a.At), EventID: string(cloudevent.AppendID(nil, a.Event)), Events: a.Events, Delivered: a.Delivered,
		Status: a.Status, Error: a.Error, DurationMS: a.Duration.Milliseconds(),
	}
}
