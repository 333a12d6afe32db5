package jsonevents

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/onhand/onhand/adapters/internal/durablefile"
	"github.com/onhand/onhand/domain/event"
	"github.com/onhand/onhand/ports"
)

// startShared is start where other processes may be at work.
func (s *Store) startShared() error {
	turns, err := s.dir.openTurns(s.opts.LockWait)
	if err != nil {
		return err
	}
	s.turns = turns
	if err := turns.take(); err != nil {
		return errors.Join(err, turns.close())
	}
	err = s.start()
	if unlock := turns.giveUp(); err == nil && unlock != nil {
		s.stopCheck()
		s.checking.Wait()
		err = errors.Join(unlock, s.writer.file.Close())
	}
	if err != nil {
		return errors.Join(err, turns.close())
	}
	ctx, stop := context.WithCancel(context.Background())
	s.stopWatch = stop
	s.checking.Go(func() { s.watch(ctx) })
	return nil
}

// begin tells the other processes what a start has found.
func (w *committer) begin() error {
	l := w.store.lock
	if err := l.makeRoom(); err != nil {
		return err
	}
	said, err := l.look(nil)
	if err != nil && !errors.Is(err, errNoMark) { // there is none at the very first start
		return err
	}
	if said != nil {
		w.mark = said.mark
		w.store.opts.Raise(w.mark.used)
	}
	return w.tell()
}

// watch looks for what other processes write, for those who wait for the log to grow.
func (s *Store) watch(ctx context.Context) {
	every := time.NewTicker(s.opts.FollowEvery)
	defer every.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-every.C:
			_, _ = s.CatchUp(ctx) // a reader gets the error of its own call
		}
	}
}

// closeShared ends what a shared directory needs.
func (s *Store) closeShared() error {
	if s.turns == nil {
		return nil
	}
	_ = s.growth.take(context.Background())
	defer s.growth.leave()
	s.growth.close()
	return s.turns.close()
}

// CatchUp implements ports.EventStore. Where nothing has changed it costs one read of
// LOCK, and nothing where the store is the only writer.
func (s *Store) CatchUp(ctx context.Context) (event.Position, error) {
	if err := ctx.Err(); err != nil {
		return 0, err
	}
	if s.turns == nil {
		s.mu.RLock()
		defer s.mu.RUnlock()
		return 0, s.state.usable()
	}
	return s.catchUp(ctx)
}

// CloseTimestamp implements ports.EventStore.
func (s *Store) CloseTimestamp(ctx context.Context, t time.Time) error {
	if _, err := s.CatchUp(ctx); err != nil || s.isSettled(t) {
		return err
	}
	if _, err := s.await(ctx, &request{settled: t, done: make(chan struct{})}); err != nil {
		return fmt.Errorf("close timestamp: %w", err)
	}
	return nil
}

func (s *Store) isSettled(t time.Time) bool {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return !s.state.settled.Before(t)
}

// catchUp brings in what other processes have acknowledged.
func (s *Store) catchUp(ctx context.Context) (event.Position, error) {
	var seen []byte
	if raw := s.seen.Load(); raw != nil {
		seen = *raw
	}
	said, err := s.lock.look(seen)
	if err != nil {
		return 0, s.unreadable(err)
	}
	if said != nil {
		if said.poisoned {
			return 0, s.poisoned()
		}
		if err := s.catchUpTo(ctx, said); err != nil {
			return 0, err
		}
	}
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.state.foreign, s.state.usable()
}

func (s *Store) catchUpTo(ctx context.Context, said *sign) error {
	if err := s.growth.take(ctx); err != nil {
		return err
	}
	defer s.growth.leave()
	if err := s.follow(said.mark.end); err != nil {
		return err
	}
	s.opts.Raise(said.mark.used)
	s.mu.Lock()
	s.state.settled = later(s.state.settled, said.mark.settled)
	s.mu.Unlock()
	s.seen.Store(&said.raw)
	return nil
}

// unreadable is what becomes of a store that cannot read LOCK.
func (s *Store) unreadable(err error) error {
	if errors.Is(err, errNoMark) {
		s.failOnce(err)
	}
	return fmt.Errorf("%w: %w", ports.ErrUnavailable, err)
}

var errPoisoned = errors.New("a sync of the log failed in another process")

// poisoned stops a store that shares its log with one whose sync failed: nobody knows
// what is on the disk behind the end of which all know.
func (s *Store) poisoned() error {
	s.failOnce(errPoisoned)
	return fmt.Errorf("%w: %w", ports.ErrFailed, errPoisoned)
}

func (s *Store) failOnce(cause error) {
	s.mu.RLock()
	known := s.state.failed != nil || s.state.closed
	s.mu.RUnlock()
	if !known {
		s.fail(cause, nil)
	}
}

// announce tells the other processes of a group that is durable. The growth is
// taken from before they can know until it is shown here.
func (w *committer) announce(b *batch) error {
	closes := b.settled.After(w.mark.settled)
	w.mark.settled = later(w.mark.settled, b.settled)
	if w.store.turns == nil || len(b.lines) == 0 && !closes {
		return nil
	}
	if err := w.tellEnd(w.end+int64(len(b.bytes)), b.last); err != nil {
		w.end += int64(len(b.bytes)) // it is durable, and somebody may have been told: no start cuts it off
		return w.unknown(&durablefile.SyncError{Op: "sync", Path: w.store.lock.name, Err: err})
	}
	return nil
}

// settleOnly settles the times of a group while the store takes no commits, which are
// answered with why. It returns the requests that are still to be answered.
func (w *committer) settleOnly(why error) []*request {
	var settling, refused []*request
	b := &batch{last: w.store.state.last}
	for _, r := range w.group {
		if len(r.commits) > 0 {
			refused = append(refused, r)
			continue
		}
		settling = append(settling, r)
		b.settled = later(b.settled, r.settled)
	}
	answer(refused, why)
	_ = w.store.growth.take(context.Background())
	defer w.store.growth.leave()
	if err := w.announce(b); err != nil {
		answer(settling, err)
		return nil
	}
	return settling
}
