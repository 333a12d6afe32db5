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

// asked is a bulkhead that turns everybody away and keeps who came.
type asked struct {
	name string
	by   *[]string
}

func (a asked) Enter(_ context.Context, urgent bool) error {
	who := a.name
	if urgent {
		who += ", urgent"
	}
	*a.by = append(*a.by, who)
	return &ports.FullError{Name: a.name}
}

func (asked) Leave() {}

func (a asked) Status() ports.BulkheadStatus { return ports.BulkheadStatus{Name: a.name, Limit: 1} }

func TestEveryRouteHasItsWay(t *testing.T) {
	var by []string
	s, _ := server(t, memory.NewEventStore(time.Minute, time.Now), Options{Overload: Overload{
		Work: asked{"work", &by}, Waits: asked{"waits", &by}, Control: asked{"orders", &by}, Tests: asked{"tests", &by},
		Breaker: &told{refuse: &ports.OpenError{}},
	}})
	came := func(method, path string) string {
		by = nil
		ask(s, method, path, strings.NewReader("{}"))
		return strings.Join(by, " ")
	}
	ways := map[string][]string{}
	for _, route := range s.Handler().(*gin.Engine).Routes() {
		way := came(route.Method, strings.NewReplacer(":store", "S1", ":sku", "A", ":id", "x", ":code", "overloaded").Replace(route.Path))
		if route.Method != http.MethodHead {
			ways[way] = append(ways[way], route.Method+" "+route.Path)
		}
	}
	for _, routes := range ways {
		slices.Sort(routes)
	}
	require.Equal(t, []string{"GET /livez", "GET /openapi.yaml", "GET /problems/:code", "GET /readyz", "GET /v1/status"}, ways[""], "nothing keeps these out")
	require.Equal(t, []string{"POST /v1/reservations/:id/commit", "POST /v1/reservations/:id/release"}, ways["work, urgent"])
	require.Equal(t, []string{"POST /v1/webhooks/:id/test"}, ways["tests"])
	require.Equal(t, []string{
		"DELETE /v1/dead-letters/:id", "DELETE /v1/webhooks/:id", "GET /v1/sync/check", "POST /v1/dead-letters/:id/redrive",
		"POST /v1/sync", "POST /v1/sync/pause", "POST /v1/sync/rebuild", "POST /v1/sync/resume",
		"POST /v1/webhooks", "POST /v1/webhooks/:id/disable", "POST /v1/webhooks/:id/enable", "POST /v1/webhooks/:id/rotate-secret",
	}, ways["orders"], "what may wait for others")
	require.Contains(t, ways["work"], "POST /v1/batch")
	require.Len(t, ways, 5)
	require.Empty(t, came(http.MethodGet, "/nowhere"))
	require.Empty(t, came(http.MethodDelete, "/v1/stores"), "nobody needs a place to be told that there is nothing")
}
