package snapshot

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/onhand/onhand/application/feed"
	"github.com/onhand/onhand/application/inventory"
	"github.com/onhand/onhand/domain/event"
	"github.com/onhand/onhand/ports"
)

const (
	// minGrowth is how much the log must have grown since the last snapshot at
	// least, in bytes. It must have grown by the size of that snapshot, too, so
	// that snapshots never write more than the log itself does.
	minGrowth = 4 << 20
	// restRatio is how long a snapshot rests, as a multiple of the time that it
	// works: it takes a fifth of one processor.
	restRatio = 4
)

// Barrier is the read barrier of the write path: when it returns, everything is published
// that any process has acknowledged before.
type Barrier interface {
	CatchUp(ctx context.Context) error
}

// Saver saves something that is not part of a snapshot and spares a start time, too, such
// as the index of a store. It rests for as long as pace says.
type Saver func(ctx context.Context, pace ports.Pace) error

// Options are what a Snapshotter can be told.
type Options struct {
	// EveryEvents is how many events make a snapshot due, if the log has grown
	// enough; 0 is no snapshots at all.
	EveryEvents int64
	// Look is how often a Snapshotter looks whether a snapshot is due; 1 s by default.
	Look   time.Duration
	Report ports.Reporter
	Now    func() time.Time // for Status, and how long Stop may take
	// AlsoSave are called in their order after each snapshot.
	AlsoSave []Saver
	// Leads reports whether this process takes the snapshots; nil is always. A process may
	// begin to lead.
	Leads func() bool
}

// Status is how snapshots stand.
type Status struct {
	Position event.Position // of the newest snapshot, 0 if there is none yet
	At       time.Time      // when it was made, zero if that was before the process
	Took     time.Duration  // how long making it took
	Bytes    int64          // its size
	Failures int            // attempts that failed since the process began
}

// Snapshotter takes snapshots in the background.
type Snapshotter struct {
	state     *inventory.State
	barrier   Barrier
	log       ports.EventFeed
	snapshots ports.SnapshotStore
	opts      Options

	one sync.Mutex // one snapshot at a time

	leads bool // the last answer of opts.Leads

	mu     sync.Mutex
	status Status
	saved  inventory.Growth // of the state at the newest snapshot, or at the last attempt

	stop context.CancelFunc
	done chan struct{}
}

// New makes a Snapshotter of a state; it does nothing before Start. The log tells the id of the
// commit that a snapshot ends with.
func New(
	state *inventory.State, barrier Barrier, log ports.EventFeed, snapshots ports.SnapshotStore, opts Options,
) *Snapshotter {
	if opts.Look == 0 {
		opts.Look = time.Second
	}
	if opts.Leads == nil {
		opts.Leads = func() bool { return true }
	}
	return &Snapshotter{state: state, barrier: barrier, log: log, snapshots: snapshots, opts: opts}
}

// Start begins to look.
func (s *Snapshotter) Start(ctx context.Context) error {
	s.leads = s.opts.Leads()
	s.know(ctx, func(at event.Position) bool { return at == s.state.BuiltFrom() }) // newer ones could not be used
	if s.opts.EveryEvents == 0 {
		return nil
	}
	work, stop := context.WithCancel(context.WithoutCancel(ctx)) // ctx is that of the start alone
	s.stop, s.done = stop, make(chan struct{})
	go s.run(work)
	return nil
}

func (s *Snapshotter) run(ctx context.Context) {
	defer close(s.done)
	look := time.NewTicker(s.opts.Look)
	defer look.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-look.C:
			if s.leading(ctx) && s.due() {
				s.try(ctx, func(worked time.Duration) time.Duration { return restRatio * worked })
			}
		}
	}
}

// know notes the newest of the snapshots that count.
func (s *Snapshotter) know(ctx context.Context, counts func(event.Position) bool) {
	list, err := s.snapshots.List(ctx)
	if err != nil {
		s.opts.Report(ports.Incident{
			Component: component, Message: "the snapshots cannot be listed",
			Err: err, Severe: true,
		})
	}
	for _, one := range list {
		if counts(one.At) {
			s.mu.Lock()
			s.status.Position, s.status.Bytes = one.At, one.Bytes
			s.saved = s.grownAt(one.At)
			s.mu.Unlock()
			return
		}
	}
}

