package bootstrap

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"go.uber.org/fx"

	"github.com/onhand/onhand/adapters/httpapi"
	"github.com/onhand/onhand/ports"
)

// lookAtDisk is how often the free space is read. At 100 MB/s, a disk loses 100 MB meanwhile.
const lookAtDisk = time.Second

// diskReserve watches the free space of the log's disk, so that no write has to ask for it.
type diskReserve struct {
	reserve int64 // bytes; 0 is none
	free    func() (int64, error)
	report  ports.Reporter
	status  atomic.Pointer[httpapi.DiskStatus]
	failing bool
}

// newDiskReserve watches the disk while the program runs, unless nothing is on it or reserved.
func newDiskReserve(c Config, backend *backend, report ports.Reporter, lc fx.Lifecycle) *diskReserve {
	d := &diskReserve{
		reserve: int64(c.DiskReserveMB) << 20, report: report, free: func() (int64, error) { return freeSpace(c.DataDir) },
	}
	d.status.Store(&httpapi.DiskStatus{Reserve: d.reserve})
	if d.reserve == 0 || backend.volatile {
		d.status.Store(&httpapi.DiskStatus{})
		return d
	}
	ctx, stop := context.WithCancel(context.Background())
	var watching sync.WaitGroup
	lc.Append(fx.StartStopHook(
		func() {
			d.look()
			watching.Go(func() { d.watch(ctx) })
		},
		func() {
			stop()
			watching.Wait()
		},
	))
	return d
}

func (d *diskReserve) current() httpapi.DiskStatus { return *d.status.Load() }

func (d *diskReserve) watch(ctx context.Context) {
	ticker := time.NewTicker(lookAtDisk)
	defer ticker.Stop()
	for {
		select {
		case <-ticker.C:
			d.look()
		case <-ctx.Done():
			return
		}
	}
}

// look reads the free space. While it cannot be read, the last that was counts; the store itself notices a
// full disk.
func (d *diskReserve) look() {
	free, err := d.free()
	if err != nil {
		if !d.failing {
			d.report(ports.Incident{Component: "disk", Message: "the free space cannot be read", Err: err})
		}
		d.failing = true
		return
	}
	d.failing = false
	before := d.current()
	now := httpapi.DiskStatus{Free: free, Reserve: d.reserve, Low: free < d.reserve}
	d.status.Store(&now)
	if now.Low == before.Low {
		return
	}
	incident := ports.Incident{
		Component: "disk", Message: "the disk has space again: all writes are accepted",
		Detail: fmt.Sprintf("%d MiB are free, %d MiB are the reserve", free>>20, d.reserve>>20),
	}
	if now.Low {
		incident.Severe = true
		incident.Message = "the disk is nearly full: only writes that complete or end what exists are accepted"
	}
	d.report(incident)
}

// freeSpace returns the bytes that this process may still write to the file system of a directory.
func freeSpace(dir string) (int64, error) {
	var about syscall.Statfs_t
	if err := syscall.Statfs(dir, &about); err != nil {
		return 0, fmt.Errorf("read free space of %s: %w", dir, err)
	}
	return int64(about.Bavail) * int64(about.Bsize), nil //nolint:gosec,unconvert // types differ between machines
}
