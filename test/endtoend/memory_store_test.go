package endtoend_test

import (
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/onhand/onhand/test/process"
)

func TestALogInMemoryServesEverythingAndKeepsNothing(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "data")
	settings := append(slices.Clone(local), "EVENT_STORE=memory", "SNAPSHOT_EVERY_N_EVENTS=1")
	service := process.Start(t, dir, settings...)
	require.Contains(t, service.Log(), `"level":"warning","message":"ONHAND_EVENT_STORE is memory: nothing is kept when this process ends"`)
	c := clientOf(t, service)
	require.Equal(t, "memory", c.ok(c.get("/v1/status")).json("store", "kind"))
	require.Equal(t, 200, c.get("/readyz").Status)
	receiver := openSubscriber(t)
	c.subscribe(receiver)
	s := c.stream("after=0")

	c.ok(c.adjust(itemA, `{"delta":5}`, "Idempotency-Key: k"))
	c.ok(c.adjust(itemA, `{"delta":5}`, "Idempotency-Key: k"))
	c.refused(c.adjust(itemA, `{"delta":-6}`), 409, "insufficient-stock")
	a := c.once("/v1/reservations", `{"lines":[{"store":"S1","sku":"A","quantity":2}]}`)
	require.Equal(t, 201, a.Status, a.Body)
	c.ok(c.once("/v1/reservations/"+a.json("id").(string)+"/commit", ""))
	require.EqualValues(t, 3, c.ok(c.get(itemA)).json("onHand"))
	require.EqualValues(t, 5, c.ok(c.get(itemA+"?version=1")).json("onHand"))
	c.sees(s, 1, 2, 3)
	require.Len(t, c.follow("limit=2"), 3)
	c.ok(c.once("/v1/sync", ""))
	require.NotEmpty(t, receiver.ids("A"))
	require.Len(t, webhooksOf(c.ok(c.get(webhooksPath))), 1)
	require.Empty(t, c.deadLetters())
	require.EqualValues(t, 3, metric(t, c, "onhand_log_position"))

	service.Stop(t)
	_, err := os.Stat(dir)
	require.ErrorIs(t, err, os.ErrNotExist, "no file was written")
	c = clientOf(t, process.Start(t, dir, settings...))
	require.Equal(t, 404, c.get(itemA).Status)
	require.Empty(t, c.follow("limit=2"))
}

func TestALogInMemoryIsForOneProcessOutsideOfProduction(t *testing.T) {
	for because, settings := range map[string][]string{
		"ONHAND_LOCKS_ENABLED: is true while ONHAND_EVENT_STORE is memory: no other process can share a log in memory": {"LOCKS_ENABLED=true"},
		"ONHAND_EVENT_STORE: is memory: the process loses every acknowledged change at its end":                        {"APP_ENV=production", "PUBLIC_URL=https://stock.example"},
	} {
		output, code := process.Run(t, append(settings, "EVENT_STORE=memory"), "serve")
		require.Equal(t, 1, code)
		require.Contains(t, output, because)
	}
}
