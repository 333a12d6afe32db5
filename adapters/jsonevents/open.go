package jsonevents

import (
	"context"
	"errors"
	"fmt"

	"github.com/onhand/onhand/adapters/jsonevents/internal/logindex"
	"github.com/onhand/onhand/adapters/jsonevents/internal/processlock"
	"github.com/onhand/onhand/adapters/jsonevents/internal/segment"
	"github.com/onhand/onhand/domain/event"
)

// Open opens the log in dir, created if it is missing, and repairs the rest of an
// interrupted run. It refuses with *InUseError where another process keeps the directory, with
// *ports.CorruptError where acknowledged commits are missing or damaged, and with
// *ports.NewerFormatError where a newer version wrote some of it.
func Open(dir string, opts Options) (*Store, error) {
	opts = opts.withDefaults()
	files := segment.Directory{Disk: opts.Disk, Path: dir}
	for _, d := range []string{dir, files.Log()} {
		if err := opts.Disk.MkdirAll(d); err != nil {
			return nil, fmt.Errorf("create data directory: %w", err)
		}
	}
	head := newHeadFile(files.Disk, dir)
	if opts.Shared {
		if err := ownSharedFiles(&opts, files, head); err != nil {
			return nil, fmt.Errorf("open event log in %s: %w", dir, err)
		}
	}
	patience := newPatience(&opts, dir)
	lock, err := processlock.TakeToStart(opts.Disk, dir, opts.lockMode(), patience)
	if err != nil {
		return nil, fmt.Errorf("lock data directory: %w", err)
	}
	err = refuseNewer(lock, head)
	if err == nil && !opts.Shared {
		err = ownFiles(&opts, files, head)
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("open event log in %s: %w", dir, err), lock.Release())
	}
	s := &Store{opts: opts, lock: lock}
	r := &recovery{dir: files, head: head, lock: lock, tier: s.opts.openIndex(dir), opts: &s.opts}
	var unchecked []event.Position
	if opts.Shared {
		unchecked, err = s.startShared(files, r, patience)
	} else {
		unchecked, err = s.start(files, r)
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("open event log in %s: %w", dir, err), r.tier.Close(), lock.Release())
	}
	s.run(unchecked)
	return s, nil
}

// startShared is start where other processes may be at work.
func (s *Store) startShared(
	files segment.Directory, r *recovery, patience *processlock.Patience,
) (unchecked []event.Position, err error) {
	if s.writers, err = processlock.OpenQueue(files.Disk, files.Path, s.opts.LockWait); err != nil {
		return nil, err
	}
	r.readAhead()
	if err = s.writers.AcquireToStart(patience); err == nil {
		unchecked, err = s.start(files, r)
		if unlock := s.writers.Release(); err == nil && unlock != nil {
			err = errors.Join(unlock, s.committer.log.writer.Close())
		}
	}
	if err != nil {
		return nil, errors.Join(err, s.writers.Close())
	}
	return unchecked, nil
}

// start brings the store up under its lock. It returns the segments that the start has not checked:
// those that the index stands for, and the one that follows them.
func (s *Store) start(files segment.Directory, r *recovery) (unchecked []event.Position, err error) {
	if err := s.lock.Prepare(); err != nil {
		return nil, err
	}
	found, err := r.run()
	if err != nil {
		return nil, err
	}
	s.assemble(files, found)
	log := s.committer.log
	if log.writer, err = segment.OpenWriter(files, s.opts.lockMode(), found.log.offset(), found.log.chain); err != nil {
		return nil, err
	}
	if err := s.committer.start(found.log.last, found.hasHead); err != nil {
		return nil, errors.Join(err, log.writer.Close())
	}
	if found.skipped == 0 {
		return nil, nil
	}
	return found.log.segments[: found.skipped+1 : found.skipped+1], nil
}

// assemble puts the parts of the store together.
func (s *Store) assemble(files segment.Directory, found *logScan) {
	grown := &bell{}
	s.health = newHealth(&s.opts, grown)
	s.view = &view{grown: grown, flush: make(chan struct{}, 1), flushAfter: s.opts.flushAfter(), log: *found.log}
	foreign := &foreignLog{dir: files, view: s.view, health: s.health}
	s.follower = newFollower(s.lock, foreign, s.opts.Raise)
	s.used = usedTime{atOpen: found.head.LastUsed, latest: s.opts.LastUsed}
	s.source = segment.Source{
		Directory: files,
		Guard:     segment.Guard{Breaker: s.opts.Reads, Permits: s.opts.ReadPermits},
		Held:      s.lock.Held,
		Found:     s.health.foundDamage,
	}
	log := &exclusiveLog{
		dir: files, lock: s.lock, queue: s.writers, follower: s.follower, foreign: foreign,
		view: s.view, health: s.health, opts: &s.opts, used: s.used,
	}
	s.queue = newQueue(s.opts.Limits.Waiting)
	s.committer = &committer{
		opts: &s.opts, queue: s.queue, log: log, view: s.view, health: s.health, follower: s.follower,
		head:    &headSaver{file: newHeadFile(files.Disk, files.Path), log: log, view: s.view},
		pending: logindex.NewPending(found.log.index),
		stopped: make(chan struct{}),
	}
	s.flusher = found.flusher
	s.flusher.cut = s.view.cut
}

// run starts the store's goroutines.
func (s *Store) run(unchecked []event.Position) {
	ctx, cancel := context.WithCancel(context.Background())
	s.stop = cancel
	go s.committer.run()
	if n := len(unchecked); n > 0 {
		scrubber := newScrubber(s.source, s.opts.Report)
		s.background.Go(func() { scrubber.run(ctx, unchecked[:n-1], unchecked[n-1]) })
	}
	s.view.callFlusher() // for changes of the start
	s.background.Go(func() { s.flusher.run(ctx, s.opts.FlushEvery, s.view.flush) })
	if s.writers != nil {
		s.background.Go(func() { s.follower.watch(ctx, s.opts.FollowEvery) })
	}
}
