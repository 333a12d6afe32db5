package jsondocuments

import (
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/onhand/onhand/domain/event"
	"github.com/onhand/onhand/ports"
)

// subscriptionDocument is a subscription on disk. It is the only place where secrets are
// written down.
type subscriptionDocument struct {
	V           int            `json:"v"`
	ID          string         `json:"id"`
	URL         string         `json:"url"`
	Description string         `json:"description,omitempty"`
	Types       []string       `json:"types,omitempty"`
	Stores      []string       `json:"stores,omitempty"`
	After       event.Position `json:"after"`
	MaxInFlight int            `json:"maxInFlight,omitempty"`
	Batch       *batch         `json:"batch,omitempty"`
	Secrets     []secret       `json:"secrets"`
	RotatedAt   time.Time      `json:"rotatedAt,omitzero"`
	CreatedAt   time.Time      `json:"createdAt"`
	MadeFrom    string         `json:"madeFrom,omitempty"`
	Disabled    string         `json:"disabled,omitempty"`
	DisabledAt  time.Time      `json:"disabledAt,omitzero"`
}

type batch struct {
	MaxEvents int   `json:"maxEvents"`
	MaxWaitMS int64 `json:"maxWaitMs"`
}

type secret struct {
	Key   []byte    `json:"key"`
	Until time.Time `json:"until,omitzero"`
}

func encodeSubscription(s ports.Subscription) ([]byte, error) {
	d := subscriptionDocument{
		V: formatVersion, ID: s.ID, URL: s.URL, Description: s.Description, Types: s.Types, Stores: s.Stores, After: s.After,
		RotatedAt: s.RotatedAt, CreatedAt: s.CreatedAt, MadeFrom: s.MadeFrom, Disabled: s.Disabled, DisabledAt: s.DisabledAt,
		MaxInFlight: s.MaxInFlight,
	}
	if s.Batch.MaxEvents > 0 {
		d.Batch = &batch{MaxEvents: s.Batch.MaxEvents, MaxWaitMS: s.Batch.MaxWait.Milliseconds()}
	}
	for _, one := range s.Secrets {
		d.Secrets = append(d.Secrets, secret(one))
	}
	text, err := json.Marshal(d)
	if err != nil {
		return nil, fmt.Errorf("encode subscription: %w", err)
	}
	return text, nil
}

func decodeSubscription(text []byte) (ports.Subscription, error) {
	var d subscriptionDocument
	if json.Unmarshal(text, &d) != nil {
		return ports.Subscription{}, errors.New("it is no subscription") // and not a word of its content
	}
	if d.V != formatVersion {
		return ports.Subscription{}, fmt.Errorf("its format %d is not known", d.V)
	}
	s := ports.Subscription{
		ID: d.ID, URL: d.URL, Description: d.Description, Types: d.Types, Stores: d.Stores, After: d.After,
		RotatedAt: d.RotatedAt.UTC(), CreatedAt: d.CreatedAt.UTC(), MadeFrom: d.MadeFrom, Disabled: d.Disabled,
		DisabledAt: d.DisabledAt.UTC(), MaxInFlight: d.MaxInFlight,
	}
	if d.Batch != nil {
		s.Batch = ports.Batch{MaxEvents: d.Batch.MaxEvents, MaxWait: time.Duration(d.Batch.MaxWaitMS) * time.Millisecond}
	}
	for _, one := range d.Secrets {
		s.Secrets = append(s.Secrets, ports.Secret{Key: one.Key, Until: one.Until.UTC()})
	}
	return s, nil
}
