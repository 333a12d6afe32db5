package bootstrap

import (
	"context"
	"os"
	"path/filepath"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/fx/fxtest"

	"github.com/onhand/onhand/adapters/jsondocuments"
	"github.com/onhand/onhand/adapters/memory"
	"github.com/onhand/onhand/application/leadership"
	"github.com/onhand/onhand/application/projection"
	"github.com/onhand/onhand/ports"
)

func TestACallThatTakesLongerThanARequestIsAFaultOfTheDisk(t *testing.T) {
	b, start := wired(t, map[string]string{"ONHAND_REQUEST_TIMEOUT_MS": "2000"})
	start()
	synctest.Test(t, func(t *testing.T) {
		for c, faults := range map[ports.Breaker]int64{b.writes: 1, b.reads: 1, b.sync: 0, b.api: 0} {
			for _, took := range []time.Duration{2 * time.Second, 2*time.Second + 1} {
				require.NoError(t, c.Do(context.Background(), func(context.Context) error {
					time.Sleep(took) // of the bubble's time
					return nil
				}))
			}
			require.Equal(t, faults, c.Status().Faults, c.Status().Name)
		}
	})
}

// Tries that the breaker does not see are made though it is open.
func TestEachTryToSaveACheckpointGoesThroughTheBreaker(t *testing.T) {
	dir := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dir, checkpointsName), nil, 0o600))
	c, err := readConfig(map[string]string{"ONHAND_DATA_DIR": dir, "ONHAND_RETRY_TIMES": "2", "ONHAND_RETRY_BASE_MS": "1"})
	require.NoError(t, err)
	b, _ := wired(t, nil)
	files := jsondocuments.NewCheckpoints(filepath.Join(dir, checkpointsName), nil)
	duties := leadership.New(memory.NewLeader(), nil)
	require.NoError(t, duties.Start(t.Context()))
	_, err = newCheckpoints(c, &backend{checkpoints: files}, duties, b).Save(t.Context(), "view",
		func(func([]byte, error) bool) {}, nil)
	require.Error(t, err)
	require.EqualValues(t, 3, b.sync.Status().Faults)
}

func TestForcedBreakersAreReportedOnce(t *testing.T) {
	c, err := readConfig(map[string]string{"ONHAND_BREAKER_FORCE_OPEN": "filesystem-writes,publisher-webhook"})
	require.NoError(t, err)
	var told []string
	b, err := newBreakers(c, func(i ports.Incident) { told = append(told, i.Detail) }, fxtest.NewLifecycle(t))
	require.NoError(t, err)
	for _, webhook := range []string{"webhook-1", "webhook-2"} {
		_, err := b.webhooks.lend(webhook)
		require.NoError(t, err)
	}
	require.Equal(t, []string{"filesystem-writes", "publisher-webhook"}, told)
}

func TestAWebhookThatRestsGivesItsBreakerBack(t *testing.T) {
	b, _ := wired(t, nil)
	r := &runners{group: projection.NewGroup(), pool: b.webhooks}
	_, err := r.pool.lend("webhook-1")
	require.NoError(t, err)
	require.NoError(t, r.Pause(t.Context(), "webhook-1"))
	require.Empty(t, r.pool.inUse())
}
