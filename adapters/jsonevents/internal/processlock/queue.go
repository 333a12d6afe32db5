package processlock

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"time"

	"github.com/onhand/onhand/adapters/internal/durablefile"
	"github.com/onhand/onhand/ports"
)

// Queue is the queue of processes that want to write to a shared log. The writer has LOCK locked,
// the next one TURN: so a process that has just written and wants to again comes after one that
// waits. Neither file is ever removed.
type Queue struct {
	log  durablefile.FileLock
	next durablefile.FileLock
	wait time.Duration
}

// OpenQueue opens the queue of a data directory. Acquire waits for a time at most.
func OpenQueue(disk durablefile.Disk, dir string, wait time.Duration) (*Queue, error) {
	if err := disk.Local(dir); err != nil {
		return nil, err
	}
	log, err := disk.OpenLock(filepath.Join(dir, LockName))
	if err != nil {
		return nil, err
	}
	next, err := disk.OpenLock(filepath.Join(dir, QueueName))
	if err != nil {
		return nil, errors.Join(err, log.Close())
	}
	return &Queue{log: log, next: next, wait: wait}, nil
}

// Acquire locks the log, or gives ErrBusy when other processes have kept it for too long, as a
// process that is stopped does.
func (q *Queue) Acquire() error {
	ctx, cancel := context.WithTimeout(context.Background(), q.wait)
	defer cancel()
	return q.acquire(ctx)
}

// AcquireToStart is Acquire for a start, which waits longer.
func (q *Queue) AcquireToStart(p *Patience) error {
	p.Left = max(p.Left, q.wait)
	return p.during(q.acquire)
}

func (q *Queue) acquire(ctx context.Context) error {
	if err := lock(ctx, q.next); err != nil {
		return err
	}
	err := lock(ctx, q.log)
	return errors.Join(err, q.next.Unlock())
}

func lock(ctx context.Context, file durablefile.FileLock) error {
	return poll(ctx, laterTry, func() (bool, error) {
		mine, err := file.TryLock()
		if err != nil {
			return false, fmt.Errorf("%w: %w", ports.ErrUnavailable, err)
		}
		return mine, nil
	})
}

// Release unlocks the log.
func (q *Queue) Release() error { return q.log.Unlock() }

// Close leaves the queue.
func (q *Queue) Close() error { return errors.Join(q.log.Close(), q.next.Close()) }

// InPlace fails with a *durablefile.MovedError where another process that opens LOCK and TURN now
// would get other locks.
func (q *Queue) InPlace() error {
	for _, lock := range []durablefile.FileLock{q.log, q.next} {
		if linked, err := lock.Linked(); err != nil || !linked {
			return errors.Join(err, &durablefile.MovedError{Path: "LOCK or TURN in the data directory"})
		}
	}
	return nil
}
