package bootstrap

import (
	"bytes"
	"context"
	"errors"
	"testing"
	"time"

	"github.com/sirupsen/logrus"
	"github.com/stretchr/testify/require"
	"go.uber.org/fx/fxtest"

	"github.com/onhand/onhand/application/ledger"
	"github.com/onhand/onhand/ports"
)

// opened opens a backend as the service does. What the service would log goes to out.
func opened(t *testing.T, settings map[string]string, out *bytes.Buffer) (*backend, *fxtest.Lifecycle) {
	c, err := readConfig(settings)
	require.NoError(t, err)
	report := func(ports.Incident) {}
	circuits, _ := wired(t, settings)
	logger := logrus.New()
	logger.SetOutput(out)
	lc := fxtest.NewLifecycle(t)
	b, err := newBackend(backendParams{
		Config: c, Clock: ledger.NewClock(func() (time.Time, time.Duration) { return noon, 0 }, report), Breakers: circuits,
		Bulkheads: newBulkheads(c), Metrics: newMetrics(), Report: report, Logger: logger, Stop: &running{},
	}, lc)
	require.NoError(t, err)
	lc.RequireStart()
	return b, lc
}

func TestEveryTechnologyProvidesEverything(t *testing.T) {
	for kind := range technologies {
		t.Run(kind, func(t *testing.T) {
			var out bytes.Buffer
			b, lc := opened(t, map[string]string{"ONHAND_EVENT_STORE": kind, "ONHAND_DATA_DIR": t.TempDir()}, &out)
			require.Equal(t, kind, b.store.Properties().Kind)
			require.NotNil(t, b.feed)
			require.Equal(t, b.volatile, out.Len() > 0, "it says so if nothing is kept: %s", &out)
			require.Nil(t, b.leases, "there is one process")
			require.False(t, b.store.Properties().SeveralWriters)
			_, err := b.leader.TryCampaign(t.Context())
			require.NoError(t, err)
			letters, err := b.deadLetters()
			require.NoError(t, err)
			subscriptions, err := b.subscriptions()
			require.NoError(t, err)
			_, none := b.snapshots.List(t.Context())
			require.NoError(t, errors.Join(none,
				letters.Put(t.Context(), ports.DeadLetter{
					ID: "x-1-0", Projection: "x", Event: ports.StreamEvent{Position: 1, Event: ports.Event{Stream: "s", Version: 1, Type: "t", Data: []byte("{}")}},
				}),
				subscriptions.Put(t.Context(), ports.Subscription{ID: "s"}),
				b.checkpoints.Delete(t.Context(), "x")))
			lc.RequireStop()
			_, err = b.store.CatchUp(context.Background())
			require.ErrorIs(t, err, ports.ErrUnavailable)
			require.False(t, b.leader.IsLeader())
		})
	}
}

func TestProcessesThatShareADirectoryHaveOneLeaderAndLeases(t *testing.T) {
	settings := map[string]string{"ONHAND_DATA_DIR": t.TempDir(), "ONHAND_LOCKS_ENABLED": "true"}
	var out bytes.Buffer
	one, first := opened(t, settings, &out)
	two, second := opened(t, settings, &out)
	require.True(t, one.store.Properties().SeveralWriters && one.leases != nil && two.leases != nil)
	_, err := one.leader.TryCampaign(t.Context())
	require.NoError(t, err)
	_, err = two.leader.TryCampaign(t.Context())
	require.ErrorIs(t, err, ports.ErrNotLeader)
	first.RequireStop()
	_, err = two.leader.TryCampaign(t.Context())
	require.NoError(t, err)
	second.RequireStop()
}
