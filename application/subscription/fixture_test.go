package subscription_test

import (
	"context"
	"encoding/base64"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/onhand/onhand/adapters/memory"
	"github.com/onhand/onhand/application/subscription"
	"github.com/onhand/onhand/domain/event"
	"github.com/onhand/onhand/ports"
)

// runners records its calls, and delivers the events that a test gives it.
type runners struct {
	mu      sync.Mutex
	told    []string
	running map[string]func(...ports.StreamEvent) error
	targets map[string]ports.Publisher
	runs    map[string]subscription.Run
	kept    map[string][]byte // by earlier processes

	unreadable error
}

// to returns the publisher of a subscription.
func (r *runners) to(id string) func(context.Context, []ports.StreamEvent) (int, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.targets[subscription.RunnerName(id)].Publish
}

func (r *runners) tell(text string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.told = append(r.told, text)
}

func (r *runners) Run(run subscription.Run) {
	r.tell(fmt.Sprintf("run %s after %d", run.Name, run.After))
	r.mu.Lock()
	defer r.mu.Unlock()
	if saved := r.kept[run.Name]; saved != nil {
		run.Kept.Restore(saved)
	}
	if r.runs == nil {
		r.runs = map[string]subscription.Run{}
	}
	r.runs[run.Name] = run
	r.targets[run.Name] = run.To
	r.running[run.Name] = func(events ...ports.StreamEvent) error {
		var wanted []ports.StreamEvent
		for _, e := range events {
			if run.Wants(&e) {
				wanted = append(wanted, e)
			}
		}
		_, err := run.To.Publish(context.Background(), wanted)
		return err
	}
}

func (r *runners) stop(word, name string) error {
	r.tell(word + " " + name)
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.running, name)
	return nil
}

func (r *runners) Pause(_ context.Context, name string) error { return r.stop("pause", name) }
func (r *runners) End(_ context.Context, name string) error   { return r.stop("end", name) }

func (r *runners) Touch(name string) { r.tell("touch " + name) }

// Kept returns what save has saved.
func (r *runners) Kept(_ context.Context, name string) ([]byte, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.kept[name], r.unreadable
}

// save saves what all runs keep.
func (r *runners) save() map[string][]byte {
	r.mu.Lock()
	defer r.mu.Unlock()
	kept := map[string][]byte{}
	for name, run := range r.runs {
		kept[name] = run.Kept.Encode()
	}
	return kept
}

// heard returns the calls since the last time.
func (r *runners) heard() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	text := strings.Join(r.told, "; ")
	r.told = nil
	return text
}

func (r *runners) deliver(id string, events ...ports.StreamEvent) error {
	r.mu.Lock()
	run := r.running[subscription.RunnerName(id)]
	r.mu.Unlock()
	return run(events...)
}

// world is a manager with its dependencies.
type world struct {
	*subscription.Manager
	store     *memory.SubscriptionStore
	runners   *runners
	receiver  *memory.Publisher
	signedBy  func() ports.Subscription // of the newest webhook
	now       time.Time
	ids       int
	incidents []ports.Incident
}

func begin(t *testing.T, store *memory.SubscriptionStore) *world {
	t.Helper()
	return beginWith(t, store, nil, nil)
}

// beginWith begins with what earlier processes have kept.
func beginWith(t *testing.T, store *memory.SubscriptionStore, kept map[string][]byte, unreadable error) *world {
	t.Helper()
	w := &world{
		store: store, receiver: &memory.Publisher{}, now: time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC),
		runners: &runners{
			running: map[string]func(...ports.StreamEvent) error{}, targets: map[string]ports.Publisher{},
			kept: kept, unreadable: unreadable,
		},
	}
	w.Manager = subscription.NewManager(subscription.Options{
		Store: store, Runners: w.runners,
		Connect: func(current func() ports.Subscription) ports.Publisher {
			w.signedBy = current
			return w.receiver
		},
		Position: func() event.Position { return 41 },
		Now:      func() time.Time { return w.now },
		NewID:    func() string { w.ids++; return fmt.Sprintf("id-%d", w.ids) },
		Report:   func(i ports.Incident) { w.incidents = append(w.incidents, i) },
	})
	require.NoError(t, w.Start(context.Background()))
	return w
}

// secret returns a secret that depends on a text.
func secret(text string) subscription.SecretText {
	return subscription.SecretText("whsec_" + base64.StdEncoding.EncodeToString([]byte(text+strings.Repeat("-", 24))))
}

func (w *world) create(t *testing.T, c subscription.CreateWebhook) subscription.Webhook {
	t.Helper()
	if c.URL == "" {
		c.URL = "https://shop.example/hook"
	}
	if c.Secret == "" {
		c.Secret = secret("first")
	}
	made, err := c.Handle(context.Background(), w.Manager, "", false)
	require.NoError(t, err)
	w.runners.heard()
	return made.Webhook
}

func (w *world) keys() string {
	var all []string
	for _, s := range w.signedBy().Secrets {
		all = append(all, strings.Trim(string(s.Key), "-"))
	}
	return strings.Join(all, " ")
}
