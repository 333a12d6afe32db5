package subscription

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"time"

	validation "github.com/go-ozzo/ozzo-validation/v4"
	"github.com/onhand/onhand/application/command"
	"github.com/onhand/onhand/application/feed"
	"github.com/onhand/onhand/application/ledger"
	"github.com/onhand/onhand/domain/event"
	"github.com/onhand/onhand/domain/stock"
	"github.com/onhand/onhand/ports"
)

// Limits of a subscription.
const (
	maxURLBytes         = 2048
	maxDescriptionBytes = 500
	maxTypes            = 100
	maxStores           = 100
	maxInFlight         = 64
	maxBatch            = 100
	maxWaitMS           = 60_000
)

const (
	// defaultInFlight lets a receiver that takes 0.3 s keep up with 50 events per second.
	defaultInFlight = 16
	defaultWaitMS   = 1000
)

// CreateWebhook creates a subscription. Its fields are the members of the request's body.
type CreateWebhook struct {
	URL         string          `json:"url"`
	Secret      SecretText      `json:"secret"`
	Types       []string        `json:"types"`
	Stores      []string        `json:"stores"`
	After       *event.Position `json:"after"` // nil is from now on
	Description string          `json:"description"`
	MaxInFlight *int            `json:"maxInFlight"` // nil is defaultInFlight
	Batch       *WantedBatch    `json:"batch"`       // nil is none
}

// WantedBatch asks for several events in one delivery.
type WantedBatch struct {
	MaxEvents int  `json:"maxEvents"`
	MaxWaitMS *int `json:"maxWaitMs"` // nil is defaultWaitMS
}

// Validate checks the command. It accepts a URL without TLS only if allowHTTP.
func (c *CreateWebhook) Validate(allowHTTP bool) error {
	return validation.ValidateStruct(
		c,
		validation.Field(&c.URL, validation.By(func(any) error { return checkURL(c.URL, allowHTTP) })),
		validation.Field(&c.Secret, validation.By(checkSecret)),
		validation.Field(&c.Types, validation.Length(0, maxTypes), validation.Each(validation.By(checkType))),
		validation.Field(&c.Stores, validation.Length(0, maxStores), validation.Each(validation.By(checkStore))),
		validation.Field(&c.After, validation.By(func(any) error {
			if c.After != nil && *c.After < 0 {
				return errors.New("must be a position: 0 or more")
			}
			return nil
		})),
		validation.Field(&c.Description, validation.By(func(any) error {
			return command.CheckText(c.Description, maxDescriptionBytes)
		})),
		validation.Field(&c.MaxInFlight, validation.By(func(any) error { return checkRange(c.MaxInFlight, 1, maxInFlight) })),
		validation.Field(&c.Batch),
	)
}

// Validate checks the wish for batches.
func (b *WantedBatch) Validate() error {
	return validation.ValidateStruct(
		b,
		validation.Field(&b.MaxEvents, validation.By(func(any) error { return checkRange(&b.MaxEvents, 1, maxBatch) })),
		validation.Field(&b.MaxWaitMS, validation.By(func(any) error { return checkRange(b.MaxWaitMS, 0, maxWaitMS) })),
	)
}

// checkRange checks a number, which may be missing.
func checkRange(n *int, least, most int) error {
	if n != nil && (*n < least || *n > most) {
		return fmt.Errorf("must be between %d and %d", least, most)
	}
	return nil
}

// checkURL checks a URL's form. The sender checks its address at each delivery.
func checkURL(text string, allowHTTP bool) error {
	if text == "" {
		return errors.New("is required")
	}
	if len(text) > maxURLBytes {
		return errors.New("must have at most " + strconv.Itoa(maxURLBytes) + " bytes")
	}
	odd := strings.ContainsFunc(text, func(r rune) bool { return r <= ' ' || r > '~' })
	u, err := url.Parse(text)
	switch {
	case err != nil || odd || u.Opaque != "":
		return errors.New("is not a URL in visible ASCII characters")
	case u.Scheme != "https" && u.Scheme != "http":
		return errors.New("must begin with https://")
	case u.Scheme == "http" && !allowHTTP:
		return errors.New("must begin with https://: this service does not send without TLS")
	case u.Hostname() == "":
		return errors.New("must name a host")
	case u.User != nil:
		return errors.New("must not have a user or password")
	case strings.Contains(text, "#"):
		return errors.New("must not have a fragment")
	}
	port, err := strconv.ParseUint(u.Port(), 10, 16)
	if u.Port() != "" && (err != nil || port == 0) || strings.HasSuffix(u.Host, ":") {
		return errors.New("must not have such a port")
	}
	return nil
}

