package jsonevents

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"time"

	"github.com/onhand/onhand/adapters/internal/durablefile"
	"github.com/onhand/onhand/ports"
)

// turns are how processes that share a directory take turns to write. LOCK is locked
// by who writes, TURN by who comes next: so a process that has just written and wants
// to again comes behind one that waits. Nobody removes either file.
type turns struct {
	log  durablefile.FileLock
	next durablefile.FileLock
	wait time.Duration
}

// How often a lock that another process has is tried for.
const (
	firstTry = 50 * time.Microsecond
	laterTry = time.Millisecond
)

func (d directory) openTurns(wait time.Duration) (*turns, error) {
	if err := d.disk.Local(d.path); err != nil {
		return nil, err
	}
	log, err := d.disk.OpenLock(d.lock())
	if err != nil {
		return nil, err
	}
	next, err := d.disk.OpenLock(filepath.Join(d.path, turnName))
	if err != nil {
		return nil, errors.Join(err, log.Close())
	}
	return &turns{log: log, next: next, wait: wait}, nil
}

// take locks the log, or gives ErrBusy when others have kept it for too long, as one
// that is stopped does.
func (t *turns) take() error {
	ctx, cancel := context.WithTimeout(context.Background(), t.wait)
	defer cancel()
	if err := try(ctx, t.next); err != nil {
		return err
	}
	err := try(ctx, t.log)
	return errors.Join(err, t.next.Unlock())
}

func try(ctx context.Context, lock durablefile.FileLock) error {
	for rest := firstTry; ; rest = min(2*rest, laterTry) {
		mine, err := lock.TryLock()
		if err != nil {
			return fmt.Errorf("%w: %w", ports.ErrUnavailable, err)
		}
		if mine {
			return nil
		}
		if pause(ctx, rest) != nil {
			return ports.ErrBusy
		}
	}
}

func (t *turns) giveUp() error { return t.log.Unlock() }

func (t *turns) close() error { return errors.Join(t.log.Close(), t.next.Close()) }

// inPlace makes sure that whoever opens LOCK and TURN now gets the same locks.
func (t *turns) inPlace() error {
	for _, lock := range []durablefile.FileLock{t.log, t.next} {
		if linked, err := lock.Linked(); err != nil || !linked {
			return errors.Join(err, &durablefile.MovedError{Path: "LOCK or TURN in the data directory"})
		}
	}
	return nil
}
