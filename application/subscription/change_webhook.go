package subscription

import (
	"bytes"
	"context"
	"time"

	validation "github.com/go-ozzo/ozzo-validation/v4"

	"github.com/onhand/onhand/ports"
)

// byRequest is why a subscription is disabled if somebody asked for it.
const byRequest = "by request"

// change lets edit change a subscription; if it says that there is something to
// change, the store keeps it, and then it holds.
func (m *Manager) change(ctx context.Context, id string, edit func(*ports.Subscription) bool, then func(context.Context, *receiver) error) (Webhook, error) {
	end, err := m.alone(ctx)
	if err != nil {
		return Webhook{}, err
	}
	defer end()
	r, err := m.find(id)
	if err != nil {
		return Webhook{}, err
	}
	s := r.current().Clone()
	if !edit(&s) {
		return m.show(r), nil
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), changeTime)
	defer cancel()
	if err := m.opts.Store.Put(ctx, s); err != nil {
		return Webhook{}, err
	}
	r.change(s)
	if err := then(ctx, r); err != nil {
		return Webhook{}, err
	}
	return m.show(r), nil
}

// RotateSecret gives a subscription a new secret. The one before goes on signing for
// a while, so that its receiver can change over.
type RotateSecret struct {
	Secret SecretText `json:"secret"`
}

// Validate checks the command.
func (c *RotateSecret) Validate() error {
	return validation.ValidateStruct(c, validation.Field(&c.Secret, validation.By(checkSecret)))
}

// Handle rotates. To repeat it changes nothing more.
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

// Enable lets a subscription run again, from where it stopped.
func (m *Manager) Enable(ctx context.Context, id string) (Webhook, error) {
	return m.change(ctx, id, func(s *ports.Subscription) bool {
		was := s.Disabled
		s.Disabled, s.DisabledAt = "", time.Time{}
		return was != ""
	}, func(ctx context.Context, r *receiver) error {
		// A runner that was told that its receiver is gone may be on its way out.
		if err := m.opts.Runners.Pause(ctx, RunnerName(id)); err != nil {
			return err
		}
		r.revive()
		m.run(r)
		return nil
	})
}

// Disable lets a subscription rest until it is enabled.
func (m *Manager) Disable(ctx context.Context, id string) (Webhook, error) {
	return m.change(ctx, id, func(s *ports.Subscription) bool {
		if s.Disabled != "" {
			return false
		}
		s.Disabled, s.DisabledAt = byRequest, m.opts.Now().UTC()
		return true
	}, func(ctx context.Context, _ *receiver) error { return m.opts.Runners.Pause(ctx, RunnerName(id)) })
}

// deleted is why a subscription is disabled that is only kept until all that belongs to
// it is forgotten: letters of one that nobody knows could not be settled by anybody.
const deleted = "deleted"

// clear forgets what a deleted subscription leaves, and then the subscription. What
// fails is done at the next start.
func (m *Manager) clear(ctx context.Context, id string) {
	err := m.opts.Runners.End(ctx, RunnerName(id))
	if err == nil {
		err = m.opts.Store.Remove(ctx, id)
	}
	if err != nil {
		m.opts.Report(ports.Incident{Component: "webhooks", Message: "what a deleted webhook leaves could not be removed", Detail: id, Err: err, Severe: true})
	}
}

// Delete ends a subscription and forgets all of it.
func (m *Manager) Delete(ctx context.Context, id string) error {
	end, err := m.alone(ctx)
	if err != nil {
		return err
	}
	defer end()
	r, err := m.find(id)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), changeTime)
	defer cancel()
	s := r.current()
	s.Disabled, s.DisabledAt = deleted, m.opts.Now().UTC() // what is under way is the last that it gets
	if err := m.opts.Store.Put(ctx, s); err != nil {
		return err
	}
	m.remove(id)
	r.change(s)
	m.clear(ctx, id)
	return nil
}
