package jsonevents

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/onhand/onhand/adapters/jsonevents/internal/processlock"
	"github.com/onhand/onhand/domain/event"
	"github.com/onhand/onhand/ports"
)

// follower looks for commits that other processes have acknowledged, and has them brought into the
// view.
type follower struct {
	lock   *processlock.Lock
	view   *view
	health *health
	raise  func(time.Time)        // is told of times that other processes have used
	seen   atomic.Pointer[[]byte] // the content of LOCK when the view last covered it

	// extending holds one value while a goroutine extends the view: a reader that brings in
	// commits of others, or the committer, from when other processes may read its commits until the
	// view shows them. It is a channel and no mutex because it is held during disk I/O: callers
	// must be able to give up, and a simulation must see that they wait.
	extending chan struct{}
	log       *foreignLog // while extending
}

func newFollower(lock *processlock.Lock, log *foreignLog, raise func(time.Time)) *follower {
	return &follower{
		lock: lock, view: log.view, health: log.health, raise: raise, extending: make(chan struct{}, 1), log: log,
	}
}

// beginExtending waits until no other goroutine extends the view. The caller must call endExtending.
func (f *follower) beginExtending(ctx context.Context) error {
	select {
	case f.extending <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (f *follower) endExtending() { <-f.extending }

// watch looks at intervals for commits of other processes, for callers that wait for the log to grow.
func (f *follower) watch(ctx context.Context, every time.Duration) {
	ticker := time.NewTicker(every)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
			_, _ = f.catchUp(ctx) // a reader gets the error of its own call
		}
	}
}

// catchUp brings in the commits that other processes have acknowledged, and returns the position of the last
// commit that any of them wrote. If nothing has changed it costs one read of LOCK.
func (f *follower) catchUp(ctx context.Context) (event.Position, error) {
	var seen []byte
	if raw := f.seen.Load(); raw != nil {
		seen = *raw
	}
	notice, err := f.look(seen)
	if err != nil {
		return 0, err
	}
	if notice != nil {
		if err := f.catchUpTo(ctx, notice); err != nil {
			return 0, err
		}
	}
	return f.view.lastOfOthers(), f.health.condition().usable()
}

func (f *follower) catchUpTo(ctx context.Context, n *processlock.Notice) error {
	if err := f.beginExtending(ctx); err != nil {
		return err
	}
	defer f.endExtending()
	if err := f.log.readUntil(n.Watermark.End); err != nil {
		return err
	}
	f.raise(n.Watermark.Used)
	f.view.close(n.Watermark.Closed)
	f.seen.Store(&n.Raw)
	return nil
}

var errPoisoned = errors.New("a sync of the log failed in another process")

// look reads LOCK. It returns nil if LOCK has not changed since seen. The store stops for good if
// LOCK cannot be understood, or if a sync failed in another process: the bytes on the disk after
// the end that all processes know are unknown.
func (f *follower) look(seen []byte) (*processlock.Notice, error) {
	notice, err := f.lock.Look(seen)
	if err = newerAt(f.lock.Name(), err); errors.Is(err, processlock.ErrNoWatermark) || isNewerFormat(err) {
		f.health.failOnce(err)
	}
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ports.ErrUnavailable, err)
	}
	if notice != nil && notice.Poisoned {
		f.health.failOnce(errPoisoned)
		return nil, fmt.Errorf("%w: %w", ports.ErrFailed, errPoisoned)
	}
	return notice, nil
}

// close closes the segment that is read.
func (f *follower) close() {
	_ = f.beginExtending(context.Background())
	defer f.endExtending()
	f.log.close()
}
