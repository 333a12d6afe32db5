package subscription_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/onhand/onhand/adapters/memory"
	"github.com/onhand/onhand/application/ledger"
	"github.com/onhand/onhand/application/subscription"
	"github.com/onhand/onhand/domain/event"
	"github.com/onhand/onhand/ports"
	"github.com/onhand/onhand/ports/publishertest"
)

var ctx = context.Background()

func TestAWebhookIsCreated(t *testing.T) {
	store := &memory.SubscriptionStore{Limit: 2}
	w := begin(t, store)
	create := subscription.CreateWebhook{
		URL: "https://shop.example/hook", Secret: secret("first"), Types: []string{"onhand.stock.low.v1"},
	}
	dry, err := create.Handle(ctx, w.Manager, "key", true)
	require.NoError(t, err)
	require.EqualValues(t, 41, dry.Webhook.After, "from now on")
	require.Empty(t, w.List(), "a dry run creates nothing")
	made, err := create.Handle(ctx, w.Manager, "key", false)
	require.NoError(t, err)
	require.Regexp(t, `^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`, made.Webhook.ID)
	name := subscription.RunnerName(made.Webhook.ID)
	require.Equal(t, "end "+name+"; run "+name+" after 41", w.runners.heard())
	again, err := create.Handle(ctx, w.Manager, "key", false)
	require.NoError(t, err)
	require.True(t, again.Replayed)
	require.Equal(t, made.Webhook, again.Webhook)
	for _, other := range []subscription.CreateWebhook{
		{URL: create.URL, Secret: secret("other"), Types: create.Types},
		{URL: create.URL, Secret: create.Secret, Stores: []string{"S1"}},
		{URL: create.URL, Secret: create.Secret, Types: create.Types, After: new(event.Position)},
	} {
		_, err = other.Handle(ctx, w.Manager, "key", false)
		require.ErrorIs(t, err, ledger.ErrKeyReused)
	}
	beginning := w.create(t, subscription.CreateWebhook{After: new(event.Position)})
	require.Zero(t, beginning.After)
	_, err = create.Handle(ctx, w.Manager, "third", false)
	var full *ports.LimitError
	require.ErrorAs(t, err, &full)
	require.Len(t, w.List(), 2)
	w.runners.heard()

	restarted := begin(t, store)
	require.Equal(t, w.List(), restarted.List())
	told := restarted.runners.heard()
	require.Contains(t, told, "run "+name+" after 41")
	require.Contains(t, told, "run "+subscription.RunnerName(beginning.ID)+" after 0")
}

func TestSecretsRotate(t *testing.T) {
	w := begin(t, &memory.SubscriptionStore{})
	id := w.create(t, subscription.CreateWebhook{}).ID
	rotate := func(to string) subscription.Webhook {
		shown, err := (&subscription.RotateSecret{Secret: secret(to)}).Handle(ctx, w.Manager, id, false)
		require.NoError(t, err)
		return shown
	}
	shown := rotate("second")
	require.Equal(t, 2, shown.SecretsInUse)
	require.Equal(t, w.now, shown.SecretRotatedAt)
	require.Equal(t, "second first", w.keys())
	until := w.signedBy().Secrets[1].Until
	require.Equal(t, w.now.Add(24*time.Hour), until)
	w.now = w.now.Add(23 * time.Hour)
	rotate("second")
	require.Equal(t, until, w.signedBy().Secrets[1].Until, "a repetition changes nothing")
	rotate("third")
	require.Equal(t, "third second first", w.keys())
	w.now = w.now.Add(time.Hour)
	shown, err := w.Get(id)
	require.NoError(t, err)
	require.Equal(t, 2, shown.SecretsInUse, "the first no longer signs")
	rotate("fourth")
	require.Equal(t, "fourth third second", w.keys())
	rotate("fifth")
	require.Equal(t, "fifth fourth third", w.keys(), "three at most")
	kept, err := w.store.List(ctx)
	require.NoError(t, err)
	require.Equal(t, w.signedBy(), kept[0])
}

