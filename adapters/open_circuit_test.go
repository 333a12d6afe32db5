package adapters_test

import (
	"net/http"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/onhand/onhand/adapters/hystrixbreaker"
	"github.com/onhand/onhand/adapters/internal/durablefile/simdisk"
	"github.com/onhand/onhand/adapters/jsonevents"
)

// fuse is a breaker with a cooldown that passes when the test says so.
func fuse(t *testing.T, name string) (b *hystrixbreaker.Breaker, pass func()) {
	var passed atomic.Int64
	began := time.Now()
	b, err := hystrixbreaker.New(hystrixbreaker.Options{
		Name: name, Threshold: 0.5, MinCalls: 4, Cooldown: time.Hour,
		Now: func() time.Time { return began.Add(time.Duration(passed.Load())) },
	})
	require.NoError(t, err)
	return b, func() { passed.Add(int64(time.Hour)) }
}

func TestWhatClientsAreToldWhileTheDiskFailsAgainAndAgain(t *testing.T) {
	writes, passWrites := fuse(t, "writes")
	reads, passReads := fuse(t, "reads")
	guard := func(o *jsonevents.Options) { o.Writes, o.Reads = writes, reads }
	s := start(t, simdisk.New(), guard)
	history := func() string { return s.ask(http.MethodGet, item+"/events", "") }
	blows := func(ask func() string) {
		require.Eventually(t, func() bool {
			told := ask()
			require.Contains(t, []string{"503 storage-unavailable", "503 circuit-open"}, told)
			return told == "503 circuit-open"
		}, time.Minute, time.Millisecond)
	}
	require.Equal(t, "200 1", s.add("Idempotency-Key: a"))

	s.fails("write", simdisk.Fault{Err: syscall.EIO, Keep: 20})
	blows(func() string { return s.add("Idempotency-Key: b") })
	require.Equal(t, "200 1", s.read(), "reads go on")
	require.Equal(t, "200 0", history())
	require.Equal(t, "200 1", s.add("Idempotency-Key: a"), "what is known is replayed")
	require.Equal(t, "200 0", s.ask(http.MethodGet, "/readyz", ""))
	s.disk.Plan(nil)
	require.Equal(t, "503 circuit-open", s.add("Idempotency-Key: b"))
	passWrites()
	require.Equal(t, "200 2", s.add("Idempotency-Key: b"))

	s.disk.PlanReads(func(c simdisk.Call) simdisk.Fault {
		if c.Op == "read" && c.Name == logFile {
			return simdisk.Fault{Err: syscall.EIO}
		}
		return simdisk.Fault{}
	})
	blows(history)
	require.Equal(t, "200 3", s.add("Idempotency-Key: c"), "writes go on")
	require.Equal(t, "200 3", s.read())
	require.Equal(t, "503 circuit-open", s.add("Idempotency-Key: c"), "what it came to stands in the log")
	s.disk.PlanReads(nil)
	passReads()
	require.Equal(t, "200 3", s.add("Idempotency-Key: c"))
	require.Equal(t, "200 0", history())
	s.stop()
	again := start(t, s.disk.Restart())
	require.Equal(t, "200 3", again.read())
	again.stop()
}
