package endtoend_test

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/onhand/onhand/test/process"
)

func TestOneKeyRacedHasOneEffectForItsLifetime(t *testing.T) {
	dir := t.TempDir()
	service := process.Start(t, dir, unlimited)
	c := clientOf(t, service)
	var racers sync.WaitGroup
	var first atomic.Int64
	bodies := make([]string, 24)
	for i := range bodies {
		racers.Go(func() {
			a := c.adjust(itemA, `{"delta":7}`, `Idempotency-Key: "raced"`)
			bodies[i] = fmt.Sprint(a.Status, a.Body, a.Header.Get("ETag"), a.Header.Get("Onhand-Position"))
			if a.Header.Get("Idempotent-Replayed") == "" {
				first.Add(1)
			}
		})
	}
	racers.Wait()
	require.EqualValues(t, 1, first.Load())
	for _, body := range bodies {
		require.Equal(t, bodies[0], body)
	}
	c.ok(c.adjust(itemA, `{"delta":1}`))
	replay := func(c client) {
		a := c.ok(c.adjust(itemA, `{"delta":7}`, "Idempotency-Key: raced", `If-Match: "999"`))
		require.Equal(t, "true", a.Header.Get("Idempotent-Replayed"), "the key comes before the precondition")
		require.EqualValues(t, 7, a.json("onHand"), "the first answer, not today's")
		c.refused(c.adjust(itemA, `{"delta":8}`, "Idempotency-Key: raced"), 422, "idempotency-key-reused")
		c.refused(c.count(itemA, `{"onHand":7}`, "Idempotency-Key: raced"), 422, "idempotency-key-reused")
		c.refused(c.adjust("/v1/stores/S1/items/B", `{"delta":7}`, "Idempotency-Key: raced"), 422, "idempotency-key-reused")
		require.EqualValues(t, 8, c.get(itemA).json("onHand"))
	}
	replay(c)
	service.Stop(t)
	replay(clientOf(t, process.Start(t, dir, unlimited)))
}

// threeCommits leaves a stopped store with three commits and a HEAD after them,
// and returns its log file.
func threeCommits(t *testing.T, dir string) string {
	service := process.Start(t, dir, unlimited)
	c := clientOf(t, service)
	for range 3 {
		c.ok(c.adjust(itemA, `{"delta":1}`))
	}
	service.Stop(t)
	output, code := process.Run(t, nil, "verify", "--data-dir", dir)
	require.Zero(t, code, output)
	require.Contains(t, output, "commits       3")
	require.Contains(t, output, "is right")
	return filepath.Join(dir, "log", "00000000000000000001.ndjson")
}

// change rewrites a file.
func change(t *testing.T, name string, edit func([]byte) []byte) {
	content, err := os.ReadFile(name)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(name, edit(content), 0o600))
}

// refusesToStart requires that neither serve nor verify accepts the directory,
// and that nothing in the log is changed by the attempt.
func refusesToStart(t *testing.T, dir, log string, why ...string) {
	before, err := os.ReadFile(log)
	require.NoError(t, err)
	for _, args := range [][]string{{"serve"}, {"verify", "--data-dir", dir}} {
		output, code := process.Run(t, []string{"DATA_DIR=" + dir, "PORT=0"}, args...)
		require.Equal(t, 1, code, output)
		for _, text := range why {
			require.Contains(t, output, text)
		}
	}
	after, err := os.ReadFile(log)
	require.NoError(t, err)
	require.Equal(t, before, after)
}

func TestAFlippedByteBeforeHeadRefusesToStart(t *testing.T) {
	dir := t.TempDir()
	log := threeCommits(t, dir)
	change(t, log, func(b []byte) []byte {
		at := bytes.Index(b, []byte(`"position":2`))
		b[at+20] ^= 1
		return b
	})
	refusesToStart(t, dir, log, log, "line 3")
}

