package endtoend_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/onhand/onhand/test/process"
)

// fill takes all room on the disk and returns how to give it back.
func fill(t *testing.T, dir string) (free func()) {
	t.Helper()
	name := filepath.Join(dir, "filler")
	file, err := os.Create(name)
	require.NoError(t, err)
	for size := 1 << 20; size > 0; size /= 2 {
		for err = nil; err == nil; {
			_, err = file.Write(make([]byte, size))
		}
		require.ErrorIs(t, err, syscall.ENOSPC)
	}
	require.NoError(t, file.Close())
	return func() { require.NoError(t, os.Remove(name)) }
}

func TestAFullFileSystem(t *testing.T) {
	disk := smallDisk(t, 12)
	dir := filepath.Join(disk, "data")
	service := process.Start(t, dir, unlimited)
	c := clientOf(t, service)
	acknowledged := 0
	write := func() answer {
		a := c.adjust(itemA, fmt.Sprintf(`{"delta":1,"reason":%q}`, strings.Repeat("x", 500)))
		if a.Status == 200 {
			acknowledged++
		}
		return a
	}
	for range 20 {
		c.ok(write())
	}
	free := fill(t, disk)
	refusals := 0
	for refusals < 20 {
		if a := write(); a.Status != 200 { // a started block may still take some
			c.refused(a, 503, "storage-read-only")
			refusals++
		}
	}
	require.EqualValues(t, acknowledged, c.ok(c.get(itemA)).json("onHand"), "reads go on")
	a := c.ok(c.get("/readyz"))
	require.Contains(t, a.json("checks", "storage", "detail"), "read-only")
	require.Equal(t, true, c.get("/v1/status").json("store", "readOnly"))
	require.Contains(t, c.get("/metrics").Body, "onhand_storage_read_only 1\n")
	free()
	require.Eventually(t, func() bool { return write().Status == 200 }, time.Minute, 100*time.Millisecond,
		"writes resume by themselves")
	require.EqualValues(t, acknowledged, c.ok(c.get(itemA)).json("onHand"))

	free = fill(t, disk)
	service.Stop(t)
	c = clientOf(t, process.Start(t, dir, unlimited))
	require.EqualValues(t, acknowledged, c.ok(c.get(itemA)).json("onHand"), "a start on a full disk reads")
	free()
	require.Eventually(t, func() bool { return write().Status == 200 }, time.Minute, 100*time.Millisecond)
	require.EqualValues(t, acknowledged, c.ok(c.get(itemA)).json("onHand"), "nothing lost, nothing doubled")
}
