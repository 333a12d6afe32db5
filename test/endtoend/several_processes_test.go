package endtoend_test

import (
	"context"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/onhand/onhand/adapters/filelock"
	"github.com/onhand/onhand/domain/event"
	"github.com/onhand/onhand/test/process"
)

var sharing = []string{unlimited, "LOCKS_ENABLED=true"}

func TestALeaseOfAnotherProcessIsRefusedAsConfigured(t *testing.T) {
	dir := t.TempDir()
	service := process.Start(t, dir,
		append(slices.Clone(sharing), "LOCK_REJECT_STATUS=423", "LOCK_RETRY_AFTER_MS=1100")...)
	c := clientOf(t, service)
	c.ok(c.adjust(itemA, `{"delta":5}`))

	leases, err := filelock.Open(filepath.Join(dir, "locks"), filelock.Options{})
	require.NoError(t, err)
	defer func() { require.NoError(t, leases.Close()) }()
	lease, err := leases.Acquire(context.Background(), []event.StreamID{"stock/S1/A"}, 1<<40)
	require.NoError(t, err)

	refused := c.adjust(itemA, `{"delta":1}`, "Idempotency-Key: k")
	c.refused(refused, 423, "lock-held")
	require.Equal(t, "2", refused.Header.Get("Retry-After"))
	require.NotContains(t, refused.Body, "of process", "a refusal does not tell the holder")
	c.ok(c.adjust("/v1/stores/S1/items/B", `{"delta":1}`)) // other items are free
	c.ok(c.get(itemA))                                     // and so are reads
	require.NoError(t, lease.Release())
	changed := c.ok(c.adjust(itemA, `{"delta":1}`, "Idempotency-Key: k"))
	require.Contains(t, changed.Body, `"onHand":6`, "the refused one has done nothing")
	require.Contains(t, c.get("/problems/lock-held").Body, "HTTP status 423")
}

// TestTwoProcessesTakeTurnsOnOneItem has clients of both at one item all the time: all get
// through, and no units are lost or made.
func TestTwoProcessesTakeTurnsOnOneItem(t *testing.T) {
	const clients, each = 8, 25
	dir := t.TempDir()
	settings := append(slices.Clone(sharing), "LOCK_RETRY_AFTER_MS=60000", "REQUEST_TIMEOUT_MS=60000")
	both := []client{clientOf(t, process.Start(t, dir, settings...)), clientOf(t, process.Start(t, dir, settings...))}
	var work sync.WaitGroup
	var done [2]atomic.Int64
	for n := range clients {
		work.Go(func() {
			for range each {
				if a, err := both[n%2].try("POST", itemA+"/adjustments", `{"delta":1}`); err == nil && a.Status == 200 {
					done[n%2].Add(1)
				} else {
					t.Errorf("%v %v", a, err)
				}
			}
		})
	}
	work.Wait()
	for i := range both {
		require.EqualValues(t, clients*each/2, done[i].Load())
		item := both[i].ok(both[i].get(itemA))
		require.EqualValues(t, clients*each, item.json("onHand"))
		require.EqualValues(t, clients*each, item.json("version"))
	}
}

// TestAStoppedProcessBlocksOthersForALeaseAtMost stops one process while it works on an item. The
// other is refused for as long as the lease lasts, and continues then; so does the first when it
// wakes up.
func TestAStoppedProcessBlocksOthersForALeaseAtMost(t *testing.T) {
	dir := t.TempDir()
	settings := append(slices.Clone(sharing), "LOCK_TTL_MS=300", "LOCK_RENEW_MS=100", "LOCK_RETRY_AFTER_MS=20000",
		"REQUEST_TIMEOUT_MS=60000")
	first, second := process.Start(t, dir, settings...), process.Start(t, dir, settings...)
	a, b := clientOf(t, first), clientOf(t, second)
	a.ok(a.adjust(itemA, `{"delta":1}`))
	accepted := atomic.Int64{}
	accepted.Add(1)
	stop := make(chan struct{})
	var work sync.WaitGroup
	for range 4 {
		work.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
				}
				if got, err := a.try("POST", itemA+"/adjustments", `{"delta":1}`); err == nil && got.Status == 200 {
					accepted.Add(1)
				} else if err == nil && !strings.Contains(got.Body, "lock-held") {
					t.Errorf("%v", got)
				}
			}
		})
	}
	for range 3 {
		first.Signal(syscall.SIGSTOP)
		// It may have been stopped while it had the log locked, which stops every writer.
		got := b.adjust(itemA, `{"delta":1}`)
		first.Signal(syscall.SIGCONT)
		if got.Status != 200 {
			b.refused(got, 503, "lock-held")
			got = b.adjust(itemA, `{"delta":1}`)
		}
		b.ok(got)
		accepted.Add(1)
	}
	close(stop)
	work.Wait()
	for _, c := range []client{a, b} {
		item := c.ok(c.get(itemA))
		require.EqualValues(t, accepted.Load(), item.json("onHand"))
	}
}
