package httpapi

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/stretchr/testify/require"

	"github.com/onhand/onhand/adapters/memory"
	"github.com/onhand/onhand/domain/event"
	"github.com/onhand/onhand/ports"
)

func TestLockHeldIsAnsweredAsConfigured(t *testing.T) {
	for _, c := range []struct {
		opts   LockHeld
		status int
		retry  string
	}{
		{LockHeld{}, 503, "1"},
		{LockHeld{Status: 503, RetryAfter: 300 * time.Millisecond}, 503, "1"},
		{LockHeld{Status: 409, RetryAfter: time.Second}, 409, "1"},
		{LockHeld{Status: 423, RetryAfter: 1001 * time.Millisecond}, 423, "2"},
		{LockHeld{Status: 429}, 429, ""},
	} {
		s, _ := newTestServer(t, memory.NewEventStore(time.Minute, time.Now), Options{LockHeld: c.opts})
		for i, err := range []error{
			&ports.LeaseHeldError{Stream: "swordfish"}, &ports.StaleTokenError{Stream: "swordfish"},
			ports.ErrBusy, ports.ErrLeaseLost, ports.ErrNotLeader,
		} {
			path := fmt.Sprint("/fault/", i)
			s.Handler().(*gin.Engine).GET(path,
				s.problems.handle(func(*gin.Context) error { return fmt.Errorf("take swordfish's leases: %w", err) }))
			answer := ask(s, http.MethodGet, path, nil)
			require.Equal(t, c.status, answer.Code)
			require.Equal(t, c.retry, answer.Header().Get("Retry-After"))
			require.Contains(t, answer.Body.String(), fmt.Sprintf(`"code":"lock-held","detail":%q`, meanings[lockHeld]))
			require.Contains(t, answer.Body.String(), fmt.Sprintf(`"status":%d`, c.status))
			require.NotContains(t, answer.Body.String(), "swordfish", "whatever the status")
		}
		require.Contains(t, ask(s, http.MethodGet, "/problems/lock-held", nil).Body.String(),
			fmt.Sprint("HTTP status ", c.status))
		require.Equal(t, 404, ask(s, http.MethodGet, "/v1/stores/S1/items/A", nil).Code, "nothing else")
	}
}

func TestRequestsSeeWhatOtherProcessesHaveAcknowledged(t *testing.T) {
	log := memory.NewEventStore(time.Minute, time.Now)
	other, _ := newTestServerOn(t, log, log.Process(), Options{})
	s, _ := newTestServerOn(t, log, log.Process(), Options{})
	require.Equal(t, 200, ask(other, http.MethodPost, adjustments, strings.NewReader(`{"delta":7}`)).Code)
	for _, path := range []string{
		"/v1/stores", "/v1/stores/S1/items", "/v1/stores/S1/items/A", "/v1/stores/S1/items/A/events",
	} {
		answer := ask(s, http.MethodGet, path, nil)
		require.Equal(t, 200, answer.Code, path)
		require.Equal(t, "1", answer.Header().Get("Onhand-Position"), path)
	}
	require.Equal(t, 200, ask(s, http.MethodPost, adjustments, strings.NewReader(`{"delta":-7}`)).Code)
	require.Contains(t, ask(other, http.MethodGet, "/v1/stores/S1/items/A", nil).Body.String(), `"onHand":0`)
}

// withoutBarrier is a process whose read barrier fails.
type withoutBarrier struct{ *memory.Process }

func (withoutBarrier) CatchUp(context.Context) (event.Position, error) { return 0, ports.ErrBusy }

func TestRequestsAreRefusedWhenTheReadBarrierFails(t *testing.T) {
	log := memory.NewEventStore(time.Minute, time.Now)
	s, _ := newTestServerOn(t, log, &withoutBarrier{log.Process()}, Options{Metrics: http.NotFoundHandler()})
	for _, path := range []string{"/v1/stores", "/v1/stores/S1/items/A", "/v1/transfers/t", "/v1/reservations/r"} {
		answer := ask(s, http.MethodGet, path, nil)
		require.Equal(t, 503, answer.Code, path)
		require.Contains(t, answer.Body.String(), lockHeld)
	}
	for _, path := range []string{"/livez", "/readyz", "/v1/status", "/openapi.yaml", "/problems/lock-held"} {
		require.NotContains(t, ask(s, http.MethodGet, path, nil).Body.String(), `"code":"lock-held"`, path)
	}
}
