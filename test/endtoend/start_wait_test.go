package endtoend_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/onhand/onhand/test/process"
)

// beginWaiting begins another service on a directory and returns once it says that it waits.
func beginWaiting(t *testing.T, dir string, settings ...string) *process.Service {
	t.Helper()
	waiting := process.Begin(t, dir, exec.Command(process.Binary(t), "serve"),
		append(slices.Clone(settings), "PORT=0", "DATA_DIR="+dir, "SHUTDOWN_DELAY_MS=0", "START_TIMEOUT_MS=3600000")...)
	require.Eventually(t, func() bool { return strings.Contains(waiting.Log(), "the start waits for another process") },
		patience, 20*time.Millisecond)
	return waiting
}

func TestAStartWaitsUntilTheProcessBeforeHasEnded(t *testing.T) {
	dir := t.TempDir()
	before := process.Start(t, dir, unlimited)
	c := clientOf(t, before)
	c.ok(c.adjust(itemA, `{"delta":1}`))
	next := beginWaiting(t, dir, unlimited)
	require.Contains(t, next.Log(), fmt.Sprintf("process %d", before.PID()))
	c.ok(c.adjust(itemA, `{"delta":1}`))
	before.Stop(t)
	require.NoError(t, next.Await(), next.Log())
	c = clientOf(t, next)
	require.EqualValues(t, 2, c.get(itemA).json("onHand"))
}

func TestAStartWaitsForASlowWriterOfTheLog(t *testing.T) {
	dir := t.TempDir()
	first := process.Start(t, dir, sharing...)
	c := clientOf(t, first)
	c.ok(c.adjust(itemA, `{"delta":1}`))
	// A writer holds this lock while it waits for the disk.
	lock, err := os.OpenFile(filepath.Join(dir, "LOCK"), os.O_RDWR, 0)
	require.NoError(t, err)
	require.Eventually(t, func() bool { return syscall.Flock(int(lock.Fd()), syscall.LOCK_EX|syscall.LOCK_NB) == nil },
		patience, time.Millisecond)
	next := beginWaiting(t, dir, sharing...)
	require.NoError(t, lock.Close())
	require.NoError(t, next.Await(), next.Log())
	c = clientOf(t, next)
	require.EqualValues(t, 1, c.get(itemA).json("onHand"))
}

func TestASignalEndsAStartThatWaits(t *testing.T) {
	for _, settings := range [][]string{{unlimited}, sharing} {
		dir := t.TempDir()
		first := process.Start(t, dir, unlimited)
		next := beginWaiting(t, dir, settings...)
		next.Stop(t) // with exit code 0
		require.Contains(t, next.Log(), "stopping: the start was not complete")
		c := clientOf(t, first)
		c.ok(c.adjust(itemA, `{"delta":1}`))
	}
}
