package jsonevents

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/onhand/onhand/adapters/internal/durablefile"
	"github.com/onhand/onhand/domain/event"
	"github.com/onhand/onhand/ports"
)

// component names this package in incidents.
const component = "jsonevents"

// Store is the log in a directory. It is a ports.EventStore and a
// ports.EventFeed. Make one with Open.
type Store struct {
	dir   directory
	opts  Options
	lock  *dirLock
	turns *turns // nil where the store is alone on its log
	queue *queue

	mu    sync.RWMutex // protects state
	state state

	growth growth
	seen   atomic.Pointer[[]byte] // what LOCK said when all that it tells of was known

	fed atomic.Pointer[span] // where the last reading of the feed came to the end

	saving  sync.Mutex          // one SaveIndex at a time
	freezes chan chan<- *frozen // asks the committer for a frozen index

	writer    *committer    // used by the committer's goroutine only
	stopped   chan struct{} // closed when that goroutine has ended
	checking  sync.WaitGroup
	stopCheck context.CancelFunc // ends that of old segments
	stopWatch context.CancelFunc // ends looking for what other processes write
	closeOnce sync.Once
	closeErr  error
}

// state is what is durable and shown, and what the store can do.
type state struct {
	index    *index
	segments []event.Position // first positions; a place's segment is an index into it
	last     position         // of the last durable commit
	chain    hashed           // of the last line, also of a header
	foreign  event.Position   // the last that another process wrote
	settled  time.Time        // that no decision is made before any more
	bytes    int64            // of all segments, up to it
	end      int64            // of the last segment, up to it
	readOnly error            // why writes are refused for now, or nil
	failed   error            // why nothing works until a restart, or nil
	damaged  error            // what a read found wrong in the log, or nil: writes stop
	closed   bool
	grown    chan struct{} // closed at the next commit or fault; nil if nobody waits
}

var (
	_ ports.EventStore = (*Store)(nil)
	_ ports.EventFeed  = (*Store)(nil)
)

// Open opens the log in dir, created if it is missing, and repairs what an
// interrupted run may leave behind. It refuses with *InUseError where another
// process has the directory and with *ports.CorruptError where the log is not
// what was acknowledged.
func Open(dir string, opts Options) (*Store, error) {
	opts = opts.withDefaults()
	s := &Store{
		dir:     directory{disk: opts.Disk, path: dir},
		opts:    opts,
		queue:   newQueue(opts.Limits.Waiting),
		freezes: make(chan chan<- *frozen),
		stopped: make(chan struct{}),
		growth:  growth{taken: make(chan struct{}, 1)},

		stopCheck: func() {},
		stopWatch: func() {},
	}
	for _, d := range []string{dir, s.dir.log()} {
		if err := opts.Disk.MkdirAll(d); err != nil {
			return nil, fmt.Errorf("create data directory: %w", err)
		}
	}
	mode := durablefile.Exclusive
	if opts.Shared {
		mode = durablefile.Shared
	}
	lock, err := s.dir.takeLock(mode)
	if err != nil {
		return nil, fmt.Errorf("lock data directory: %w", err)
	}
	s.lock = lock
	if opts.Shared {
		err = s.startShared()
	} else {
		err = s.start()
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("open event log in %s: %w", dir, err), lock.release())
	}
	go s.run()
	return s, nil
}

// start brings the store up under its lock.
func (s *Store) start() error {
	if err := s.lock.prepare(); err != nil {
		return err
	}
	r, err := s.recoverLog()
	if err != nil {
		return err
	}
	s.state = state{index: r.index, segments: r.segments, last: r.positions, chain: r.chain, bytes: r.bytes, end: r.end}
	w := &committer{store: s, chain: r.chain, end: r.end, storeID: r.store, used: r.head.LastUsed}
	s.writer = w
	w.entered, w.current = s.turns != nil, true
	defer func() { w.entered = false }()
	if err := w.openSegment(r.segments[len(r.segments)-1]); err != nil {
		return err
	}
	if s.turns != nil {
		if err := w.begin(); err != nil {
			return errors.Join(err, w.file.Close())
		}
	}
	// HEAD must exist before the first commit.
	save := w.lastHead
	if r.head.Segment == 0 {
		save = w.saveHead
	}
	if err := save(); err != nil {
		return errors.Join(err, w.file.Close())
	}
	if old := r.segments[:r.skipped]; len(old) > 0 {
		ctx, cancel := context.WithCancel(context.Background())
		s.stopCheck = cancel
		s.checking.Go(func() { s.checkOld(ctx, old, r.segments[r.skipped]) })
	}
	return nil
}

