package httpapi

import (
	"context"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/onhand/onhand/domain/event"
	"github.com/onhand/onhand/ports"
)

// projectionsOf returns the projections that an answer shows.
func projectionsOf(answer map[string]any) (list []map[string]any) {
	for _, p := range answer["projections"].([]any) {
		list = append(list, p.(map[string]any))
	}
	return list
}

func TestProjectionsOverHTTP(t *testing.T) {
	withDeadLetters(t, "pause, over a restart, and resume", func(d *deadLetterFixture) {
		require.Equal(d, "paused", projectionsOf(d.asks(http.MethodPost, "/v1/sync/pause", "", 200))[0]["state"])
		d.write("0", 1)
		time.Sleep(time.Minute)
		require.NoError(d, d.group.Stop(context.Background()))
		require.Equal(d, "shutting-down", d.asks(http.MethodPost, "/v1/sync", "", 503)["code"])
		d.run()
		told := projectionsOf(d.asks(http.MethodGet, "/v1/sync", "", 200))[0]
		require.Equal(d, []any{"paused", 0.0, 1.0, 60.0},
			[]any{told["state"], told["position"], told["lag"], told["lagSeconds"]})
		require.Equal(d, "running",
			projectionsOf(d.asks(http.MethodPost, "/v1/sync/resume?projection=told", "", 200))[0]["state"])
		require.EqualValues(d, 1, projectionsOf(d.asks(http.MethodPost, "/v1/sync", "{}", 200))[0]["position"])
		require.Equal(d, []event.Position{1}, d.taken)
	})
	withDeadLetters(t, "are rebuilt one by one", func(d *deadLetterFixture) {
		d.write("0", 1)
		synctest.Wait()
		require.Equal(d, "malformed-query", d.asks(http.MethodPost, "/v1/sync/rebuild", "", 400)["code"])
		require.Equal(d, "projection-not-found",
			d.asks(http.MethodPost, "/v1/sync/rebuild?projection=unheard-of", "", 404)["code"])
		require.Len(d, projectionsOf(d.asks(http.MethodPost, "/v1/sync/rebuild?projection=told", "", 200)), 1)
		synctest.Wait()
		require.Equal(d, []event.Position{1, 1}, d.taken)
	})
	withDeadLetters(t, "a dead letter ahead of its projection cannot be redriven yet", func(d *deadLetterFixture) {
		d.asks(http.MethodPost, "/v1/sync/pause", "", 200)
		d.write("0", 1)
		require.NoError(d, d.group.Stop(context.Background()))
		e := ports.StreamEvent{Position: 1, Event: ports.Event{
			Stream: "stock/S1/0", Version: 1, Type: "stock.adjusted.v1", Data: []byte(`{"delta":1}`),
		}}
		require.NoError(d,
			d.letters.Put(context.Background(), ports.DeadLetter{ID: idOf(1), Projection: "told", Event: e, Attempts: 3}))
		d.run()
		for method, path := range map[string]string{http.MethodPost: "/redrive", http.MethodDelete: ""} {
			require.Equal(d, "view-behind", d.asks(method, "/v1/dead-letters/"+idOf(1)+path, "", 503)["code"])
		}
	})
	withDeadLetters(t, "a dead letter of a projection that does not run cannot be redriven", func(d *deadLetterFixture) {
		d.parked(1)
		require.NoError(d, d.group.Remove(context.Background(), "told"))
		require.Equal(d, "projection-not-found",
			d.asks(http.MethodPost, "/v1/dead-letters/"+idOf(1)+"/redrive", "", 404)["code"])
		require.Equal(d, "dead-letter-not-found", d.asks(http.MethodDelete, "/v1/dead-letters/"+idOf(2), "", 404)["code"])
	})
	withDeadLetters(t, "a control request that is not begun in time is withdrawn", func(d *deadLetterFixture) {
		d.serve(time.Second)
		d.slow = 5 * time.Second
		d.write("0", 1)
		synctest.Wait()
		require.Equal(d, "timeout", d.asks(http.MethodPost, "/v1/sync/pause", "", 504)["code"])
		require.EqualValues(d, 0, projectionsOf(d.asks(http.MethodPost, "/v1/sync", "", 200))[0]["position"],
			"a sync shows the position so far")
		time.Sleep(time.Minute)
		require.Equal(d, "running", projectionsOf(d.asks(http.MethodGet, "/v1/sync", "", 200))[0]["state"])
	})
	withDeadLetters(t, "a control request that is begun is done without its client", func(d *deadLetterFixture) {
		d.parked(1)
		d.spoil()
		d.serve(time.Second)
		d.slow = 5 * time.Second
		require.Equal(d, "outcome-unknown", d.asks(http.MethodPost, "/v1/dead-letters/"+idOf(1)+"/redrive", "", 503)["code"])
		time.Sleep(time.Minute)
		ids, _ := d.listed("")
		require.Empty(d, ids)
	})
}

func TestMalformedControlRequestsAreRefused(t *testing.T) {
	withDeadLetters(t, "with the reason", func(d *deadLetterFixture) {
		for request, code := range map[[3]string]string{
			{"GET", "/v1/dead-letters?limit=0"}:                     "malformed-query",
			{"GET", "/v1/dead-letters?limit=x"}:                     "malformed-query",
			{"GET", "/v1/dead-letters?cursor=x"}:                    "malformed-query",
			{"GET", "/v1/dead-letters?projection="}:                 "malformed-query",
			{"GET", "/v1/dead-letters?nonsense=1"}:                  "malformed-query",
			{"GET", "/v1/sync?projection=told"}:                     "malformed-query",
			{"GET", "/v1/sync/check?limit=1"}:                       "malformed-query",
			{"POST", "/v1/sync?dryRun=true"}:                        "malformed-query",
			{"POST", "/v1/sync?projection="}:                        "malformed-query",
			{"POST", "/v1/sync?projection=told&projection=told"}:    "malformed-query",
			{"POST", "/v1/sync/pause", `{"x":1}`}:                   "malformed-body",
			{"POST", "/v1/sync/resume", "[]"}:                       "malformed-body",
			{"POST", "/v1/dead-letters/x/redrive", "null"}:          "malformed-body",
			{"POST", "/v1/dead-letters/x/redrive?dryRun=true"}:      "malformed-query",
			{"DELETE", "/v1/dead-letters/x?dryRun=true"}:            "malformed-query",
			{"GET", "/v1/items/A?asOf=2026-01-01T00:00:00Z"}:        "malformed-query",
			{"GET", "/v1/items/%20"}:                                "validation-failed",
			{"GET", "/v1/items/%FF"}:                                "validation-failed",
			{"GET", "/v1/items/..%2f%0a"}:                           "validation-failed",
			{"POST", "/v1/dead-letters/" + idOf(1) + "/redrive"}:    "dead-letter-not-found",
			{"POST", "/v1/dead-letters/told-1-0/redrive"}:           "dead-letter-not-found",
			{"DELETE", "/v1/dead-letters/%2F%00"}:                   "dead-letter-not-found",
			{"DELETE", "/v1/dead-letters/x-" + idOf(1)}:             "dead-letter-not-found",
			{"POST", "/v1/sync/resume?projection=%22unheard+of%22"}: "projection-not-found",
		} {
			status := map[bool]int{true: 404, false: 400}[code == "dead-letter-not-found" || code == "projection-not-found"]
			if code == "validation-failed" {
				status = 422
			}
			require.Equal(d, code, d.asks(request[0], request[1], request[2], status)["code"], "%v", request)
		}
	})
}
