package bootstrap

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.uber.org/fx"

	"github.com/onhand/onhand/ports"
)

// limitsCheck returns the detail of the check "limits" of a service that is ready.
func (c client) limitsCheck() string {
	code, text := c.ask(http.MethodGet, "/readyz", "")
	require.Equal(c.t, http.StatusOK, code, text)
	var health struct {
		Checks map[string]struct{ Status, Detail string }
	}
	require.NoError(c.t, json.Unmarshal([]byte(text), &health))
	require.Equal(c.t, "ok", health.Checks["limits"].Status)
	return health.Checks["limits"].Detail
}

func TestReadinessAndMetricsShowTablesThatFillUp(t *testing.T) {
	var shown tables
	c := listening(t, map[string]string{
		"ONHAND_MAX_STREAMS": "5", "ONHAND_MAX_OPEN": "2", "ONHAND_MAX_IDEMPOTENCY_KEYS": "4",
	}, fx.Invoke(func(all tables) { shown = all }))
	adjust := func(sku int) (int, string) {
		return c.ask(http.MethodPost, fmt.Sprintf("/v1/stores/S1/items/%d/adjustments", sku), `{"delta":9}`)
	}

	// given three items of five entries, when a fourth comes, then that is four fifths
	for sku := range 3 {
		code, text := adjust(sku)
		require.Equal(t, http.StatusOK, code, text)
	}
	require.Empty(t, c.limitsCheck())
	code, text := adjust(3)
	require.Equal(t, http.StatusOK, code, text)
	require.Equal(t, "live streams: 4 of 5 entries", c.limitsCheck())

	// and a full table refuses, with the reason and no time to wait
	code, text = c.ask(http.MethodPost, "/v1/reservations", `{"lines":[{"store":"S1","sku":"0","quantity":1}]}`)
	require.Equal(t, http.StatusCreated, code, text)
	require.Equal(t, "live streams: 5 of 5 entries", c.limitsCheck())
	code, text = adjust(4)
	require.Equal(t, http.StatusServiceUnavailable, code, text)
	require.Contains(t, text, "ONHAND_MAX_STREAMS")
	code, text = adjust(0)
	require.Equal(t, http.StatusOK, code, text)

	// and metrics and the status have every table that answers limit-reached
	_, metrics := c.ask(http.MethodGet, "/metrics", "")
	lines := strings.Split(metrics, "\n")
	_, status := c.ask(http.MethodGet, "/v1/status", "")
	for table, limit := range map[string]string{
		ports.LiveTable: "5", ports.OpenTable: "2", ports.KeysTable: "4", ports.ChangedTable: "4", ports.SubscriptionsTable: "100",
		ports.DeadLettersTable: "10000",
	} {
		require.Contains(t, lines, fmt.Sprintf("onhand_table_entries_limit{table=%q} %s", table, limit))
		require.Contains(t, status, fmt.Sprintf("%q:{", table))
	}
	require.Contains(t, lines, `onhand_table_entries{table="live streams"} 5`)
	measured, all := shown.measured(ports.StoreStatus{}), shown.all(ports.StoreStatus{})
	require.Len(t, measured, len(all)+1, "and that of waiting commands")
}
