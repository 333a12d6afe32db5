package jsonevents

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/onhand/onhand/adapters/jsonevents/internal/processlock"
	"github.com/onhand/onhand/adapters/jsonevents/internal/segment"
	"github.com/onhand/onhand/domain/event"
	"github.com/onhand/onhand/ports"
)

// InUseError means that another process has the data directory.
type InUseError = processlock.InUseError

// Store is the log in a directory. It is a ports.EventStore and a ports.EventFeed. Make one with
// Open.
type Store struct {
	opts      Options
	source    segment.Source
	lock      *processlock.Lock
	writers   *processlock.Queue // nil where the store is alone on its log
	health    *health
	view      *view
	follower  *follower
	queue     *queue
	committer *committer
	flusher   *indexFlusher
	used      usedTime

	fed atomic.Pointer[segment.Span] // after the last commit that a reading of the feed came to

	background sync.WaitGroup
	stop       context.CancelFunc // ends the background
	closeOnce  sync.Once
	closeErr   error
}

var (
	_ ports.EventStore = (*Store)(nil)
	_ ports.EventFeed  = (*Store)(nil)
)

// Append implements ports.EventStore.
func (s *Store) Append(ctx context.Context, commits []ports.Commit) ([]ports.Appended, error) {
	r := newRequest(commits)
	if err := ctx.Err(); err != nil || len(commits) == 0 {
		return nil, err
	}
	if err := s.flusher.throttle.wait(ctx, s.view.log.index); err != nil {
		return nil, err
	}
	if err := r.warm(s.view.log.index); err != nil {
		return nil, err
	}
	return s.queue.await(ctx, r)
}

// CatchUp implements ports.EventStore. It costs nothing where the store is the only writer, and
// else one read of LOCK if nothing has changed.
func (s *Store) CatchUp(ctx context.Context) (event.Position, error) {
	if err := ctx.Err(); err != nil {
		return 0, err
	}
	if err := s.health.condition().usable(); err != nil || s.writers == nil {
		return 0, err // a store that has stopped for good says so, whatever its files say
	}
	return s.follower.catchUp(ctx)
}

// CloseTimestamp implements ports.EventStore.
func (s *Store) CloseTimestamp(ctx context.Context, t time.Time) error {
	if _, err := s.CatchUp(ctx); err != nil || s.view.isClosed(t) {
		return err
	}
	if _, err := s.queue.await(ctx, &request{closes: t, done: make(chan struct{})}); err != nil {
		return fmt.Errorf("close timestamp: %w", err)
	}
	return nil
}

// Properties implements ports.EventStore.
func (s *Store) Properties() ports.Properties {
	return ports.Properties{Kind: "json", SeveralWriters: s.opts.Shared, Limits: commitLimits, KeyLifetime: s.opts.KeyTTL}
}

// Head implements ports.EventStore.
func (s *Store) Head() ports.Head {
	head := s.view.head()
	head.Time = s.used.floor(head.Time)
	return head
}

// Status implements ports.EventStore.
func (s *Store) Status(ctx context.Context) (ports.StoreStatus, error) {
	c := s.health.condition()
	status := ports.StoreStatus{
		ReadOnly: c.readOnly != nil,
		Failed:   c.failed != nil || c.damaged != nil || c.closed,
		Detail:   cmp.Or(c.detail(), s.flusher.detail()),
		Queued:   s.queue.length(),
	}
	s.view.status(s.opts.Limits, &status)
	return status, ctx.Err()
}

// SaveIndex flushes the index of the log as it is now, so that the next start reads only later
// commits. No other method waits for it. After an error, also the context's, the index on disk is
// that of an earlier flush.
func (s *Store) SaveIndex(ctx context.Context, _ ports.Pace) error {
	err := s.health.condition().usable()
	if err == nil {
		err = s.flusher.flush(ctx)
	}
	if err != nil {
		return fmt.Errorf("save index: %w", err)
	}
	return nil
}

// Close implements ports.EventStore.
func (s *Store) Close() error {
	s.closeOnce.Do(func() {
		s.stop()
		s.background.Wait()
		s.queue.close()
		<-s.committer.stopped
		if !s.health.close() {
			s.closeErr = s.committer.finish()
		}
		s.closeErr = errors.Join(s.closeErr, s.committer.log.writer.Close())
		if s.writers != nil {
			s.follower.close()
			s.closeErr = errors.Join(s.closeErr, s.writers.Close())
		}
		_ = s.flusher.flush(context.Background()) // it has told its failure, which costs the next start time only
		s.closeErr = errors.Join(s.closeErr, s.flusher.tier.Close(), s.lock.Release())
	})
	return s.closeErr
}
