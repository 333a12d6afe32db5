// Package load_test keeps the real program busy for a long time at a bounded rate
// and looks whether its memory grows.
package load_test

import (
	"math/rand/v2"
	"os"
	"strconv"
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
	rate     = 250 // requests per second
	writers  = 8
	share    = 6 * time.Second // unless a longer run is asked for
	samples  = 60
	quarters = 4
)

// What may grow, and by how much. Of a closed reservation or transfer its id and
// version stay in memory, and of each stream where its history ends, so that each
// new stream takes some bytes for good. The rest is the noise of requests and of
// a snapshot that may be under way.
const (
	bytesPerStream = 512
	noiseBytes     = 1 << 20
	noiseShare     = 0.10
)

// settings let everything that comes to an end do so within the run.
var settings = []string{
	"RATE_LIMIT_RPS=0", "SEGMENT_MB=4", "IDEMP_TTL_MS=2000", "SWEEP_INTERVAL_MS=200", "SNAPSHOT_EVERY_N_EVENTS=1",
}

// length is how long the run is, and whether it is long enough to be checked.
func length(t *testing.T) (time.Duration, bool) {
	given := os.Getenv("ONHAND_LOAD_MINUTES")
	if given == "" {
		return share, false
	}
	minutes, err := strconv.ParseFloat(given, 64)
	require.NoError(t, err, "ONHAND_LOAD_MINUTES")
	return time.Duration(minutes * float64(time.Minute)), true
}

// TestMemoryStaysFlatUnderLoad lets customers trade on a bounded set of items and
// ids. All answers must be such as customers expect, the log must verify, and if
// the run is long, the live memory after the first quarter must not grow
// beyond what new streams take.
func TestMemoryStaysFlatUnderLoad(t *testing.T) {
	seed := uint64(time.Now().UnixNano())
	if given, err := strconv.ParseUint(os.Getenv("ONHAND_SEED"), 10, 64); err == nil {
		seed = given
	}
	run, long := length(t)
	t.Logf("ONHAND_SEED=%d, %v", seed, run)
	profiles := freePort(t)
	service := process.Start(t, t.TempDir(), append([]string{"PPROF_PORT=" + profiles}, settings...)...)
	market := newMarket(service.URL)
	market.stock(t)

	tokens := make(chan struct{})
	var working sync.WaitGroup
	for n := range writers {
		rng := rand.New(rand.NewPCG(seed, uint64(n)))
		working.Go(func() {
			for range tokens {
				market.trade(t, rng)
			}
		})
	}
	watch := &watch{url: service.URL, profiles: "http://127.0.0.1:" + profiles}
	pace(run, tokens, func() {
		watch.sample(t)
		service.Forget() // a line for every request
	})
	close(tokens)
	working.Wait()
	t.Log("\n" + watch.table())
	t.Log(market.summary())
	if long {
		watch.check(t)
	}
	service.Stop(t)
	output, code := process.Run(t, nil, "verify", "--data-dir", service.DataDir)
	require.Zero(t, code, output)
}

// pace hands out tokens at the rate until the time is over, and looks at regular
// times. A token that no writer is free to take is left out, so that a slow machine makes
// fewer requests, not a crowd of them.
func pace(run time.Duration, tokens chan<- struct{}, look func()) {
	tick, sample, end := time.NewTicker(time.Second/rate), time.NewTicker(run/samples), time.After(run)
	defer tick.Stop()
	defer sample.Stop()
	for {
		select {
		case <-tick.C:
			select {
			case tokens <- struct{}{}:
			default:
			}
		case <-sample.C:
			look()
		case <-end:
			look()
			return
		}
	}
}
