package subscription

import (
	"bytes"
	"context"
	"time"

	validation "github.com/go-ozzo/ozzo-validation/v4"

	"github.com/onhand/onhand/ports"
)

// change edits a subscription. If edit returns true it stores the result and then calls after.
func (m *Manager) change(
	ctx context.Context, id string, edit func(*ports.Subscription) bool, after func(context.Context, *receiver) error,
) (Webhook, error) {
	end, err := m.changes.begin(ctx)
	if err != nil {
		return Webhook{}, err
	}
	defer end()
	r, err := m.receivers.find(id)
	if err != nil {
		return Webhook{}, err
	}
	s := r.current().Clone()
	if !edit(&s) {
		return r.webhook(), nil
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), changeTime)
	defer cancel()
	if err := m.opts.Store.Put(ctx, s); err != nil {
		return Webhook{}, err
	}
	r.change(s)
	if err := after(ctx, r); err != nil {
		return Webhook{}, err
	}
	return r.webhook(), nil
}

// RotateSecret gives a subscription a new secret. The previous one continues to sign for Grace,
// so that the receiver can change over.
type RotateSecret struct {
	Secret SecretText `json:"secret"`
}

// Validate checks the command.
func (c *RotateSecret) Validate() error {
	return validation.ValidateStruct(c, validation.Field(&c.Secret, validation.By(checkSecret)))
}

// Handle rotates the secret. A repetition changes nothing.
func (c *RotateSecret) Handle(ctx context.Context, m *Manager, id string, dryRun bool) (Webhook, error) {
	if err := c.Validate(); err != nil {
		return Webhook{}, err
	}
	key, err := c.Secret.key()
	if err != nil {
		return Webhook{}, err
	}
	if dryRun {
		return m.Get(id)
	}
	return m.change(ctx, id, func(s *ports.Subscription) bool {
		if len(s.Secrets) > 0 && bytes.Equal(s.Secrets[0].Key, key) {
			return false
		}
		now := m.opts.Now().UTC()
		s.Secrets, s.RotatedAt = rotated(s.Secrets, key, now), now
		return true
	}, func(context.Context, *receiver) error { return nil })
}

// Enable lets a subscription run again, from the position at which it stopped.
func (m *Manager) Enable(ctx context.Context, id string) (Webhook, error) {
	return m.change(ctx, id, func(s *ports.Subscription) bool {
		was := s.Disabled
		s.Disabled, s.DisabledAt = "", time.Time{}
		return was != ""
	}, func(ctx context.Context, r *receiver) error {
		// The runner of a receiver that is gone may not have ended yet.
		if err := m.opts.Runners.Pause(ctx, RunnerName(id)); err != nil {
			return err
		}
		r.revive()
		m.run(r)
		return nil
	})
}

// Disable stops a subscription until Enable.
func (m *Manager) Disable(ctx context.Context, id string) (Webhook, error) {
	return m.change(ctx, id, func(s *ports.Subscription) bool {
		if s.Disabled != "" {
			return false
		}
		s.Disabled, s.DisabledAt = byRequest, m.opts.Now().UTC()
		return true
	}, func(ctx context.Context, _ *receiver) error { return m.opts.Runners.Pause(ctx, RunnerName(id)) })
}

// Delete deletes a subscription and all that is kept of it.
func (m *Manager) Delete(ctx context.Context, id string) error {
	end, err := m.changes.begin(ctx)
	if err != nil {
		return err
	}
	defer end()
	r, err := m.receivers.find(id)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), changeTime)
	defer cancel()
	s := r.current()
	s.Disabled, s.DisabledAt = deleted, m.opts.Now().UTC() // it gets nothing after the delivery that is under way
	if err := m.opts.Store.Put(ctx, s); err != nil {
		return err
	}
	m.receivers.remove(id)
	r.change(s)
	m.removeAll(ctx, id)
	return nil
}
