// Package crash_test kills the real program while it works, and looks for what
// it promised.
package crash_test

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"os"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/onhand/onhand/test/process"
)

func TestMain(m *testing.M) {
	code := m.Run()
	process.Clean()
	os.Exit(code)
}

const (
	defaultRounds = 25
	writers       = 12
	skus          = 4
)

// settings make segments roll and deadlines be written while the clients work.
var settings = []string{"SEGMENT_MB=1", "SWEEP_INTERVAL_MS=20"}

// number reads a number from the environment.
func number(name string, otherwise uint64) uint64 {
	if n, err := strconv.ParseUint(os.Getenv(name), 10, 64); err == nil {
		return n
	}
	return otherwise
}

// promise lets the carts exceed the stock, so that none is refused.
func promise(t *testing.T, url string) {
	for sku := range skus {
		request, err := http.NewRequest(http.MethodPut, fmt.Sprintf("%s/v1/stores/S1/items/%d/policy", url, sku),
			strings.NewReader(`{"oversellLimit":1000000000}`))
		require.NoError(t, err)
		request.Header.Set("Content-Type", "application/json")
		response, err := http.DefaultClient.Do(request)
		require.NoError(t, err)
		require.NoError(t, response.Body.Close())
		require.Equal(t, http.StatusOK, response.StatusCode)
	}
}

// TestKilledUnderLoadNothingIsLostOrDoubled kills the service in the middle of
// its work, over and over on the same directory. After each start, all that was
// without an answer is asked for again under its key. In the end the log, read
// here line by line, holds every change exactly once.
func TestKilledUnderLoadNothingIsLostOrDoubled(t *testing.T) {
	seed := number("ONHAND_SEED", uint64(time.Now().UnixNano()))
	rounds := int(number("ONHAND_ROUNDS", defaultRounds))
	t.Logf("ONHAND_SEED=%d, %d rounds", seed, rounds)
	rng := rand.New(rand.NewPCG(seed, 0))
	c := newCampaign(t, func(rng *rand.Rand, reference string) change {
		return change{sku: rng.IntN(skus), cart: rng.IntN(2) == 0, reference: reference}
	})
	service := process.Start(t, c.dir, settings...)
	promise(t, service.URL)
	service.Stop(t)
	for range rounds {
		c.round(t, rng)
	}
	service = process.Start(t, c.dir, settings...)
	c.settle(t, service)
	service.Stop(t)
	output, code := process.Run(t, nil, "verify", "--data-dir", c.dir)
	require.Zero(t, code, output)

	c.foundOnce(t)
	t.Logf("%d changes, each found once", len(c.acknowledged))
}

// round starts the service, settles open requests, lets writers work and kills
// the service after a random number of acknowledgements.
func (c *campaign) round(t *testing.T, rng *rand.Rand) {
	service := process.Start(t, c.dir, settings...)
	c.settle(t, service)
	killAt := len(c.acknowledged) + 1 + rng.IntN(400)
	kill := make(chan struct{})
	var once sync.Once
	stopped := c.work(t, service, rng, func(acknowledged int) {
		if acknowledged >= killAt {
			once.Do(func() { close(kill) })
		}
	})
	select {
	case <-kill:
	case <-stopped: // every writer was refused, and has said so
	}
	service.Kill()
	<-stopped
}
