package endtoend_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/onhand/onhand/test/process"
)

// TestANearlyFullDiskKeepsRoomForCommits: given a cart, when less of the disk is free than the reserve, then
// the cart can be committed, and new carts and deliveries are refused.
func TestANearlyFullDiskKeepsRoomForCommits(t *testing.T) {
	dir := t.TempDir()
	service := process.Start(t, dir, unlimited)
	c := clientOf(t, service)
	c.ok(c.adjust(itemA, `{"delta":9}`))
	c.created(c.do("PUT", cart, `{"lines":[`+part("S1", "A", 3)+`]}`))
	require.Equal(t, false, c.get("/v1/status").json("limits", "disk", "low"))
	service.Stop(t)

	const all = "ONHAND_DISK_RESERVE_MB=1048576" // more than the disk of any test has
	service = process.Start(t, dir, unlimited, all)
	c = clientOf(t, service)
	const code = "storage-nearly-full"
	c.refused(c.adjust(itemA, `{"delta":1}`), 503, code)
	c.refused(c.post(reservations, `{"lines":[`+part("S1", "A", 1)+`]}`), 503, code)
	batch := together(onItem("adjust", "A", `"delta":1`), onID("release", "cart-1", ""))
	a := c.refused(c.post("/v1/batch", batch), 503, code)
	require.Equal(t, "5", a.Header.Get("Retry-After"))
	require.Contains(t, a.Body, "storage-nearly-full")
	c.ok(c.post(cart+"/extend", `{"ttlSeconds":60}`))
	c.ok(c.post(cart+"/commit", ""))
	c.shows(itemA, map[string]int{"onHand": 6, "reserved": 0})

	ready := c.ok(c.get("/readyz"))
	require.Contains(t, ready.json("checks", "disk", "detail"), "ONHAND_DISK_RESERVE_MB=1048576")
	require.Equal(t, true, c.get("/v1/status").json("limits", "disk", "low"))
	require.Contains(t, c.get("/metrics").Body, "onhand_disk_reserve_bytes 1.099511627776e+12\n")
	require.Contains(t, service.Log(), "the disk is nearly full")
	verified(t, service)
}
