package subscription

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/onhand/onhand/domain/event"
	"github.com/onhand/onhand/ports"
)

// changeTime limits a change that has begun: a client that leaves does not stop it halfway.
const changeTime = 10 * time.Second

// Options configure a manager. All but the last two are required.
type Options struct {
	Store   ports.SubscriptionStore
	Runners Runners
	// Connect creates the publisher of the subscription that current returns.
	Connect   func(current func() ports.Subscription) ports.Publisher
	Position  func() event.Position // of the log's last commit
	Now       func() time.Time
	NewID     ports.IDSource
	Report    ports.Reporter
	AllowHTTP bool // accepts URLs without TLS
	Limit     int  // of the store, for dry runs; 0 is no limit
}

// Manager owns the subscriptions: it stores them and lets Runners run them.
type Manager struct {
	opts      Options
	changes   *changes
	receivers *receivers
}

// NewManager creates a manager. It runs nothing before Start.
func NewManager(opts Options) *Manager {
	return &Manager{opts: opts, changes: newChanges(), receivers: &receivers{byID: map[string]*receiver{}}}
}

// Start runs all subscriptions that are enabled.
func (m *Manager) Start(ctx context.Context) error {
	end, err := m.changes.begin(ctx)
	if err != nil {
		return err
	}
	defer end()
	all, err := m.opts.Store.List(ctx)
	if err != nil {
		return fmt.Errorf("list webhooks: %w", err)
	}
	for _, s := range all {
		if s.Disabled == deleted { // and the process ended before it was removed
			m.removeAll(ctx, s.ID)
			continue
		}
		r := m.add(s)
		if s.Disabled == "" {
			m.run(r)
			continue
		}
		kept, err := m.opts.Runners.Kept(ctx, RunnerName(s.ID))
		if err != nil {
			m.opts.Report(ports.Incident{
				Component: component, Message: "the outcomes of a disabled webhook could not be read", Detail: s.ID, Err: err,
			})
		}
		r.outcomes.Restore(kept)
	}
	return nil
}

// Stop waits for changes that receivers have caused, and prevents later ones. The runners are
// stopped by their owner.
func (m *Manager) Stop() { m.changes.stop() }

// Suspend stops and forgets all subscriptions until Start: this process is no longer the
// leader. After an error some may still run; the caller calls it again.
func (m *Manager) Suspend(ctx context.Context) error {
	end, err := m.changes.begin(ctx)
	if err != nil {
		return err
	}
	defer end()
	all := m.List()
	failures := make([]error, len(all))
	var pauses sync.WaitGroup
	for i, s := range all {
		pauses.Go(func() {
			if failures[i] = m.opts.Runners.Pause(ctx, RunnerName(s.ID)); failures[i] == nil {
				m.receivers.remove(s.ID)
			}
		})
	}
	pauses.Wait()
	return errors.Join(failures...)
}

func (m *Manager) add(s ports.Subscription) *receiver {
	if s.MaxInFlight == 0 { // an earlier version made it
		s.MaxInFlight = defaultInFlight
	}
	r := &receiver{now: m.opts.Now, onGone: m.disableGone, report: m.opts.Report, stored: s}
	r.publisher = m.opts.Connect(r.current)
	m.receivers.add(r)
	return r
}

func (m *Manager) run(r *receiver) {
	s := r.current()
	m.opts.Runners.Run(Run{
		Name: RunnerName(s.ID), After: s.After, Wants: wants(s), To: r, MaxInFlight: s.MaxInFlight, Batch: s.Batch,
		Kept: &r.outcomes,
	})
}

// List returns all webhooks in the order of their IDs.
func (m *Manager) List() []Webhook { return m.receivers.webhooks() }

// Count returns how many webhooks there are.
func (m *Manager) Count() int { return m.receivers.count() }

// Get returns the webhook of an ID.
func (m *Manager) Get(id string) (Webhook, error) {
	r, err := m.receivers.find(id)
	if err != nil {
		return Webhook{}, err
	}
	return r.webhook(), nil
}

// Test sends an event now, once, also to a subscription that is disabled, and returns the
// outcome. A receiver that says that it is gone is not disabled.
func (m *Manager) Test(ctx context.Context, id string) (Attempt, error) {
	r, err := m.receivers.find(id)
	if err != nil {
		return Attempt{}, err
	}
	a, err := r.test(ctx)
	m.opts.Runners.Touch(RunnerName(id))
	return a, err
}

// disableGone disables the subscription of a receiver that is gone. The receiver gets nothing
// more already; the rest happens in the background, because a change that is under way may
// wait for the runner that calls this. After a failure the next start sends one more event and
// is told again.
func (m *Manager) disableGone(ctx context.Context, r *receiver) {
	m.changes.background(func() {
		end, err := m.changes.begin(ctx)
		if err != nil {
			return // cannot happen: this context does not end
		}
		defer end()
		s := r.current()
		if known, err := m.receivers.find(s.ID); err != nil || known != r || s.Disabled != receiverGone {
			return // it was deleted or enabled meanwhile
		}
		ctx, cancel := context.WithTimeout(ctx, changeTime)
		defer cancel()
		err = m.opts.Store.Put(ctx, s)
		if err == nil {
			r.change(s)
			err = m.opts.Runners.Pause(ctx, RunnerName(s.ID))
		}
		m.opts.Report(ports.Incident{
			Component: component, Message: "a receiver is gone: its webhook is disabled", Detail: s.ID,
			Err: err, Severe: err != nil,
		})
	})
}

// component names this package in incidents.
const component = "webhooks"

// removeAll removes all that is kept of a deleted subscription, and then the subscription. If
// that fails, the next start repeats it.
func (m *Manager) removeAll(ctx context.Context, id string) {
	err := m.opts.Runners.End(ctx, RunnerName(id))
	if err == nil {
		err = m.opts.Store.Remove(ctx, id)
	}
	if err != nil {
		m.opts.Report(ports.Incident{
			Component: component, Message: "a deleted webhook could not be removed completely: the next start tries again", Detail: id,
			Err: err, Severe: true,
		})
	}
}