// checkType refuses types that no event has: their webhook would never hear anything.
func checkType(value any) error {
	name, ok := strings.CutPrefix(value.(string), typePrefix)
	if !ok || !feed.Knows(event.Type(name)) {
		return errors.New("must be a type of events of this service, for example onhand.stock.reserved.v1")
	}
	return nil
}

func checkStore(value any) error { return stock.CheckStore(value.(string)) }

// fingerprint returns a hash of the command.
func (c *CreateWebhook) fingerprint() string {
	text := event.AppendString(nil, c.URL)
	text = event.AppendString(append(text, ','), string(c.Secret))
	for _, list := range [][]string{c.Types, c.Stores} {
		text = append(text, '[')
		for _, one := range list {
			text = append(event.AppendString(text, one), ',')
		}
		text = append(text, ']')
	}
	if c.After != nil {
		text = strconv.AppendInt(text, int64(*c.After), 10)
	}
	text = event.AppendString(append(text, ','), c.Description)
	if c.MaxInFlight != nil { // requests without them have the fingerprint of earlier versions
		text = fmt.Appendf(text, ",inFlight=%d", *c.MaxInFlight)
	}
	if c.Batch != nil {
		text = fmt.Appendf(text, ",batch=%d/%d", c.Batch.MaxEvents, valueOr(c.Batch.MaxWaitMS, defaultWaitMS))
	}
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:])
}

// Created is the result of a CreateWebhook.
type Created struct {
	Webhook  Webhook
	Replayed bool // an earlier request with the same key created it
}

// Handle creates the subscription. With an idempotency key the ID follows from the key, so that
// a repetition finds the subscription while it exists. A dry run creates nothing.
func (c *CreateWebhook) Handle(ctx context.Context, m *Manager, key string, dryRun bool) (Created, error) {
	if err := c.Validate(m.opts.AllowHTTP); err != nil {
		return Created{}, err
	}
	secret, err := c.Secret.key()
	if err != nil {
		return Created{}, err
	}
	s := ports.Subscription{
		URL: c.URL, Description: c.Description, Types: c.Types, Stores: c.Stores, After: m.opts.Position(),
		Secrets: []ports.Secret{{Key: secret}}, CreatedAt: m.opts.Now().UTC(), ID: m.opts.NewID(),
	}
	s.MaxInFlight = valueOr(c.MaxInFlight, defaultInFlight)
	if c.Batch != nil {
		wait := time.Duration(valueOr(c.Batch.MaxWaitMS, defaultWaitMS)) * time.Millisecond
		s.Batch = ports.Batch{MaxEvents: c.Batch.MaxEvents, MaxWait: wait}
	}
	if c.After != nil {
		if *c.After > s.After {
			return Created{}, validation.Errors{"after": errors.New("must be a position that the log has come to")}
		}
		s.After = *c.After
	}
	if dryRun {
		if m.opts.Limit > 0 && len(m.List()) >= m.opts.Limit {
			return Created{}, &ports.LimitError{Table: ports.SubscriptionsTable, Limit: m.opts.Limit}
		}
		return Created{Webhook: newWebhook(s, Outcomes{}, m.opts.Now())}, nil
	}
	if key != "" {
		s.ID, s.MadeFrom = idOf(key), c.fingerprint()
	}
	return m.create(ctx, s)
}

// valueOr returns a number, or a default if it is missing.
func valueOr(n *int, standard int) int {
	if n == nil {
		return standard
	}
	return *n
}

// idOf returns a UUID (version 8) that follows from an idempotency key.
func idOf(key string) string {
	sum := sha256.Sum256([]byte("onhand webhook\n" + key))
	sum[6], sum[8] = sum[6]&0x0f|0x80, sum[8]&0x3f|0x80
	text := hex.EncodeToString(sum[:16])
	return text[:8] + "-" + text[8:12] + "-" + text[12:16] + "-" + text[16:20] + "-" + text[20:]
}

func (m *Manager) create(ctx context.Context, s ports.Subscription) (Created, error) {
	end, err := m.changes.begin(ctx)
	if err != nil {
		return Created{}, err
	}
	defer end()
	if there, err := m.receivers.find(s.ID); err == nil {
		if there.current().MadeFrom != s.MadeFrom {
			return Created{}, ledger.ErrKeyReused
		}
		return Created{Webhook: there.webhook(), Replayed: true}, nil
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), changeTime)
	defer cancel()
	if s.MadeFrom != "" { // the deletion of one with the same ID may have been interrupted
		if err := m.opts.Runners.End(ctx, RunnerName(s.ID)); err != nil {
			return Created{}, err
		}
	}
	if err := m.opts.Store.Put(ctx, s); err != nil {
		return Created{}, err
	}
	r := m.add(s)
	m.run(r)
	return Created{Webhook: r.webhook()}, nil
}
