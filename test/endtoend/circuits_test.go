package endtoend_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/onhand/onhand/test/process"
)

func TestAForcedOpenCircuitStopsItsDependencyOnly(t *testing.T) {
	service := process.Start(t, t.TempDir(), local...)
	c := clientOf(t, service)
	c.ok(c.once(itemA+"/adjustments", `{"delta":5}`, "Idempotency-Key: k"))
	http.DefaultClient.CloseIdleConnections()
	service.Stop(t)

	forced := process.Start(t, service.DataDir, append([]string{"BREAKER_FORCE_OPEN=filesystem-writes,filesystem-reads"}, local...)...)
	c = clientOf(t, forced)
	require.EqualValues(t, 5, c.ok(c.get(itemA)).json("onHand"), "a start reads what it must, and items are in memory")
	for path, body := range map[string]string{
		itemA + "/adjustments": `{"delta":1}`, "/v1/reservations": `{"lines":[{"store":"S1","sku":"A","quantity":1}]}`,
	} {
		refused := c.refused(c.once(path, body), 503, "circuit-open")
		require.Equal(t, "filesystem-writes", refused.json("circuit"))
		require.Equal(t, "30", refused.Header.Get("Retry-After"))
	}
	require.Equal(t, "filesystem-reads", c.refused(c.get(itemA+"/events"), 503, "circuit-open").json("circuit"))
	c.refused(c.once(itemA+"/adjustments", `{"delta":5}`, "Idempotency-Key: k"), 503, "circuit-open")
	c.ok(c.get("/readyz"))
	metrics := c.get("/metrics").Body
	for _, line := range []string{
		`onhand_breaker_state{breaker="filesystem-writes"} 2`, `onhand_breaker_refused_total{breaker="filesystem-writes"} 2`,
		`onhand_breaker_faults_total{breaker="filesystem-writes"} 0`, `onhand_breaker_state{breaker="sync"} 0`, `onhand_breaker_state{breaker="publisher-webhook"} 0`,
	} {
		require.Contains(t, metrics, line+"\n")
	}
	http.DefaultClient.CloseIdleConnections()
	forced.Stop(t)

	c = clientOf(t, process.Start(t, service.DataDir, local...))
	require.Equal(t, "true",
		c.once(itemA+"/adjustments", `{"delta":5}`, "Idempotency-Key: k").Header.Get("Idempotent-Replayed"))
	require.EqualValues(t, 5, c.ok(c.get(itemA)).json("onHand"))
}

// fused opens the circuit of a receiver at its first fault, for longer than a pause between
// two attempts.
var fused = append([]string{"BREAKER_MIN_REQUESTS=1", "BREAKER_THRESHOLD=0.01", "BREAKER_COOLDOWN_MS=2000"}, hasty...)

func TestAReceiverGetsEverythingInOrderAfterItsCircuitWasOpen(t *testing.T) {
	service := process.Start(t, t.TempDir(), fused...)
	c, s := clientOf(t, service), openSubscriber(t)
	s.poison = "3.0"
	c.write("A", "B", "A", "B", "A")
	name := c.subscribe(s)
	require.Eventually(t, func() bool {
		stands := c.projection(name)
		return stands["state"] == "blocked" && stands["detail"] != nil
	}, patience, 5*time.Millisecond)
	require.Contains(t, c.projection(name)["detail"], `the circuit "publisher-webhook-1" is open`)
	require.Contains(t, c.get("/metrics").Body, `onhand_breaker_state{breaker="publisher-webhook"} 2`)

	require.Eventually(t, func() bool { return len(c.deadLetters()) > 0 }, patience, 20*time.Millisecond)
	require.Equal(t, 3.0, c.deadLetters()[0]["attempts"], "refusals are none")
	path := deadLettersPath + "/" + c.deadLetters()[0]["id"].(string)
	require.Eventually(t, func() bool { // at once, or after the probe
		a := c.once(path+"/redrive", "")
		return a.Status == http.StatusServiceUnavailable && a.json("code") == "circuit-open" &&
			a.Header.Get("Retry-After") != ""
	}, patience, 5*time.Millisecond)
	c.write("B", "A")
	s.behave(func() { s.poison = "" })
	require.Eventually(t, func() bool { return c.once(path+"/redrive", "").Status == http.StatusOK }, patience,
		20*time.Millisecond)
	s.gets("A", "1.0", "3.0", "5.0", "7.0")
	s.gets("B", "2.0", "4.0", "6.0")
	require.Empty(t, c.deadLetters())
	s.orderly(7)
}
