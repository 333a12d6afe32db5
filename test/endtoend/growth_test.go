package endtoend_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/onhand/onhand/test/process"
)

// crate is how many items one delivery is about, and longName what their names
// begin with, so that a snapshot of them is long.
const (
	crate  = 500
	crates = 20
)

var longName = strings.Repeat("n", 100)

// deliver adds one unit to each item of a crate, in one commit of about 400 KB,
// and returns the answer's status. The answer is not held against the OpenAPI
// document, which would take longer than the delivery.
func deliver(t *testing.T, url string, number int) int {
	t.Helper()
	operations := make([]string, crate)
	for i := range operations {
		operations[i] = onItem("adjust", fmt.Sprintf("%s-%d-%d", longName, number, i),
			`"delta":1,"reason":"`+strings.Repeat("r", 200)+`"`)
	}
	response, err := http.Post(url+"/v1/batch", "application/json", strings.NewReader(together(operations...)))
	require.NoError(t, err)
	defer func() { _ = response.Body.Close() }()
	if response.StatusCode != http.StatusOK {
		var problem struct{ Code string }
		require.NoError(t, json.NewDecoder(response.Body).Decode(&problem))
		require.Equal(t, "storage-read-only", problem.Code)
	}
	return response.StatusCode
}

// snapshots reads what the status says of snapshots.
func (c client) snapshots(name string) float64 {
	c.t.Helper()
	n, _ := c.ok(c.get("/v1/status")).json("snapshots", name).(float64)
	return n
}

func TestASnapshotIsTakenWhileTheServiceWorks(t *testing.T) {
	dir := t.TempDir()
	service := process.Start(t, dir, unlimited)
	c := clientOf(t, service)
	require.Contains(t, c.get("/metrics").Body, "onhand_snapshot_position 0\n")
	require.Zero(t, c.snapshots("position"))
	for n := 0; c.snapshots("position") == 0; n++ {
		require.Less(t, n, 1000, "no snapshot of so long a log: %s", service.Log())
		require.Equal(t, 200, deliver(t, service.URL, n%crates))
	}
	status := c.ok(c.get("/v1/status"))
	info, err := os.Stat(newest(t, dir, "state"))
	require.NoError(t, err)
	require.EqualValues(t, info.Size(), status.json("snapshots", "bytes"))
	require.Equal(t, fmt.Sprintf("%020d.state", int64(c.snapshots("position"))), info.Name())
	taken := when(t, answer{Body: fmt.Sprintf(`{"at":%q}`, status.json("snapshots", "takenAt"))}, "at")
	require.WithinRange(t, taken, time.Now().Add(-time.Hour), time.Now())
	text := c.get("/metrics").Body
	for _, line := range []string{
		fmt.Sprintf("onhand_snapshot_position %d\n", int64(c.snapshots("position"))),
		fmt.Sprintf("onhand_snapshot_bytes %.6g", float64(info.Size()))[:20],
		fmt.Sprintf("onhand_snapshot_timestamp_seconds %.3g", float64(taken.Unix()))[:36],
		"onhand_snapshot_duration_seconds ", "onhand_snapshot_failures_total 0\n", "onhand_log_bytes ", "onhand_log_events ",
	} {
		require.Contains(t, text, line)
	}
	verified(t, service)
	require.Len(t, saved(t, dir, "*.tmp"), 0)
}