func TestAReceiverThatIsGoneGetsNothingMore(t *testing.T) {
	store := &memory.SubscriptionStore{}
	w := begin(t, store)
	id := w.create(t, subscription.CreateWebhook{}).ID
	require.NoError(t, w.runners.deliver(id, publishertest.Events(1, 2)...))
	w.receiver.Fail(ports.ErrGone)
	deliver := w.runners.running[subscription.RunnerName(id)]
	require.ErrorIs(t, deliver(publishertest.Events(3, 2)...), ports.ErrGone)
	w.receiver.Fail(nil)
	require.ErrorIs(t, deliver(publishertest.Events(3, 2)...), ports.ErrGone, "it is not called again")
	w.Stop()
	require.Equal(t, "pause "+subscription.RunnerName(id), w.runners.heard())
	require.Len(t, w.incidents, 1)
	shown, err := w.Get(id)
	require.NoError(t, err)
	require.Contains(t, shown.Disabled, "410")
	require.Equal(t, w.now, shown.DisabledAt)
	require.Len(t, w.receiver.Taken(), 2)
	require.Empty(t, begin(t, store).runners.heard(), "nor after a restart")

	shown, err = w.Enable(ctx, id)
	require.NoError(t, err)
	require.Empty(t, shown.Disabled)
	require.Contains(t, w.runners.heard(), "run "+subscription.RunnerName(id))
	require.NoError(t, w.runners.deliver(id, publishertest.Events(3, 2)...))
	require.Len(t, w.receiver.Taken(), 4)
	_, err = w.Enable(ctx, id)
	require.NoError(t, err)
	require.Empty(t, w.runners.heard(), "it runs already")
}

func TestAWebhookIsDisabledAndDeleted(t *testing.T) {
	store := &memory.SubscriptionStore{}
	w := begin(t, store)
	id := w.create(t, subscription.CreateWebhook{}).ID
	name := subscription.RunnerName(id)
	for range 2 {
		shown, err := w.Disable(ctx, id)
		require.NoError(t, err)
		require.Equal(t, "by request", shown.Disabled)
	}
	require.Equal(t, "pause "+name, w.runners.heard())
	require.Empty(t, begin(t, store).runners.heard())
	tested, err := w.Test(ctx, id)
	require.NoError(t, err)
	require.True(t, tested.Delivered, "a test is sent all the same")
	require.NoError(t, w.Delete(ctx, id))
	require.Equal(t, "touch "+name+"; end "+name, w.runners.heard())
	require.ErrorIs(t, w.Delete(ctx, id), subscription.ErrNotFound)
	for _, do := range []func() error{
		func() error { _, err := w.Get(id); return err },
		func() error { _, err := w.Enable(ctx, id); return err },
		func() error { _, err := w.Disable(ctx, id); return err },
		func() error { _, err := w.Test(ctx, id); return err },
		func() error {
			_, err := (&subscription.RotateSecret{Secret: secret("x")}).Handle(ctx, w.Manager, id, false)
			return err
		},
	} {
		require.ErrorIs(t, do(), subscription.ErrNotFound)
	}
	require.Empty(t, begin(t, store).List())
}

func TestOutcomesAreRecorded(t *testing.T) { synctest.Test(t, testOutcomes) }

func testOutcomes(t *testing.T) {
	w := begin(t, &memory.SubscriptionStore{})
	id := w.create(t, subscription.CreateWebhook{}).ID
	w.receiver.Fail(&ports.DeliveryError{Status: 503, Reason: "Service Unavailable"})
	for range 30 {
		require.Error(t, w.runners.deliver(id, publishertest.Events(1, 1)...))
	}
	shown, err := w.Get(id)
	require.NoError(t, err)
	require.Equal(t, 30, shown.Outcomes.Failures)
	require.Len(t, shown.Outcomes.Attempts, 20)
	require.Equal(t,
		subscription.Attempt{At: w.now, Event: ports.EventID{Position: 1}, Events: 1, Status: 503, Error: "Service Unavailable"},
		shown.Outcomes.Attempts[0])
	w.receiver.Fail(errors.New("https://user:password@inside"))
	tested, err := w.Test(ctx, id)
	require.NoError(t, err)
	require.Equal(t, "it was broken off", tested.Error)
	w.receiver.Fail(nil)
	failed := w.now
	w.now = w.now.Add(time.Minute)
	require.NoError(t, w.runners.deliver(id, publishertest.Events(1, 3)...))
	shown, err = w.Get(id)
	require.NoError(t, err)
	require.Zero(t, shown.Outcomes.Failures)
	require.Equal(t, []time.Time{w.now, failed}, []time.Time{shown.Outcomes.LastSuccess, shown.Outcomes.LastFailure})
	require.EqualValues(t, 3, shown.Outcomes.Attempts[0].Event.Position, "the newest first")
}