func TestAcknowledgedLinesCutOffAreNoticed(t *testing.T) {
	dir := t.TempDir()
	log := threeCommits(t, dir)
	change(t, log, func(b []byte) []byte {
		kept, _, found := bytes.Cut(b, []byte(`{"v":1,"position":3`))
		require.True(t, found)
		return kept
	})
	refusesToStart(t, dir, log, "acknowledged commits are missing")
	require.NoError(t, os.Remove(log))
	output, code := process.Run(t, []string{"DATA_DIR=" + dir, "PORT=0"}, "serve")
	require.Equal(t, 1, code)
	require.Contains(t, output, "the log is gone")
}

func TestATornTailIsRepaired(t *testing.T) {
	dir := t.TempDir()
	log := threeCommits(t, dir)
	torn := []byte(`{"v":1,"position":4,"time":"2026-`)
	change(t, log, func(b []byte) []byte { return append(b, torn...) })
	output, code := process.Run(t, nil, "verify", "--data-dir", dir)
	require.Zero(t, code, output)
	require.Contains(t, output, "nothing shows to have been durable")
	service := process.Start(t, dir, unlimited)
	require.Contains(t, service.Log(), "the start cut off a torn end of the log")
	c := clientOf(t, service)
	require.EqualValues(t, 3, c.get(itemA).json("onHand"))
	require.Equal(t, "4", c.ok(c.adjust(itemA, `{"delta":1}`)).Header.Get("Onhand-Position"))
	kept, err := filepath.Glob(filepath.Join(dir, "aside", "*"))
	require.NoError(t, err)
	require.Len(t, kept, 1)
	content, err := os.ReadFile(kept[0])
	require.NoError(t, err)
	require.Equal(t, torn, content)
	service.Stop(t)
	output, code = process.Run(t, nil, "verify", "--data-dir", dir)
	require.Zero(t, code, output)
}

func TestASecondProcessIsRefused(t *testing.T) {
	dir := t.TempDir()
	first := process.Start(t, dir, unlimited)
	for _, args := range [][]string{{"serve"}, {"verify", "--data-dir", dir}} {
		output, code := process.Run(t, []string{"DATA_DIR=" + dir, "PORT=0", "START_TIMEOUT_MS=0"}, args...)
		require.Equal(t, 1, code)
		require.Contains(t, output, dir+" is in use by another onhand process (process ")
	}
	c := clientOf(t, first)
	c.ok(c.adjust(itemA, `{"delta":1}`))
	first.Kill()
	c = clientOf(t, process.Start(t, dir, unlimited))
	require.EqualValues(t, 1, c.get(itemA).json("onHand"), "a killed process leaves no lock")
}

func TestAStopUnderLoadLosesNothing(t *testing.T) {
	dir := t.TempDir()
	service := process.Start(t, dir, unlimited, "SHUTDOWN_DELAY_MS=100")
	c := clientOf(t, service)
	var acknowledged atomic.Int64
	var writers sync.WaitGroup
	enough := make(chan struct{})
	for range 8 {
		writers.Go(func() {
			for {
				a, err := c.try("POST", itemA+"/adjustments", `{"delta":1}`)
				if err != nil || a.Status != 200 {
					return // the listener is gone
				}
				if acknowledged.Add(1) == 200 {
					close(enough)
				}
			}
		})
	}
	<-enough
	service.Stop(t)
	writers.Wait()
	_, err := os.Stat(filepath.Join(dir, "HEAD"))
	require.NoError(t, err)
	output, code := process.Run(t, nil, "verify", "--data-dir", dir)
	require.Zero(t, code, output)
	c = clientOf(t, process.Start(t, dir, unlimited))
	onHand := int64(c.get(itemA).json("onHand").(float64))
	// A change may be durable although its answer did not get through.
	require.GreaterOrEqual(t, onHand, acknowledged.Load())
	require.LessOrEqual(t, onHand, acknowledged.Load()+8)
}
