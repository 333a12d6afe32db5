package endtoend_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/onhand/onhand/test/process"
)

// delivered is what a receiver needs to know of an event.
type delivered struct{ ID, Subject, Sequence string }

func (c client) webhook(url, more string) string {
	c.t.Helper()
	made := c.once(webhooksPath, fmt.Sprintf(`{"url":%q,"secret":%q,"types":["onhand.stock.adjusted.v1"]%s}`, url, secretOf(firstKey), more))
	require.Equal(c.t, http.StatusCreated, made.Status, made.Body)
	return made.Header.Get("Location")
}

func itemOf(n int) string { return fmt.Sprintf("/v1/stores/S1/items/sku-%d", n) }

// The receiver answers no delivery before many of them are under way at the same time.
func TestAWebhookHasSeveralDeliveriesUnderWay(t *testing.T) {
	const together, items = 12, 40
	var mu sync.Mutex
	underWay := map[string]bool{}
	newest := map[string]string{}
	var twice, disorder []string
	crowd, first := make(chan struct{}), true
	receiver := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		var e delivered
		_ = json.NewDecoder(r.Body).Decode(&e)
		mu.Lock()
		if underWay[e.Subject] {
			twice = append(twice, e.Subject)
		}
		if e.Sequence <= newest[e.Subject] {
			disorder = append(disorder, e.ID)
		}
		newest[e.Subject] = e.Sequence
		wait := !first // the service sends more at a time after the first answer
		first = false
		underWay[e.Subject] = true
		if wait && len(underWay) == together {
			close(crowd)
		}
		mu.Unlock()
		if wait {
			select {
			case <-crowd:
			case <-r.Context().Done():
			}
		}
		mu.Lock()
		delete(underWay, e.Subject)
		mu.Unlock()
	}))
	defer receiver.Close()
	c := clientOf(t, process.Start(t, t.TempDir(), local...))
	path := c.webhook(receiver.URL, "")
	require.EqualValues(t, 16, c.ok(c.get(path)).json("maxInFlight"))
	for n := range 3 * items {
		c.ok(c.adjust(itemOf(n%items), `{"delta":1}`))
	}
	require.Eventually(t, func() bool {
		mu.Lock()
		defer mu.Unlock()
		return len(newest) == items && len(underWay) == 0 && c.noLag()
	}, patience, 10*time.Millisecond)
	<-crowd
	mu.Lock()
	defer mu.Unlock()
	require.Empty(t, twice, "an item has one delivery at a time")
	require.Empty(t, disorder)
}

// noLag reports whether all projections have reached the end of the log.
func (c client) noLag() bool {
	list, _ := c.get("/v1/sync").json("projections").([]any)
	for _, one := range list {
		if one.(map[string]any)["lag"] != 0.0 {
			return false
		}
	}
	return true
}

func TestAWebhookGetsBatches(t *testing.T) {
	got := make(chan []delivered, 10)
	types := make(chan string, 10)
	receiver := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		var list []delivered
		body, _ := io.ReadAll(r.Body)
		_ = json.Unmarshal(body, &list)
		got <- list
		types <- r.Header.Get("Content-Type")
	}))
	defer receiver.Close()
	c := clientOf(t, process.Start(t, t.TempDir(), local...))
	path := c.webhook(receiver.URL, `,"maxInFlight":2,"batch":{"maxEvents":5,"maxWaitMs":60000}`)
	shown := c.ok(c.get(path))
	require.EqualValues(t, 5, shown.json("batch", "maxEvents"))
	require.EqualValues(t, 60000, shown.json("batch", "maxWaitMs"))
	for n := range 10 {
		c.ok(c.adjust(itemOf(n%2), `{"delta":1}`))
	}
	for batch := range 2 {
		list := <-got
		require.Equal(t, "application/cloudevents-batch+json", <-types)
		require.Len(t, list, 5)
		for i, e := range list {
			require.Equal(t, fmt.Sprintf("%d.0", 1+5*batch+i), e.ID, "in the order of the log")
		}
	}
	require.Eventually(t, func() bool {
		attempts, _ := c.get(path).json("deliveries", "attempts").([]any)
		return len(attempts) == 2 && attempts[0].(map[string]any)["events"] == 5.0
	}, patience, 10*time.Millisecond)
	body := func(more string) string {
		return fmt.Sprintf(`{"url":%q,"secret":%q,%s}`, receiver.URL, secretOf(firstKey), more)
	}
	for _, more := range []string{
		`"batch":{}`, `"batch":{"maxEvents":101}`, `"batch":{"maxEvents":1,"maxWaitMs":-1}`,
		`"batch":{"maxEvents":1,"maxWaitMs":60001}`, `"maxInFlight":0`, `"maxInFlight":65`,
	} {
		c.refused(c.once(webhooksPath, body(more)), 422, "validation-failed")
	}
	c.refused(c.once(webhooksPath, body(`"batch":{"x":1}`)), 400, "malformed-body")
}

func TestWebhookOutcomesSurviveARestart(t *testing.T) {
	receiver := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusTeapot)
	}))
	defer receiver.Close()
	dir := t.TempDir()
	service := process.Start(t, dir, local...)
	c := clientOf(t, service)
	path := c.webhook(receiver.URL, "")
	for n := range 3 {
		c.ok(c.adjust(itemOf(n), `{"delta":1}`))
	}
	require.Eventually(t, func() bool {
		return c.get(path).json("deliveries", "consecutiveFailures") == 3.0
	}, patience, time.Millisecond)
	require.Equal(t, false, c.ok(c.once(path+"/test", "")).json("delivered"))
	before := c.ok(c.get(path)).json("deliveries")
	require.Len(t, before.(map[string]any)["attempts"], 4)
	service.Stop(t)

	again := clientOf(t, process.Start(t, dir, local...))
	require.Eventually(t, func() bool {
		attempts, _ := again.get(path).json("deliveries", "attempts").([]any)
		return len(attempts) >= 4
	}, patience, time.Millisecond)
	after := again.ok(again.get(path)).json("deliveries", "attempts").([]any)
	require.Equal(t, before.(map[string]any)["attempts"], after[len(after)-4:])
}
