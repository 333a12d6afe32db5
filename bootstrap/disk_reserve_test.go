package bootstrap

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/fx/fxtest"

	"github.com/onhand/onhand/adapters/httpapi"
	"github.com/onhand/onhand/ports"
)

// TestTheFreeSpaceIsReadOnceASecond: given a reserve of 100 bytes, when the free space falls below it and
// rises again, then the status follows within a second, and each change is reported once.
func TestTheFreeSpaceIsReadOnceASecond(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var told []string
		type space struct {
			free  int64
			fault error
		}
		var found atomic.Pointer[space]
		reads := 0
		d := &diskReserve{
			reserve: 100,
			free:    func() (int64, error) { reads++; now := found.Load(); return now.free, now.fault },
			report:  func(i ports.Incident) { told = append(told, i.Message) },
		}
		d.status.Store(&httpapi.DiskStatus{})
		ctx, stop := context.WithCancel(t.Context())
		done := make(chan struct{})
		go func() { defer close(done); d.watch(ctx) }()
		after := func(free int64, fault error) httpapi.DiskStatus {
			found.Store(&space{free, fault})
			time.Sleep(lookAtDisk)
			synctest.Wait()
			return d.current()
		}
		require.Equal(t, httpapi.DiskStatus{Free: 100, Reserve: 100}, after(100, nil))
		require.Equal(t, httpapi.DiskStatus{Free: 99, Reserve: 100, Low: true}, after(99, nil))
		require.True(t, after(98, nil).Low)
		require.True(t, after(1000, errors.New("no such disk")).Low, "what was known last counts")
		require.True(t, after(1000, errors.New("no such disk")).Low)
		require.False(t, after(1000, nil).Low)
		stop()
		<-done
		require.Equal(t, 6, reads)
		require.Equal(t, []string{
			"the disk is nearly full: only writes that complete or end what exists are accepted",
			"the free space cannot be read", "the disk has space again: all writes are accepted",
		}, told)
	})
}

// TestWithoutAReserveNothingWatchesTheDisk: nor for a store in memory.
func TestWithoutAReserveNothingWatchesTheDisk(t *testing.T) {
	for _, c := range []struct {
		reserve  int
		volatile bool
	}{{0, false}, {256, true}} {
		lc := fxtest.NewLifecycle(t)
		d := newDiskReserve(Config{DiskReserveMB: c.reserve, DataDir: "/nowhere"}, &backend{volatile: c.volatile},
			func(i ports.Incident) { t.Error(i.Message) }, lc)
		lc.RequireStart().RequireStop()
		require.Zero(t, d.current())
	}
}

func TestTheFreeSpaceOfADirectory(t *testing.T) {
	free, err := freeSpace(t.TempDir())
	require.NoError(t, err)
	require.Positive(t, free)
	_, err = freeSpace("/nowhere")
	require.ErrorContains(t, err, "/nowhere")
}
