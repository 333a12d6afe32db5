package subscription_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/onhand/onhand/adapters/memory"
	"github.com/onhand/onhand/application/subscription"
	"github.com/onhand/onhand/domain/event"
	"github.com/onhand/onhand/ports"
	"github.com/onhand/onhand/ports/publishertest"
)

// followers are runners that really run: each sends one event after the other, and Pause waits
// until no delivery is under way.
type followers struct {
	mu  sync.Mutex
	all map[string]*follower
}

type follower struct {
	cancel context.CancelFunc
	done   chan struct{}
}

func (*followers) Touch(string) {}

func (*followers) Kept(context.Context, string) ([]byte, error) { return nil, nil }

func (f *followers) Run(run subscription.Run) {
	ctx, cancel := context.WithCancel(context.Background())
	one := &follower{cancel: cancel, done: make(chan struct{})}
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.all[run.Name] != nil {
		panic(run.Name + " runs already")
	}
	f.all[run.Name] = one
	go func() {
		defer close(one.done)
		for at := run.After + 1; ctx.Err() == nil; at++ {
			if _, err := run.To.Publish(ctx, publishertest.Events(at, 1)); errors.Is(err, ports.ErrGone) {
				return
			}
		}
	}()
}

func (f *followers) Pause(ctx context.Context, name string) error {
	f.mu.Lock()
	one := f.all[name]
	delete(f.all, name)
	f.mu.Unlock()
	if one == nil {
		return nil
	}
	one.cancel()
	select {
	case <-one.done:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (f *followers) End(ctx context.Context, name string) error { return f.Pause(ctx, name) }

// slowly is a receiver that takes a second to answer.
type slowly struct {
	err func() error
}

func (s slowly) Publish(_ context.Context, events []ports.StreamEvent) (int, error) {
	time.Sleep(time.Second)
	if err := s.err(); err != nil {
		return 0, err
	}
	return len(events), nil
}

func crossing(t *testing.T, store *memory.SubscriptionStore, err func() error) (*subscription.Manager, *followers) {
	f := &followers{all: map[string]*follower{}}
	var ids atomic.Int32
	m := subscription.NewManager(subscription.Options{
		Store: store, Runners: f,
		Connect:  func(func() ports.Subscription) ports.Publisher { return slowly{err} },
		Position: func() event.Position { return 0 }, Now: time.Now,
		NewID:  func() string { return fmt.Sprintf("id-%d", ids.Add(1)) },
		Report: func(ports.Incident) {},
	})
	require.NoError(t, m.Start(ctx))
	return m, f
}

func TestStoppingAWebhookDoesNotWaitForTheChangeThatItsReceiverCauses(t *testing.T) {
	for name, stop := range map[string]func(*subscription.Manager, string) error{
		"delete":  func(m *subscription.Manager, id string) error { return m.Delete(ctx, id) },
		"disable": func(m *subscription.Manager, id string) error { _, err := m.Disable(ctx, id); return err },
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				store := &memory.SubscriptionStore{}
				m, _ := crossing(t, store, func() error { return ports.ErrGone })
				c := subscription.CreateWebhook{URL: "https://shop.example", Secret: secret("first")}
				made, err := c.Handle(ctx, m, "", false)
				require.NoError(t, err)
				time.Sleep(time.Second / 2) // its receiver is about to say that it is gone
				require.NoError(t, stop(m, made.Webhook.ID))
				m.Stop()
				kept, err := store.List(ctx)
				require.NoError(t, err)
				if name == "delete" {
					require.Empty(t, kept, "the change of the receiver did not bring it back")
				} else {
					require.Equal(t, "by request", kept[0].Disabled)
				}
			})
		})
	}
}

// In the end the store, the list and the runners agree, however the changes cross.
func TestCrossingChangesLeaveOneTruth(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := &memory.SubscriptionStore{}
		n := 0
		var mu sync.Mutex
		m, running := crossing(t, store, func() error {
			mu.Lock()
			defer mu.Unlock()
			if n++; n%7 == 0 {
				return ports.ErrGone
			}
			return nil
		})
		var done sync.WaitGroup
		for worker := range 6 {
			done.Go(func() {
				for round := range 20 {
					key := fmt.Sprint("key", round%3)
					c := subscription.CreateWebhook{URL: "https://shop.example", Secret: secret(key)}
					made, err := c.Handle(ctx, m, key, false)
					if err != nil {
						t.Errorf("create: %v", err)
						return
					}
					id := made.Webhook.ID
					switch (worker + round) % 5 {
					case 0:
						err = m.Delete(ctx, id)
					case 1:
						_, err = m.Enable(ctx, id)
					case 2:
						_, err = m.Disable(ctx, id)
					case 3:
						_, err = (&subscription.RotateSecret{Secret: secret(fmt.Sprint(worker, round))}).Handle(ctx, m, id, false)
					default:
						_, err = m.Test(ctx, id)
					}
					if err != nil && !errors.Is(err, subscription.ErrNotFound) {
						t.Errorf("%d: %v", worker, err)
					}
					time.Sleep(time.Duration(worker*100) * time.Millisecond)
				}
			})
		}
		done.Wait()
		m.Stop()
		kept, err := store.List(ctx)
		require.NoError(t, err)
		shown := m.List()
		require.Len(t, shown, len(kept))
		for i, s := range kept {
			require.Equal(t, s.ID, shown[i].ID)
			require.Equal(t, s.Disabled, shown[i].Disabled)
			require.Equal(t, s.Disabled == "", running.all[subscription.RunnerName(s.ID)] != nil)
		}
		for _, s := range kept {
			require.NoError(t, running.Pause(ctx, subscription.RunnerName(s.ID)))
		}
	})
}
