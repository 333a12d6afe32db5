package httpapi

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/stretchr/testify/require"

	"github.com/onhand/onhand/adapters/memory"
	"github.com/onhand/onhand/ports"
)

// recordingBulkhead is a bulkhead that refuses and records all requests.
type recordingBulkhead struct {
	name string
	by   *[]string
}

func (a recordingBulkhead) Acquire(_ context.Context, urgent bool) error {
	entry := a.name
	if urgent {
		entry += ", urgent"
	}
	*a.by = append(*a.by, entry)
	return &ports.FullError{Name: a.name}
}

func (recordingBulkhead) Release() {}

func (a recordingBulkhead) Status() ports.BulkheadStatus {
	return ports.BulkheadStatus{Name: a.name, Limit: 1}
}

func TestEveryRouteHasItsAdmission(t *testing.T) {
	var by []string
	s, _ := newTestServer(t, memory.NewEventStore(time.Minute, time.Now), Options{Overload: Overload{
		Work: recordingBulkhead{"work", &by}, Reads: recordingBulkhead{"reads", &by},
		Lists: recordingBulkhead{"lists", &by}, Waits: recordingBulkhead{"waits", &by},
		Control: recordingBulkhead{"control", &by}, Tests: recordingBulkhead{"tests", &by},
		Breaker: &recordingBreaker{refuse: &ports.OpenError{}},
	}})
	came := func(method, path string) string {
		by = nil
		ask(s, method, path, strings.NewReader("{}"))
		return strings.Join(by, " ")
	}
	admissions := map[string][]string{}
	example := strings.NewReplacer(":store", "S1", ":sku", "A", ":id", "x", ":code", "overloaded")
	for _, route := range s.Handler().(*gin.Engine).Routes() {
		admission := came(route.Method, example.Replace(route.Path))
		if route.Method != http.MethodHead {
			admissions[admission] = append(admissions[admission], route.Method+" "+route.Path)
		}
	}
	for _, routes := range admissions {
		slices.Sort(routes)
	}
	require.Equal(t, []string{"GET /livez", "GET /openapi.yaml", "GET /problems/:code", "GET /readyz", "GET /v1/status"},
		admissions[""], "no overload keeps these out")
	require.Equal(t, []string{"POST /v1/reservations/:id/commit", "POST /v1/reservations/:id/release"},
		admissions["work, urgent"])
	require.Equal(t, []string{"POST /v1/webhooks/:id/test"}, admissions["tests"])
	require.Equal(t, []string{
		"DELETE /v1/dead-letters/:id", "DELETE /v1/webhooks/:id", "GET /v1/sync/check", "POST /v1/dead-letters/:id/redrive",
		"POST /v1/sync", "POST /v1/sync/pause", "POST /v1/sync/rebuild", "POST /v1/sync/resume",
		"POST /v1/webhooks", "POST /v1/webhooks/:id/disable", "POST /v1/webhooks/:id/enable",
		"POST /v1/webhooks/:id/rotate-secret",
	}, admissions["control"], "requests that may wait for receivers")
	require.Equal(t, []string{
		"GET /v1/items/:sku", "GET /v1/reservations/:id", "GET /v1/stores/:store/items/:sku", "GET /v1/sync",
		"GET /v1/transfers/:id", "GET /v1/webhooks/:id",
	}, admissions["reads"], "reads of one thing")
	require.Equal(t, []string{
		"GET /v1/dead-letters", "GET /v1/items", "GET /v1/reservations", "GET /v1/stores", "GET /v1/stores/:store/items",
		"GET /v1/stores/:store/items/:sku/events", "GET /v1/stores/:store/items/:sku/explain", "GET /v1/transfers",
		"GET /v1/webhooks",
	}, admissions["lists"], "requests that visit many")
	require.Equal(t, []string{
		"POST /v1/batch", "POST /v1/reservations", "POST /v1/reservations/:id/extend", "POST /v1/reservations/:id/return",
		"POST /v1/stores/:store/items/:sku/adjustments", "POST /v1/stores/:store/items/:sku/moves", "POST /v1/transfers",
		"POST /v1/transfers/:id/cancel", "POST /v1/transfers/:id/receive", "PUT /v1/reservations/:id",
		"PUT /v1/stores/:store/items/:sku/count", "PUT /v1/stores/:store/items/:sku/policy",
	}, admissions["work"], "writes")
	require.Len(t, admissions, 7)
	require.Empty(t, came(http.MethodGet, "/nowhere"))
	require.Empty(t, came(http.MethodDelete, "/v1/stores"), "an unknown route needs no permit")
}
