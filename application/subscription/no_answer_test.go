package subscription_test

import (
	"context"
	"errors"
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

// slow is a receiver that takes a time for each event, and then fails or not.
type slow struct {
	takes time.Duration
	fails error
}

// Publish implements ports.Publisher.
func (s *slow) Publish(ctx context.Context, events []ports.StreamEvent) (int, error) {
	select {
	case <-time.After(s.takes):
	case <-ctx.Done():
		return 0, ctx.Err()
	}
	if s.fails != nil {
		return 0, s.fails
	}
	return len(events), nil
}

func noAnswer(cause string) error { return &ports.DeliveryError{Reason: ports.NoAnswer, Cause: cause} }

// withSlow runs a test with one webhook. Time is not real.
func withSlow(t *testing.T, test func(t *testing.T, w *world, receiver *slow, id string)) {
	synctest.Test(t, func(t *testing.T) {
		receiver := &slow{}
		w := &world{runners: &runners{
			running: map[string]func(...ports.StreamEvent) error{}, targets: map[string]ports.Publisher{},
		}}
		w.Manager = subscription.NewManager(subscription.Options{
			Store: &memory.SubscriptionStore{}, Runners: w.runners,
			Connect:  func(func() ports.Subscription) ports.Publisher { return receiver },
			Position: func() event.Position { return 0 }, Now: time.Now, NewID: func() string { return "id" },
			Report: func(i ports.Incident) { w.incidents = append(w.incidents, i) },
		})
		test(t, w, receiver, w.create(t, subscription.CreateWebhook{}).ID)
	})
}

func TestATestWithoutAnAnswerTakesWholeSeconds(t *testing.T) {
	withSlow(t, func(t *testing.T, w *world, receiver *slow, id string) {
		for _, c := range []struct {
			takes time.Duration
			fails error
			after time.Duration
		}{
			{takes: 0, fails: noAnswer("inside"), after: time.Second},
			{takes: 40 * time.Millisecond, fails: noAnswer("not known"), after: time.Second},
			{takes: 999 * time.Millisecond, fails: noAnswer("refused"), after: time.Second},
			{takes: 1200 * time.Millisecond, fails: noAnswer("broke"), after: 2 * time.Second},
			{takes: 40 * time.Millisecond, fails: &ports.DeliveryError{Status: 500}, after: 40 * time.Millisecond},
			{takes: 40 * time.Millisecond, after: 40 * time.Millisecond},
		} {
			receiver.takes, receiver.fails = c.takes, c.fails
			began := time.Now()
			tested, err := w.Test(ctx, id)
			require.NoError(t, err)
			require.Equal(t, c.after, time.Since(began))
			require.Equal(t, c.after, tested.Duration)
			shown, err := w.Get(id)
			require.NoError(t, err)
			require.Equal(t, tested, shown.Outcomes.Attempts[0])
		}
	})
}

func TestATestLeavesTimeForItsAnswer(t *testing.T) {
	withSlow(t, func(t *testing.T, w *world, receiver *slow, id string) {
		for _, takes := range []time.Duration{300 * time.Millisecond, time.Hour} {
			receiver.takes, receiver.fails = takes, noAnswer("broke")
			began := time.Now()
			limited, cancel := context.WithTimeout(ctx, 1300*time.Millisecond)
			tested, err := w.Test(limited, id)
			cancel()
			require.NoError(t, err)
			require.Equal(t, ports.NoAnswer, tested.Error)
			require.Equal(t, 800*time.Millisecond, time.Since(began))
		}
		left, cancel := context.WithCancel(ctx)
		time.AfterFunc(500*time.Millisecond, cancel)
		receiver.takes = 0
		_, err := w.Test(left, id)
		require.ErrorIs(t, err, context.Canceled)
	})
}

func TestOnlyTheLogTellsWhyThereIsNoAnswer(t *testing.T) {
	withSlow(t, func(t *testing.T, w *world, receiver *slow, id string) {
		causes := func() (all []string) {
			for _, i := range w.incidents {
				require.Equal(t, id, i.Detail)
				all = append(all, i.Message+": "+i.Err.Error())
			}
			w.incidents = nil
			return all
		}
		for _, fails := range []error{
			noAnswer("inside"), noAnswer("inside"), noAnswer("broke"), nil, noAnswer("broke"), &ports.DeliveryError{Status: 500},
			errors.New("left"), noAnswer("broke"),
		} {
			receiver.fails = fails
			_ = w.runners.deliver(id, publishertest.Events(1, 1)...)
			shown, err := w.Get(id)
			require.NoError(t, err)
			if latest := shown.Outcomes.Attempts[0]; latest.Status == 0 && !latest.Delivered {
				require.Equal(t, time.Second, latest.Duration)
				require.Contains(t, []string{ports.NoAnswer, "it was broken off"}, latest.Error)
			}
		}
		const message = "a receiver gives no answer: "
		require.Equal(t, []string{message + "inside", message + "broke", message + "broke", message + "broke"}, causes())
		for range 2 {
			tested, err := w.Test(ctx, id)
			require.NoError(t, err)
			require.Equal(t, ports.NoAnswer, tested.Error)
			require.Equal(t, []string{"a test of a webhook had no answer: broke"}, causes())
		}
	})
}