// Properties implements ports.EventStore.
func (s *Store) Properties() ports.Properties {
	return ports.Properties{Kind: "json", SeveralWriters: s.opts.Shared, Limits: commitLimits}
}

// Head implements ports.EventStore.
func (s *Store) Head() ports.Head {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return ports.Head{
		Position: s.state.last.Last,
		Time:     s.writer.floor(s.state.last.Time),
		Token:    s.state.index.highest,
	}
}

// Status implements ports.EventStore.
func (s *Store) Status(ctx context.Context) (ports.StoreStatus, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	status := ports.StoreStatus{
		Position: s.state.last.Last,
		ReadOnly: s.state.readOnly != nil,
		Queued:   s.queue.length(),
		Events:   s.state.index.events,
		Details:  ports.StoreDetails{Bytes: s.state.bytes, Hash: s.state.last.Hash.String()},
		Tables: []ports.Table{
			{Name: ports.StreamsTable, Entries: len(s.state.index.streams), Limit: s.opts.Limits.Streams},
			{Name: ports.KeysTable, Entries: len(s.state.index.keys.queue), Limit: s.opts.Limits.Keys},
		},
		Failed: s.state.failed != nil || s.state.damaged != nil || s.state.closed,
	}
	switch {
	case s.state.failed != nil:
		status.Detail = s.state.failed.Error()
	case s.state.damaged != nil:
		status.Detail = s.state.damaged.Error()
	case s.state.closed:
		status.Detail = "closed"
	case s.state.readOnly != nil:
		status.Detail = s.state.readOnly.Error()
	}
	return status, ctx.Err()
}

// Close implements ports.EventStore.
func (s *Store) Close() error {
	s.closeOnce.Do(func() {
		s.stopCheck()
		s.stopWatch()
		s.checking.Wait()
		s.queue.close()
		<-s.stopped
		s.mu.Lock()
		s.state.closed = true
		s.state.wake()
		failed := s.state.failed
		s.mu.Unlock()
		if failed == nil {
			s.closeErr = s.writer.finish()
		}
		s.closeErr = errors.Join(s.closeErr, s.writer.file.Close(), s.closeShared(), s.lock.release())
	})
	return s.closeErr
}

// usable gives the error that reads get when the store does not work.
func (st *state) usable() error {
	switch {
	case st.failed != nil:
		return fmt.Errorf("%w: %w", ports.ErrFailed, st.failed)
	case st.closed:
		return fmt.Errorf("%w: closed", ports.ErrUnavailable)
	}
	return nil
}

// fail stops the store for good after cause, a failure after which nobody can
// say what is on disk; p is where it was last durable, nil where that is not for this
// process to say. Several may come to that at the same time: the process is ended once.
func (s *Store) fail(cause error, p *poison) {
	s.mu.Lock()
	first := s.state.failed == nil
	if first { // before the mark is there: who reads here must not take it for that of another process
		s.state.failed = cause
		s.state.wake()
	}
	s.mu.Unlock()
	var markErr error
	if p != nil {
		markErr = s.lock.markPoison(*p)
	}
	if !first && p == nil {
		return
	}
	incident := ports.Incident{
		Component: component,
		Message:   "the log can no longer be written: the process must restart, the next start checks what is on disk",
		Err:       errors.Join(cause, markErr),
		Severe:    true,
	}
	s.opts.Report(incident)
	if first {
		go s.opts.Fatal(cause)
	}
}

// foundDamage stops writes because a read found that the log is not what was
// written: nothing may be built on that. Reads of what is sound go on.
func (s *Store) foundDamage(damage error) {
	s.mu.Lock()
	known := s.state.damaged != nil || s.state.closed
	if !known {
		s.state.damaged = damage
	}
	s.mu.Unlock()
	if !known {
		s.opts.Report(ports.Incident{Component: component, Message: "the log is damaged: no more writes", Err: damage, Severe: true})
	}
}

// setReadOnly refuses writes because of cause, or takes them again if nil.
func (s *Store) setReadOnly(cause error) {
	s.mu.Lock()
	changed := (s.state.readOnly == nil) != (cause == nil)
	s.state.readOnly = cause
	s.mu.Unlock()
	if !changed {
		return
	}
	incident := ports.Incident{Component: component, Message: "the disk has room again: writes go on"}
	if cause != nil {
		incident.Message, incident.Err, incident.Severe = "the disk is full: read-only until it has room", cause, true
	}
	s.opts.Report(incident)
}

// later is the later of two times.
func later(a, b time.Time) time.Time {
	if a.Before(b) {
		return b
	}
	return a
}
