package subscription_test

import (
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/onhand/onhand/adapters/memory"
	"github.com/onhand/onhand/application/subscription"
	"github.com/onhand/onhand/ports"
	"github.com/onhand/onhand/ports/publishertest"
)

func TestOutcomesSurviveARestart(t *testing.T) {
	store := &memory.SubscriptionStore{}
	w := begin(t, store)
	id := w.create(t, subscription.CreateWebhook{}).ID
	w.receiver.Fail(&ports.DeliveryError{Status: 503, Reason: "Service Unavailable"})
	for n := range 5 {
		require.Error(t, w.runners.deliver(id, publishertest.Events(1, 1)...))
		w.now = w.now.Add(time.Duration(n) * time.Second)
	}
	w.receiver.Fail(nil)
	require.NoError(t, w.runners.deliver(id, publishertest.Events(1, 18)...))
	w.receiver.Fail(&ports.DeliveryError{Status: 503, Reason: "Service Unavailable"})
	require.Error(t, w.runners.deliver(id, publishertest.Events(19, 1)...))
	before, err := w.Get(id)
	require.NoError(t, err)
	require.Len(t, before.Outcomes.Attempts, 20)
	kept := w.runners.save()

	again := beginWith(t, store, kept, nil)
	after, err := again.Get(id)
	require.NoError(t, err)
	require.Equal(t, before.Outcomes, after.Outcomes)
	again.receiver.Fail(&ports.DeliveryError{Status: 503, Reason: "Service Unavailable"})
	require.Error(t, again.runners.deliver(id, publishertest.Events(19, 1)...))
	after, err = again.Get(id)
	require.NoError(t, err)
	require.Len(t, after.Outcomes.Attempts, 20)
	require.Equal(t, before.Outcomes.Attempts[:19], after.Outcomes.Attempts[1:], "the older ones follow")
	require.Equal(t, before.Outcomes.LastSuccess, after.Outcomes.LastSuccess)
	require.Equal(t, 2, after.Outcomes.Failures, "in a row, also over the restart")

	_, err = again.Disable(ctx, id)
	require.NoError(t, err)
	kept = again.runners.save()
	disabled := beginWith(t, store, kept, nil)
	shown, err := disabled.Get(id)
	require.NoError(t, err)
	require.Equal(t, after.Outcomes, shown.Outcomes)
	_, err = disabled.Enable(ctx, id)
	require.NoError(t, err)
	shown, err = disabled.Get(id)
	require.NoError(t, err)
	require.Equal(t, after.Outcomes, shown.Outcomes, "its runner does not add them again")
}

func TestOutcomesThatCannotBeReadStopNothing(t *testing.T) {
	store := &memory.SubscriptionStore{}
	w := begin(t, store)
	id := w.create(t, subscription.CreateWebhook{}).ID
	_, err := w.Disable(ctx, id)
	require.NoError(t, err)
	again := beginWith(t, store, nil, errors.New("EIO"))
	require.Len(t, again.incidents, 1)
	_, err = again.Get(id)
	require.NoError(t, err)
	damaged := beginWith(t, store, map[string][]byte{subscription.RunnerName(id): []byte("{")}, nil)
	shown, err := damaged.Get(id)
	require.NoError(t, err)
	require.Empty(t, shown.Outcomes.Attempts)
}

func TestATestIsSavedSoon(t *testing.T) {
	w := begin(t, &memory.SubscriptionStore{})
	id := w.create(t, subscription.CreateWebhook{}).ID
	_, err := w.Test(ctx, id)
	require.NoError(t, err)
	require.Equal(t, "touch "+subscription.RunnerName(id), w.runners.heard())
	require.NotNil(t, w.runners.save()[subscription.RunnerName(id)])
}

func TestAWebhookMayAskForBatches(t *testing.T) {
	store := &memory.SubscriptionStore{}
	w := begin(t, store)
	most, wait := 3, 250
	batched := w.create(t, subscription.CreateWebhook{
		MaxInFlight: &most, Batch: &subscription.WantedBatch{MaxEvents: 50, MaxWaitMS: &wait},
	})
	require.Equal(t, 3, batched.MaxInFlight)
	want := ports.Batch{MaxEvents: 50, MaxWait: 250 * time.Millisecond}
	require.Equal(t, want, batched.Batch)
	run := w.runners.runs[subscription.RunnerName(batched.ID)]
	require.Equal(t, want, run.Batch)
	require.Equal(t, 3, run.MaxInFlight)
	require.NoError(t, w.runners.deliver(batched.ID, publishertest.Events(1, 7)...))
	shown, err := w.Get(batched.ID)
	require.NoError(t, err)
	require.Len(t, shown.Outcomes.Attempts, 1, "one delivery")
	require.Equal(t, 7, shown.Outcomes.Attempts[0].Events)

	plain := w.create(t, subscription.CreateWebhook{Batch: &subscription.WantedBatch{MaxEvents: 2}})
	require.Equal(t, 16, plain.MaxInFlight, "the default")
	require.Equal(t, time.Second, plain.Batch.MaxWait, "the default")
	require.NoError(t, store.Put(ctx, ports.Subscription{ID: "earlier", URL: "https://shop.example"}))
	require.Equal(t, 16, begin(t, store).runners.runs["webhook-earlier"].MaxInFlight, "of a version without the setting")
}

func TestBatchesBeyondTheLimitsAreRefused(t *testing.T) {
	number := func(n int) *int { return &n }
	for _, c := range []subscription.CreateWebhook{
		{MaxInFlight: number(0)},
		{MaxInFlight: number(65)},
		{Batch: &subscription.WantedBatch{}},
		{Batch: &subscription.WantedBatch{MaxEvents: 101}},
		{Batch: &subscription.WantedBatch{MaxEvents: 1, MaxWaitMS: number(-1)}},
		{Batch: &subscription.WantedBatch{MaxEvents: 1, MaxWaitMS: number(60_001)}},
	} {
		c.URL, c.Secret = "https://shop.example/hook", secret("first")
		_, err := c.Handle(ctx, begin(t, &memory.SubscriptionStore{}).Manager, "", false)
		require.ErrorContains(t, err, "must be between")
	}
}
