package bootstrap

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"iter"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/sirupsen/logrus"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/fx"

	"github.com/onhand/onhand/domain/event"
	"github.com/onhand/onhand/ports"
)

// stuckStreams is a store whose streams cannot be read: a read hangs until the disk fails.
type stuckStreams struct {
	ports.EventStore
	failed chan struct{}
}

func (s stuckStreams) Stream(
	ctx context.Context, _ event.StreamID, _ event.Version, _ ports.Order,
) iter.Seq2[ports.StreamEvent, error] {
	return func(yield func(ports.StreamEvent, error) bool) {
		select {
		case <-s.failed:
			yield(ports.StreamEvent{}, errors.New("EIO"))
		case <-ctx.Done():
			yield(ports.StreamEvent{}, ctx.Err())
		}
	}
}

// addressOf is a hook that tells where a service listens.
type addressOf chan string

func (addressOf) Levels() []logrus.Level { return logrus.AllLevels }

func (a addressOf) Fire(entry *logrus.Entry) error {
	if entry.Message == "listening" {
		a <- entry.Data["address"].(string)
	}
	return nil
}

// client calls a service that listens.
type client struct {
	t   *testing.T
	url string
}

// listening starts the whole service on a port, with some parts replaced.
func listening(t *testing.T, settings map[string]string, replace ...fx.Option) client {
	settings["ONHAND_PORT"], settings["ONHAND_DATA_DIR"] = "0", t.TempDir()
	settings["ONHAND_RATE_LIMIT_RPS"], settings["ONHAND_SHUTDOWN_DELAY_MS"] = "0", "0"
	c, err := readConfig(settings)
	require.NoError(t, err)
	logger := logrus.New()
	logger.SetOutput(io.Discard)
	address := make(addressOf, 1)
	logger.AddHook(address)
	app := fx.New(append(replace, options(c, false, logger))...)
	require.NoError(t, app.Start(t.Context()))
	t.Cleanup(func() { require.NoError(t, app.Stop(context.Background())) })
	return client{t: t, url: "http://" + <-address}
}

func (c client) ask(method, path, body string) (status int, answer string) {
	request, err := http.NewRequestWithContext(c.t.Context(), method, c.url+path, strings.NewReader(body))
	require.NoError(c.t, err)
	request.Header.Set("Content-Type", "application/json")
	response, err := http.DefaultClient.Do(request)
	require.NoError(c.t, err)
	text, err := io.ReadAll(response.Body)
	require.NoError(c.t, errors.Join(err, response.Body.Close()))
	return response.StatusCode, string(text)
}

// status is the part of /v1/status that the tests look at.
type status struct {
	Bulkheads map[string]struct{ InUse, Waiting int }
	Breakers  map[string]struct {
		State  string
		Faults int
	}
}

func (c client) status() (s status) {
	_, text := c.ask(http.MethodGet, "/v1/status", "")
	require.NoError(c.t, json.Unmarshal([]byte(text), &s))
	return s
}

func TestListsThatHangOrFailLeaveWritesAlone(t *testing.T) {
	stuck := stuckStreams{failed: make(chan struct{})}
	c := listening(t, map[string]string{
		"ONHAND_BREAKER_MIN_REQUESTS": "1", "ONHAND_BREAKER_THRESHOLD": "0.01", "ONHAND_REQUEST_TIMEOUT_MS": "600000",
	}, fx.Decorate(func(store ports.EventStore) ports.EventStore {
		stuck.EventStore = store
		return stuck
	}))
	const item, adjusted = "/v1/stores/S1/items/A", `{"delta":1}`
	works := func() {
		for range 10 {
			for _, r := range [][3]string{{http.MethodPost, item + "/adjustments", adjusted}, {http.MethodGet, item, ""}} {
				code, text := c.ask(r[0], r[1], r[2])
				require.Equal(t, http.StatusOK, code, text)
			}
		}
	}
	works()
	var lists sync.WaitGroup
	for range 24 {
		lists.Go(func() {
			code, text := c.ask(http.MethodGet, item+"/events", "")
			assert.Equal(t, http.StatusInternalServerError, code, text)
		})
	}
	require.Eventually(t, func() bool {
		full := c.status().Bulkheads["api-lists"]
		return full.InUse == 4 && full.Waiting == 20
	}, time.Minute, time.Millisecond)
	works()
	for _, name := range []string{"api", "api-reads"} {
		require.Zero(t, c.status().Bulkheads[name].InUse, name)
	}
	close(stuck.failed)
	lists.Wait()
	works()
	require.Equal(t, "closed", c.status().Breakers[apiBreaker].State)
	require.Zero(t, c.status().Breakers[apiBreaker].Faults)
	code, metrics := c.ask(http.MethodGet, "/metrics", "")
	require.Equal(t, http.StatusOK, code)
	for _, line := range []string{
		`onhand_bulkhead_limit{bulkhead="api-lists"} 4`, `onhand_bulkhead_limit{bulkhead="api-reads"} 16`,
	} {
		require.Contains(t, metrics, line+"\n")
	}
}
