// Package crash_test kills the real program while it works, and looks for what
// it promised.
package crash_test

import (
	"bufio"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
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

// change is one adjustment by one unit, or a cart of two SKUs that expires while
// the campaign goes on. It is known by its reference, which is its idempotency
// key too.
type change struct {
	sku       int
	cart      bool
	reference string
}

// request is where a change is asked for, and how.
func (c change) request() (path, body string) {
	if !c.cart {
		return fmt.Sprintf("/v1/stores/S1/items/%d/adjustments", c.sku), fmt.Sprintf(`{"delta":1,"reference":%q}`, c.reference)
	}
	return "/v1/reservations", fmt.Sprintf(
		`{"lines":[{"store":"S1","sku":"%d","quantity":1},{"store":"S1","sku":"%d","quantity":1}],"ttlSeconds":1,"reference":%q}`,
		c.sku, (c.sku+1)%skus, c.reference)
}

// campaign is what the clients know over all rounds.
type campaign struct {
	dir string

	mu           sync.Mutex
	next         int
	acknowledged map[string]change
	open         map[string]change // sent, without an answer
}

func (c *campaign) begin(rng *rand.Rand) change {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.next++
	one := change{sku: rng.IntN(skus), cart: rng.IntN(2) == 0, reference: fmt.Sprint("change-", c.next)}
	c.open[one.reference] = one
	return one
}

// acknowledge notes an answer and tells how many there are in all.
func (c *campaign) acknowledge(one change) int {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.open, one.reference)
	c.acknowledged[one.reference] = one
	return len(c.acknowledged)
}

// send asks for a change; false if no answer came.
func send(t *testing.T, client *http.Client, url string, one change) bool {
	path, body := one.request()
	request, err := http.NewRequest(http.MethodPost, url+path, strings.NewReader(body))
	if err != nil {
		t.Error(err)
		return false
	}
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("Idempotency-Key", one.reference)
	response, err := client.Do(request)
	if err != nil {
		return false
	}
	defer func() { _ = response.Body.Close() }()
	done := response.StatusCode == http.StatusOK || response.StatusCode == http.StatusCreated
	if !done {
		t.Errorf("%s: status %d", one.reference, response.StatusCode)
	}
	return done
}

// promise lets the carts exceed the stock, so that none is refused.
func promise(t *testing.T, url string) {
	for sku := range skus {
		request, err := http.NewRequest(http.MethodPut, fmt.Sprintf("%s/v1/stores/S1/items/%d/policy", url, sku), strings.NewReader(`{"oversellLimit":1000000000}`))
		require.NoError(t, err)
		request.Header.Set("Content-Type", "application/json")
		response, err := http.DefaultClient.Do(request)
		require.NoError(t, err)
		require.NoError(t, response.Body.Close())
		require.Equal(t, http.StatusOK, response.StatusCode)
	}
}

// TestKilledUnderLoadNothingIsLostOrDoubled kills the service in the middle of
// its work, over and over on the same directory. After each start, what was
// without an answer is asked for again under its key. In the end the log, read
// here line by line, holds every change exactly once.
func TestKilledUnderLoadNothingIsLostOrDoubled(t *testing.T) {
	seed := number("ONHAND_SEED", uint64(time.Now().UnixNano()))
	rounds := int(number("ONHAND_ROUNDS", defaultRounds))
	t.Logf("ONHAND_SEED=%d, %d rounds", seed, rounds)
	rng := rand.New(rand.NewPCG(seed, 0))
	c := &campaign{dir: t.TempDir(), acknowledged: map[string]change{}, open: map[string]change{}}
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

	found := references(t, c.dir)
	require.Len(t, found, len(c.acknowledged))
	for reference := range c.acknowledged {
		require.Equal(t, 1, found[reference], "%s", reference)
	}
	t.Logf("%d changes, each found once", len(found))
}

// round starts the service, settles what is open, lets writers work and kills
// the service after a random number of acknowledgements.
func (c *campaign) round(t *testing.T, rng *rand.Rand) {
	service := process.Start(t, c.dir, settings...)
	c.settle(t, service)
	killAt := len(c.acknowledged) + 1 + rng.IntN(400)
	var working sync.WaitGroup
	kill := make(chan struct{})
	var once sync.Once
	for range writers {
		own := rand.New(rand.NewPCG(rng.Uint64(), 1))
		working.Go(func() {
			client := &http.Client{Transport: &http.Transport{}}
			defer client.CloseIdleConnections()
			for {
				one := c.begin(own)
				if !send(t, client, service.URL, one) {
					return
				}
				if c.acknowledge(one) >= killAt {
					once.Do(func() { close(kill) })
				}
			}
		})
	}
	stopped := make(chan struct{})
	go func() {
		working.Wait()
		close(stopped)
	}()
	select {
	case <-kill:
	case <-stopped: // every writer was refused, and has said so
	}
	service.Kill()
	<-stopped
}

// settle repeats what is without an answer.
func (c *campaign) settle(t *testing.T, service *process.Service) {
	c.mu.Lock()
	open := make([]change, 0, len(c.open))
	for _, one := range c.open {
		open = append(open, one)
	}
	c.mu.Unlock()
	for _, one := range open {
		require.True(t, send(t, http.DefaultClient, service.URL, one))
		c.acknowledge(one)
	}
}

// references counts the references in the log.
func references(t *testing.T, dir string) map[string]int {
	found := map[string]int{}
	files, err := filepath.Glob(filepath.Join(dir, "log", "*.ndjson"))
	require.NoError(t, err)
	for _, name := range files {
		file, err := os.Open(name)
		require.NoError(t, err)
		lines := bufio.NewScanner(file)
		lines.Buffer(nil, 8<<20) // a sweep's line is long
		for lines.Scan() {
			var commit struct {
				Events []struct {
					Type string
					Data struct {
						Reference string
						After     struct{ Reference string }
					}
				}
			}
			require.NoError(t, json.Unmarshal(lines.Bytes(), &commit))
			for _, e := range commit.Events {
				switch e.Type {
				case "stock.adjusted.v1":
					found[e.Data.Reference]++
				case "reservation.created.v1":
					found[e.Data.After.Reference]++
				}
			}
		}
		require.NoError(t, lines.Err())
		require.NoError(t, file.Close())
	}
	return found
}
