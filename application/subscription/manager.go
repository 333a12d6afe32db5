package subscription

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/onhand/onhand/domain/event"
	"github.com/onhand/onhand/ports"
)

// ErrNotFound means that there is no subscription of that ID.
var ErrNotFound = errors.New("there is no such webhook")

// changeTime is what a change has to come to an end, once it has begun: a client that
// leaves does not stop it half-way.
const changeTime = 10 * time.Second

// Options are what a manager works with. All but the last two are required.
type Options struct {
	Store   ports.SubscriptionStore
	Runners Runners
	// Connect makes what sends to the subscription that current gives at the time.
	Connect   func(current func() ports.Subscription) ports.Publisher
	Position  func() event.Position // of the log's last commit
	Now       func() time.Time
	NewID     ports.IDSource
	Report    ports.Reporter
	AllowHTTP bool // whether a URL may do without TLS
	Limit     int  // of the store, which dry runs are told of; 0 is none
}

// Manager owns the subscriptions: it keeps them in their store and lets them run.
type Manager struct {
	opts Options

	// changing is full while somebody changes subscriptions: store, memory and runners
	// together. Nobody whom a runner waits for may fill it.
	changing chan struct{}
	aside    sync.WaitGroup // changes that runners have brought about

	mu      sync.RWMutex // held for moments only
	all     map[string]*receiver
	stopped bool // nothing more is begun aside
}

// NewManager makes a manager; Start sets it to work.
func NewManager(opts Options) *Manager {
	return &Manager{opts: opts, changing: make(chan struct{}, 1), all: map[string]*receiver{}}
}

// alone waits until nobody else changes subscriptions, or the context ends; without an
// error, the change must end with a call of what it returns.
func (m *Manager) alone(ctx context.Context) (end func(), err error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	select {
	case m.changing <- struct{}{}:
		return func() { <-m.changing }, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// Start runs all subscriptions that are not disabled.
func (m *Manager) Start(ctx context.Context) error {
	end, err := m.alone(ctx)
	if err != nil {
		return err
	}
	defer end()
	all, err := m.opts.Store.List(ctx)
	if err != nil {
		return fmt.Errorf("list webhooks: %w", err)
	}
	for _, s := range all {
		if s.Disabled == deleted { // and the service ended before all of it was forgotten
			m.clear(ctx, s.ID)
			continue
		}
		r := m.add(s)
		if s.Disabled == "" {
			m.run(r)
		}
	}
	return nil
}

// Stop waits for changes that runners have brought about, and lets them bring about no
// more. The runners themselves are not the manager's to stop.
func (m *Manager) Stop() {
	m.mu.Lock()
	m.stopped = true
	m.mu.Unlock()
	m.aside.Wait()
}

// Suspend stops all subscriptions and lets them go, until Start: this process does not lead
// any more. After an error some may still run; it is called again then.
func (m *Manager) Suspend(ctx context.Context) error {
	end, err := m.alone(ctx)
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
				m.remove(s.ID)
			}
		})
	}
	pauses.Wait()
	return errors.Join(failures...)
}

func (m *Manager) add(s ports.Subscription) *receiver {
	r := &receiver{manager: m, now: s}
	r.to = m.opts.Connect(r.current)
	m.mu.Lock()
	defer m.mu.Unlock()
	m.all[s.ID] = r
	return r
}

func (m *Manager) remove(id string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.all, id)
}

func (m *Manager) run(r *receiver) {
	s := r.current()
	m.opts.Runners.Run(RunnerName(s.ID), s.After, wants(s), r)
}

func (m *Manager) find(id string) (*receiver, error) {
	m.mu.RLock()
	defer m.mu.RUnlock()
	if r, found := m.all[id]; found {
		return r, nil
	}
	return nil, ErrNotFound
}

// List gives all webhooks in the order of their IDs.
func (m *Manager) List() []Webhook {
	m.mu.RLock()
	defer m.mu.RUnlock()
	list := make([]Webhook, 0, len(m.all))
	for _, r := range m.all {
		list = append(list, m.show(r))
	}
	slices.SortFunc(list, func(a, b Webhook) int { return cmp.Compare(a.ID, b.ID) })
	return list
}

// Get finds a webhook.
func (m *Manager) Get(id string) (Webhook, error) {
	r, err := m.find(id)
	if err != nil {
		return Webhook{}, err
	}
	return m.show(r), nil
}

// disableGone disables for good the subscription of a receiver that is gone. Nothing is
// sent to it already; the rest is seen to aside, because whoever changes subscriptions
// may be waiting for the runner that tells it. If it fails, the next start sends once
// more and is told again.
func (m *Manager) disableGone(ctx context.Context, r *receiver) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.stopped {
		return
	}
	m.aside.Go(func() {
		end, err := m.alone(ctx)
		if err != nil {
			return // cannot be: this context does not end
		}
		defer end()
		s := r.current()
		if known, err := m.find(s.ID); err != nil || known != r || s.Disabled != receiverGone {
			return // deleted or enabled meanwhile
		}
		ctx, cancel := context.WithTimeout(ctx, changeTime)
		defer cancel()
		err = m.opts.Store.Put(ctx, s)
		if err == nil {
			r.change(s)
			err = m.opts.Runners.Pause(ctx, RunnerName(s.ID))
		}
		m.opts.Report(ports.Incident{Component: "webhooks", Message: "a receiver is gone: its webhook is disabled", Detail: s.ID, Err: err, Severe: err != nil})
	})
}
