package crash_test

import (
	"bufio"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/onhand/onhand/test/process"
)

// change is one adjustment by one unit, a cart of two SKUs that expires while the
// campaign continues, or a delivery of one unit of each of many SKUs. It is known
// by its reference, which is its idempotency key too.
type change struct {
	sku       int
	cart      bool
	delivery  int // how many SKUs, from the change's own on; 0 is none
	reference string
}

// longName begins the SKUs of deliveries, so that a snapshot of them is long.
var longName = strings.Repeat("n", 100)

// request is where a change is asked for, and how.
func (c change) request() (method, path, body string) {
	switch {
	case c.delivery > 0:
		operations := make([]string, c.delivery)
		for i := range operations {
			operations[i] = fmt.Sprintf(`{"op":"adjust","store":"S2","sku":"%s-%d","delta":1,"reference":%q}`, longName, c.sku+i, c.reference)
		}
		return http.MethodPost, "/v1/batch", `{"operations":[` + strings.Join(operations, ",") + `]}`
	case c.cart:
		return http.MethodPost, "/v1/reservations", fmt.Sprintf(
			`{"lines":[{"store":"S1","sku":"%d","quantity":1},{"store":"S1","sku":"%d","quantity":1}],"ttlSeconds":1,"reference":%q}`,
			c.sku, (c.sku+1)%skus, c.reference)
	default:
		return http.MethodPost, fmt.Sprintf("/v1/stores/S1/items/%d/adjustments",
			c.sku), fmt.Sprintf(`{"delta":1,"reference":%q}`, c.reference)
	}
}

// campaign is what the clients know over all rounds.
type campaign struct {
	dir  string
	draw func(rng *rand.Rand, reference string) change

	mu           sync.Mutex
	next         int
	acknowledged map[string]change
	open         map[string]change // sent, without an answer
}

func newCampaign(t *testing.T, draw func(*rand.Rand, string) change) *campaign {
	return &campaign{dir: t.TempDir(), draw: draw, acknowledged: map[string]change{}, open: map[string]change{}}
}

func (c *campaign) begin(rng *rand.Rand) change {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.next++
	one := c.draw(rng, fmt.Sprint("change-", c.next))
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
	method, path, body := one.request()
	request, err := http.NewRequest(method, url+path, strings.NewReader(body))
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

// work lets writers ask for changes until they get no more answers, which closes
// the channel. told is told how many changes are acknowledged.
func (c *campaign) work(
	t *testing.T, service *process.Service, rng *rand.Rand, told func(int),
) (stopped chan struct{}) {
	var working sync.WaitGroup
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
				told(c.acknowledge(one))
			}
		})
	}
	stopped = make(chan struct{})
	go func() {
		working.Wait()
		close(stopped)
	}()
	return stopped
}

// settle repeats requests without an answer.
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

// foundOnce requires that the log has every acknowledged change once, and nothing
// else but, once or not at all, the requests without an answer.
func (c *campaign) foundOnce(t *testing.T) {
	t.Helper()
	found := references(t, c.dir)
	for reference, one := range c.acknowledged {
		require.Equal(t, max(1, one.delivery), found[reference], "%s", reference)
		delete(found, reference)
	}
	for reference, times := range found {
		one, asked := c.open[reference]
		require.True(t, asked, "%s: no client asked for that", reference)
		require.Equal(t, max(1, one.delivery), times, "%s", reference)
	}
}

// references counts the references in the log.
func references(t *testing.T, dir string) map[string]int {
	found := map[string]int{}
	files, err := filepath.Glob(filepath.Join(dir, "log", "*.ndjson"))
	require.NoError(t, err)
	for i, name := range files {
		file, err := os.Open(name)
		require.NoError(t, err)
		lines := bufio.NewReader(file)
		for {
			line, err := lines.ReadBytes('\n')
			if err != nil {
				require.True(t, len(line) == 0 || i == len(files)-1, "only the log's end can be torn")
				break
			}
			count(t, line, found)
		}
		require.NoError(t, file.Close())
	}
	return found
}

func count(t *testing.T, line []byte, found map[string]int) {
	var commit struct {
		Events []struct {
			Type string
			Data struct {
				Reference string
				After     struct{ Reference string }
			}
		}
	}
	require.NoError(t, json.Unmarshal(line, &commit))
	for _, e := range commit.Events {
		switch e.Type {
		case "stock.adjusted.v1":
			found[e.Data.Reference]++
		case "reservation.created.v1":
			found[e.Data.After.Reference]++
		}
	}
}