// grownAt returns what the state had grown by at a position, about: its growth is spread
// evenly over the commits that it was not built from.
func (s *Snapshotter) grownAt(at event.Position) inventory.Growth {
	built, end, all := s.state.BuiltFrom(), s.state.Position(), s.state.Grown()
	if at <= built || end <= built {
		return inventory.Growth{}
	}
	share := float64(at-built) / float64(end-built)
	return inventory.Growth{Events: int64(share * float64(all.Events)), Bytes: int64(share * float64(all.Bytes))}
}

// leading reports whether this process takes the snapshots. When it begins to, another
// process has taken those that there are.
func (s *Snapshotter) leading(ctx context.Context) bool {
	before := s.leads
	if s.leads = s.opts.Leads(); s.leads && !before {
		s.know(ctx, func(at event.Position) bool { return at <= s.state.Position() })
	}
	return s.leads
}

// due reports whether enough has happened since the newest snapshot.
func (s *Snapshotter) due() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	grown := s.state.Grown().Since(s.saved)
	return grown.Events >= s.opts.EveryEvents && grown.Bytes >= max(minGrowth, s.status.Bytes)
}

// Stop ends a snapshot under way and takes a last snapshot, without resting, if
// EveryEvents events have come since the newest. It takes up to half of the time
// that ctx leaves.
func (s *Snapshotter) Stop(ctx context.Context) {
	if s.stop == nil {
		return
	}
	s.stop()
	<-s.done
	s.mu.Lock()
	due := s.leads && s.state.Grown().Since(s.saved).Events >= s.opts.EveryEvents
	s.mu.Unlock()
	if !due {
		return
	}
	// Others have to stop after this.
	if end, limited := ctx.Deadline(); limited {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, end.Sub(s.opts.Now())/2)
		defer cancel()
	}
	s.try(ctx, nil)
}

// try takes a snapshot and reports a failure; the next is then tried when the log has
// grown as much again, because another attempt does not help a full disk.
func (s *Snapshotter) try(ctx context.Context, pace ports.Pace) {
	grown := s.state.Grown()
	err := s.Take(ctx, pace)
	if err == nil || ctx.Err() != nil {
		return
	}
	s.mu.Lock()
	s.saved = grown
	s.status.Failures++
	s.mu.Unlock()
	s.opts.Report(ports.Incident{
		Component: component, Message: "a snapshot could not be taken: the service tries again later",
		Err: err, Severe: true,
	})
}

// Take takes a snapshot of the state as it is now, and lets AlsoSave follow.
func (s *Snapshotter) Take(ctx context.Context, pace ports.Pace) error {
	s.one.Lock()
	defer s.one.Unlock()
	began := s.opts.Now()
	// A snapshot that is older than one which another process took would be taken for an older log's.
	if err := s.barrier.CatchUp(ctx); err != nil {
		return err
	}
	taken, err := s.state.Snapshot(ctx)
	if err != nil {
		return fmt.Errorf("begin snapshot: %w", err)
	}
	defer taken.Release()
	size, err := s.save(ctx, taken, pace)
	if err != nil {
		return err
	}
	taken.Release()
	for _, save := range s.opts.AlsoSave {
		if err := save(ctx, pace); err != nil {
			return fmt.Errorf("save beside the snapshot: %w", err)
		}
	}
	now := s.opts.Now()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.saved = taken.Grown()
	s.status.Position, s.status.At, s.status.Took, s.status.Bytes = taken.Position(), now, now.Sub(began), size
	return nil
}

func (s *Snapshotter) save(ctx context.Context, taken *inventory.Snapshot, pace ports.Pace) (size int64, err error) {
	at := taken.Position()
	if at == 0 {
		return 0, errors.New("there is nothing yet")
	}
	commit, err := feed.CommitID(ctx, s.log, at)
	if err != nil {
		return 0, err
	}
	if size, err = s.snapshots.Save(ctx, at, Records(taken, commit), pace); err != nil {
		return 0, fmt.Errorf("save snapshot: %w", err)
	}
	return size, nil
}

// Status returns how snapshots stand.
func (s *Snapshotter) Status() Status {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.status
}
