package endtoend_test

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/onhand/onhand/test/process"
)

func TestBadQueriesAndControlRequestsAreRefused(t *testing.T) {
	c := clientOf(t, process.Start(t, t.TempDir(), unlimited))
	c.ok(c.adjust(itemA, `{"delta":1}`))
	for _, path := range []string{
		"/v1/items/A?store=S1", synced + "?projection=central-view", synced + "/check?x=1",
		deadLettersPath + "?limit=0", deadLettersPath + "?limit=1.5", deadLettersPath + "?cursor=%00", deadLettersPath + "?projection=", deadLettersPath + "?projection=a&projection=b",
	} {
		c.refused(c.get(path), 400, "malformed-query")
	}
	c.refused(c.get("/v1/items/A", "Onhand-Min-Position: x"), 400, "malformed-header")
	c.refused(c.get("/v1/items/%0A"), 422, "validation-failed")
	c.refused(c.get("/v1/items/a/b"), 404, "route-not-found")
	for _, path := range []string{
		synced, synced + "/pause", synced + "/resume", synced + "/rebuild?projection=central-view",
		deadLettersPath + "/x/redrive",
	} {
		c.refused(c.once(path, `{"projection":"central-view"}`), 400, "malformed-body")
	}
	c.refused(c.once(synced+"/pause?dryRun=true", ""), 400, "malformed-query")
	c.refused(c.once(synced+"/pause?projection=unheard-of", ""), 404, "projection-not-found")
	c.refused(c.once(synced+"/rebuild", ""), 400, "malformed-query")
	c.refused(c.once(deadLettersPath+"/central-view-00000000000000000001-00000/redrive", ""), 404, "dead-letter-not-found")
	c.refused(c.do(http.MethodDelete, deadLettersPath+"/x", "", "X-Actor: a\tb"), 400, "malformed-header")
	c.refused(c.do(http.MethodPut, synced, ""), 405, "method-not-allowed")
	require.Equal(t, "running", c.projection("central-view")["state"])
}

func TestOrdersNeedNoKeyAndMayBeRepeated(t *testing.T) {
	c := clientOf(t, process.Start(t, t.TempDir(), unlimited, "IDEMPOTENCY_REQUIRED=true", "PRECONDITION_REQUIRED=true"))
	for _, order := range []string{"/pause", "/pause", "/resume", "/resume", "", "/rebuild?projection=central-view"} {
		for range 2 {
			a := c.ok(c.once(synced+order, "{}", "Idempotency-Key: the same"))
			require.Empty(t, a.Header.Get("Idempotent-Replayed"))
		}
		c.ok(c.once(synced+order, ""))
	}
}
