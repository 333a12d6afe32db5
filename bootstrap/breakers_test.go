package bootstrap

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/fx/fxtest"

	"github.com/onhand/onhand/adapters/httpapi"
	"github.com/onhand/onhand/ports"
)

// wired makes the breakers of settings; start begins to run what takes them.
func wired(t *testing.T, settings map[string]string) (b *breakers, start func()) {
	c, err := readConfig(settings)
	require.NoError(t, err)
	lc := fxtest.NewLifecycle(t)
	b, err = newBreakers(c, func(ports.Incident) {}, lc)
	require.NoError(t, err)
	return b, func() { lc.RequireStart() }
}

var errDown = &ports.DeliveryError{Reason: "down"}

func calls(b ports.Breaker, err error) (ran bool) {
	_ = b.Do(context.Background(), func(context.Context) error {
		ran = true
		return err
	})
	return ran
}

// opens calls until it is not run.
func opens(t *testing.T, b ports.Breaker, with error) {
	t.Helper()
	require.Eventually(t, func() bool { return !calls(b, with) }, time.Minute, time.Millisecond)
}

func TestEachBreakerCountsItsOwnFaults(t *testing.T) {
	b, start := wired(t, map[string]string{"ONHAND_BREAKER_MIN_REQUESTS": "2"})
	start()
	webhook, err := b.webhooks.lend("webhook-1")
	require.NoError(t, err)
	eio := errors.New("EIO")
	for name, c := range map[string]struct {
		ports.Breaker
		fault, other error
	}{
		apiBreaker:             {b.api, &httpapi.FaultError{Cause: eio}, eio},
		writesBreaker:          {b.writes, eio, ports.ErrReadOnly},
		readsBreaker:           {b.reads, eio, nil},
		syncBreaker:            {b.sync, eio, &ports.LimitError{}},
		eventsFileBreaker:      {b.eventsFile, errDown, ports.ErrGone},
		webhookBreakers + "-1": {webhook, errDown, &ports.DeliveryError{Status: 404}},
	} {
		require.Equal(t, name, c.Status().Name)
		for range 20 {
			require.True(t, calls(c, c.other), name)
		}
		require.Zero(t, c.Status().Faults, name)
		opens(t, c, c.fault)
	}
	for _, s := range b.Status() {
		require.Equal(t, ports.BreakerOpen, s.State, s.Name)
	}
	require.Len(t, b.Status(), len(breakerNames))
}

func TestForcedBreakersAreOpenFromTheBeginning(t *testing.T) {
	b, start := wired(t, map[string]string{"ONHAND_BREAKER_FORCE_OPEN": "sync,filesystem-reads,publisher-webhook"})
	require.True(t, calls(b.reads, nil), "what a start reads is not guarded")
	start()
	webhook, err := b.webhooks.lend("webhook-1")
	require.NoError(t, err)
	for _, c := range []ports.Breaker{b.reads, b.sync, webhook} {
		require.False(t, calls(c, nil))
		require.True(t, c.Status().Forced)
	}
	for _, c := range []ports.Breaker{b.api, b.writes, b.eventsFile} {
		require.True(t, calls(c, nil))
	}
}

func TestWebhooksAreLentBreakers(t *testing.T) {
	b, _ := wired(t, map[string]string{"ONHAND_MAX_WEBHOOKS": "3", "ONHAND_BREAKER_MIN_REQUESTS": "2"})
	p := b.webhooks
	lend := func(to string) ports.Breaker {
		b, err := p.lend(to)
		require.NoError(t, err)
		return b
	}
	name := func(to string) string { return lend(to).Status().Name }
	require.Equal(t, "publisher-webhook-1", name("a"))
	require.Equal(t, "publisher-webhook-2", name("b"))
	require.Equal(t, "publisher-webhook-1", name("a"), "as long as it is not given back")
	opens(t, lend("a"), errDown)
	require.Equal(t, ports.BreakerOpen, p.together().State)
	p.giveBack("a")
	p.giveBack("a") // once more is nothing
	p.giveBack("unknown")
	require.Equal(t, ports.BreakerClosed, p.together().State)
	faults := p.together().Faults
	require.Positive(t, faults, "what was counted is not lost")

	require.Equal(t, "publisher-webhook-3", name("c"), "one that was never lent")
	p.giveBack("c")
	require.Equal(t, "publisher-webhook-1", name("d"), "then the one that is free for longest")
	require.True(t, calls(lend("d"), nil), "which is closed")
	require.Equal(t, "publisher-webhook-3", name("e"))
	require.Equal(t, "publisher-webhook-4", name("f"), "more than may be are not left without")
	require.Len(t, p.inUse(), 4)
	require.Equal(t, faults, p.together().Faults)
}