// The decorator keeps the contract of the publisher that it decorates.
func TestContract(t *testing.T) {
	publishertest.Run(t, func(t *testing.T) publishertest.Receiver {
		w := begin(t, &memory.SubscriptionStore{})
		id := w.create(t, subscription.CreateWebhook{}).ID
		return publishertest.Receiver{
			Open:  func(*testing.T) ports.Publisher { return publisher(w.runners.to(id)) },
			Taken: func(*testing.T) [][]byte { return w.receiver.Taken() },
			Refuse: func(refuse bool) {
				w.receiver.Fail(nil)
				if refuse {
					w.receiver.Fail(&ports.DeliveryError{Reason: "it does not want to"})
				}
			},
		}
	})
}

type publisher func(context.Context, []ports.StreamEvent) (int, error)

func (p publisher) Publish(ctx context.Context, events []ports.StreamEvent) (int, error) {
	return p(ctx, events)
}

func TestOnlyWantedEventsAreSent(t *testing.T) {
	w := begin(t, &memory.SubscriptionStore{})
	events := publishertest.Events(1, 4)
	events[1].Type = "stock.low.v1"
	events[2].Stream = "stock/S2/A"
	events[3].Stream, events[3].Type = "reservation/r1", "reservation.created.v1"
	for want, c := range map[string]subscription.CreateWebhook{
		"1.0 2.0 3.0 4.0": {},
		"2.0":             {Types: []string{"onhand.stock.low.v1"}},
		"1.0 2.0":         {Stores: []string{"S1"}},
		"3.0 ":            {Stores: []string{"S2", "S3"}, Types: []string{"onhand.stock.adjusted.v1"}},
	} {
		before := len(w.receiver.Taken())
		require.NoError(t, w.runners.deliver(w.create(t, c).ID, events...))
		var got []string
		for _, text := range w.receiver.Taken()[before:] {
			var one struct{ ID string }
			require.NoError(t, json.Unmarshal(text, &one))
			got = append(got, one.ID)
		}
		require.Equal(t, strings.Fields(want), got)
	}
}

func TestDelaysAreThoseOfTheScheduleTimesAHalfToOneAndAHalf(t *testing.T) {
	schedule := []time.Duration{time.Second, time.Hour}
	for failures, want := range schedule {
		early, more := subscription.Delay(schedule, failures+1, 0)
		require.True(t, more)
		late, _ := subscription.Delay(schedule, failures+1, 1)
		require.Equal(t, []time.Duration{want / 2, want / 2 * 3}, []time.Duration{early, late})
	}
	for _, failures := range []int{0, 3} {
		_, more := subscription.Delay(schedule, failures, 0)
		require.False(t, more)
	}
}

func TestSecretsAreNotShown(t *testing.T) {
	c := subscription.CreateWebhook{Secret: secret("hidden"), URL: "x"}
	text, err := json.Marshal(c)
	require.NoError(t, err)
	shown := string(text) + c.Validate(false).Error()
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
		shown += fmt.Sprintf(verb, c) + fmt.Sprintf(verb, c.Secret)
	}
	require.NotContains(t, shown, string(secret("hidden")))
	require.NotContains(t, shown, fmt.Sprintf("%x", string(secret("hidden"))))
	require.Contains(t, shown, "(secret)")
}
