package crash_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/onhand/onhand/test/process"
)

// A snapshot is due when the log has grown by 4 MiB; deliveries make that quick.
const (
	snapshotRounds = 4 // in CI; a fifth of ONHAND_ROUNDS if that is set
	delivered      = 200
	names          = 8000
)

// TestKilledWhileSnapshotsAreWrittenNothingIsLostOrDoubled kills the service when
// a snapshot, or the log's saved index, has begun to be written. Each time the
// log must hold every acknowledged change, whatever snapshots there are must be what
// it leads to, and the next start must show its numbers.
func TestKilledWhileSnapshotsAreWrittenNothingIsLostOrDoubled(t *testing.T) {
	seed := number("ONHAND_SEED", uint64(time.Now().UnixNano()))
	rounds := int(max(snapshotRounds, number("ONHAND_ROUNDS", 0)/5))
	t.Logf("ONHAND_SEED=%d, %d rounds", seed, rounds)
	rng := rand.New(rand.NewPCG(seed, 2))
	c := newCampaign(t, func(rng *rand.Rand, reference string) change {
		one := change{sku: rng.IntN(skus), cart: rng.IntN(2) == 0, reference: reference}
		if rng.IntN(3) == 0 {
			one.sku, one.delivery = rng.IntN(names), delivered
		}
		return one
	})
	every := append([]string{"SNAPSHOT_EVERY_N_EVENTS=1"}, settings...)
	service := process.Start(t, c.dir, every...)
	promise(t, service.URL)
	unfinished := 0
	for range rounds {
		c.numbersAreTheLogs(t, service)
		c.settle(t, service)
		seen, later := make(chan struct{}), int64(rng.IntN(3)*rng.IntN(20))
		var once sync.Once
		stopped := c.work(t, service, rng, func(int) {
			if len(c.snapshots(t, "*.state.tmp")) > 0 {
				once.Do(func() { close(seen) })
			}
		})
		select {
		case <-seen:
		case <-stopped:
			require.FailNow(t, "no client gets an answer", "%s", service.Log())
		case <-time.After(2 * time.Minute):
			require.FailNow(t, "no snapshot of so long a log", "%s", service.Log())
		}
		c.moreOf(later, stopped)
		service.Kill()
		<-stopped
		unfinished += len(c.snapshots(t, "*.tmp"))

		output, code := process.Run(t, nil, "verify", "--data-dir", c.dir)
		require.Zero(t, code, output)
		c.foundOnce(t)
		service = process.Start(t, c.dir, every...)
		require.NotContains(t, service.Log(), "cannot be used", "what is there is whole")
		require.Empty(t, c.snapshots(t, "*.tmp"), "what was not finished is gone")
	}
	require.Positive(t, unfinished, "some kills met a snapshot that was not finished")
	c.settle(t, service)
	c.numbersAreTheLogs(t, service)
	service.Stop(t)
	output, code := process.Run(t, nil, "verify", "--data-dir", c.dir)
	require.Zero(t, code, output)
	require.NotContains(t, output, "snapshots     0\n")
	require.Empty(t, c.open)
	c.foundOnce(t)
	t.Logf("%d changes, each found once; %d snapshots unfinished", len(c.acknowledged), unfinished)
}

// snapshots are the files in the directory of snapshots that fit a pattern.
func (c *campaign) snapshots(t *testing.T, pattern string) []string {
	files, err := filepath.Glob(filepath.Join(c.dir, "snapshots", pattern))
	assert.NoError(t, err)
	return files
}

// moreOf waits until n more changes are acknowledged or all writers have stopped.
func (c *campaign) moreOf(n int64, stopped chan struct{}) {
	now := func() int64 {
		c.mu.Lock()
		defer c.mu.Unlock()
		return int64(len(c.acknowledged))
	}
	look := time.NewTicker(time.Millisecond)
	defer look.Stop()
	for enough := now() + n; now() < enough; {
		select {
		case <-look.C:
		case <-stopped:
			return
		}
	}
}

// numbersAreTheLogs requires that the service shows of every item that deliveries
// were about as many units as there are in the log. Nothing else may be at work.
func (c *campaign) numbersAreTheLogs(t *testing.T, service *process.Service) {
	want := map[string]int{}
	inLog := references(t, c.dir)
	for _, all := range []map[string]change{c.acknowledged, c.open} {
		for reference, one := range all {
			for i := range one.delivery {
				if inLog[reference] > 0 {
					want[fmt.Sprint(longName, "-", one.sku+i)]++
				}
			}
		}
	}
	got := map[string]int{}
	for next, more := "", true; more; more = next != "" {
		response, err := http.Get(service.URL + "/v1/stores/S2/items?limit=200&cursor=" + next)
		require.NoError(t, err)
		var page struct {
			Items []struct {
				SKU    string
				OnHand int
			}
			NextCursor string
		}
		require.NoError(t, json.NewDecoder(response.Body).Decode(&page))
		require.NoError(t, response.Body.Close())
		for _, item := range page.Items {
			got[item.SKU] = item.OnHand
		}
		next = page.NextCursor
	}
	require.Len(t, got, len(want))
	for sku, units := range want {
		require.Equal(t, units, got[sku], strings.TrimPrefix(sku, longName))
	}
}