// TestDamageInAnOldSegment starts on a log whose first segment is damaged, which a
// start from a saved index does not read.
func TestDamageInAnOldSegment(t *testing.T) {
	dir := t.TempDir()
	settings := []string{unlimited, always, "SEGMENT_MB=1"}
	service := process.Start(t, dir, settings...)
	c := clientOf(t, service)
	c.ok(c.adjust(itemA, `{"delta":7}`))
	for n := range 8 {
		require.Equal(t, 200, deliver(t, service.URL, n))
	}
	c.ok(c.adjust(itemA, `{"delta":-2}`))
	service.Stop(t)
	segments, err := filepath.Glob(filepath.Join(dir, "log", "*"))
	require.NoError(t, err)
	require.Greater(t, len(segments), 2)
	flip(t, segments[0])

	service = process.Start(t, dir, settings...)
	c = clientOf(t, service)
	c.shows(itemA, map[string]int{"onHand": 5, "version": 2})
	require.Eventually(t, func() bool { return c.get("/readyz").Status == 503 }, time.Minute, 20*time.Millisecond)
	require.Contains(t, c.get("/readyz").json("checks", "storage", "detail"), segments[0])
	require.Equal(t, 200, c.get("/livez").Status)
	c.refused(c.adjust(itemA, `{"delta":1}`), 503, "storage-unavailable")
	c.shows(itemA, map[string]int{"onHand": 5, "version": 2})
	c.ok(c.get("/v1/stores/S1/items"))
	require.Contains(t, c.get("/metrics").Body, "onhand_storage_failed 1\n")
	require.Equal(t, 1, strings.Count(service.Log(), "the log is damaged: the service refuses changes"), "%s", service.Log())
	service.Stop(t)
	output, code := process.Run(t, nil, "verify", "--data-dir", dir)
	require.Equal(t, 1, code)
	require.Contains(t, output, segments[0])
	require.NoError(t, os.RemoveAll(filepath.Join(dir, "snapshots")))
	refusesToStart(t, dir, segments[0], segments[0])
}

// logBytes is how long the log is.
func (c client) logBytes() int64 {
	c.t.Helper()
	return int64(c.ok(c.get("/v1/status")).json("store", "bytes").(float64))
}

// TestAFullDiskFailsASnapshot leaves so little room that the log fits and a
// snapshot does not.
func TestAFullDiskFailsASnapshot(t *testing.T) {
	disk := smallDisk(t, 64)
	dir := filepath.Join(disk, "data")
	service := process.Start(t, dir, unlimited, always)
	c := clientOf(t, service)
	c.ok(c.do("POST", "/v1/sync/pause", "")) // a checkpoint would want the same room
	const due = 4 << 20                      // the log must grow by so much
	accepted := 0
	work := func() {
		if deliver(t, service.URL, accepted%crates) == http.StatusOK {
			accepted++
		}
	}
	for c.logBytes() < due-(800<<10) {
		work()
	}
	require.Empty(t, saved(t, dir, "*"), "the log has not grown enough yet")
	free := fill(t, disk)
	filler := filepath.Join(disk, "filler")
	info, err := os.Stat(filler)
	require.NoError(t, err)
	require.NoError(t, os.Truncate(filler, info.Size()-(1200<<10)))
	for c.logBytes() < due {
		work()
	}
	require.Eventually(t, func() bool { return c.snapshots("failures") == 1 }, time.Minute, 20*time.Millisecond)
	require.Contains(t, service.Log(), "a snapshot could not be taken: the service tries again later")
	require.Contains(t, service.Log(), "no space left on device")
	require.Empty(t, saved(t, dir, "*"), "what was written of it is gone")
	require.Contains(t, c.get("/metrics").Body, "onhand_snapshot_failures_total 1\n")
	require.Equal(t, 200, c.get("/readyz").Status)
	c.ok(c.get("/v1/stores/S1/items"))
	free()
	require.Eventually(t, func() bool { return c.adjust(itemA, `{"delta":1}`).Status == 200 }, time.Minute,
		20*time.Millisecond, "writes go on")
	for c.logBytes() < 3*due {
		work()
	}
	require.Eventually(t, func() bool { return c.snapshots("position") > 0 }, time.Minute, 20*time.Millisecond)
	require.EqualValues(t, 1, c.snapshots("failures"))
	c.shows(fmt.Sprintf("/v1/stores/S1/items/%s-0-0", longName),
		map[string]int{"onHand": (accepted + crates - 1) / crates})
	verified(t, service)
}
