package bootstrap

import (
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/sirupsen/logrus"
	"github.com/stretchr/testify/require"
	"go.uber.org/fx"

	"github.com/onhand/onhand/adapters/httpapi"
	"github.com/onhand/onhand/adapters/memory"
	"github.com/onhand/onhand/ports"
)

// patience is the time limit of work in the background.
const patience = 20 * time.Second

// service is the whole service in this process, without its port.
type service struct {
	*testing.T
	handler http.Handler
	leader  *memory.Leader
}

func (s *service) call(method, path, body string) int {
	request := httptest.NewRequest(method, "http://localhost"+path, strings.NewReader(body))
	request.Header.Set("Content-Type", "application/json")
	answered := httptest.NewRecorder()
	s.handler.ServeHTTP(answered, request)
	return answered.Code
}

func (s *service) adjust() {
	s.Helper()
	require.Equal(s, 200, s.call("POST", "/v1/stores/S1/items/A/adjustments", `{"delta":1}`))
}

func (s *service) eventually(what func() bool) {
	s.Helper()
	require.Eventually(s, what, patience, time.Millisecond)
}

// A term that is lost, as a lease is that could not be renewed, ends deliveries; the next one
// continues them.
func TestDeliveriesEndWithTheTerm(t *testing.T) {
	var delivered atomic.Int64
	receiver := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { delivered.Add(1) }))
	defer receiver.Close()
	file := filepath.Join(t.TempDir(), "events.ndjson")
	c, err := readConfig(map[string]string{
		"ONHAND_EVENT_STORE": memoryStore, "ONHAND_PORT": "0", "ONHAND_EVENTS_FILE": file, "ONHAND_RATE_LIMIT_RPS": "0",
		"ONHAND_WEBHOOK_ALLOW_HTTP": "true", "ONHAND_WEBHOOK_ALLOWED_NETWORKS": "127.0.0.0/8", "ONHAND_SHUTDOWN_DELAY_MS": "0",
	})
	require.NoError(t, err)
	logger := logrus.New()
	logger.SetOutput(io.Discard)
	var server *httpapi.Server
	var leader ports.Leader
	app := fx.New(options(c, false, logger), fx.Populate(&server, &leader))
	require.NoError(t, app.Start(t.Context()))
	defer func() { require.NoError(t, app.Stop(t.Context())) }()
	s := &service{T: t, handler: server.Handler(), leader: leader.(*memory.Leader)}
	lines := func() int {
		content, err := os.ReadFile(file)
		require.NoError(t, err)
		return strings.Count(string(content), "\n")
	}

	require.Equal(t, 201, s.call("POST", "/v1/webhooks", `{"url":"`+receiver.URL+`","secret":"whsec_MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIz","after":0}`))
	s.adjust()
	s.eventually(func() bool { return delivered.Load() == 1 && lines() == 1 })

	rival := s.leader.Another()
	require.NoError(t, s.leader.Resign(t.Context()))
	_, err = rival.TryCampaign(t.Context())
	require.NoError(t, err)
	require.Equal(t, 503, s.call("GET", "/v1/webhooks", ""))
	s.eventually(func() bool { return s.call("POST", "/v1/sync?projection=events-file", "") == 503 })
	s.adjust()
	require.Equal(t, 200, s.call("POST", "/v1/sync?projection=central-view", ""), "which each process has for itself")
	require.Equal(t, 1, lines())
	require.EqualValues(t, 1, delivered.Load())

	require.NoError(t, rival.Close())
	s.eventually(func() bool { return s.call("POST", "/v1/sync", "") == 200 })
	require.Equal(t, 2, lines())
	require.GreaterOrEqual(t, delivered.Load(), int64(2), "at least once")
	require.Equal(t, 200, s.call("GET", "/v1/webhooks", ""))
}
