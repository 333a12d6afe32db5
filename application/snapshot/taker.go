package snapshot

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/onhand/onhand/application/ledger"
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

// Options are what a Taker can be told.
type Options struct {
	// EveryEvents is how many events make a snapshot due, if the log has grown
	// enough; 0 is no snapshots at all.
	EveryEvents int64
	// Look is how often a Taker looks whether a snapshot is due; 1 s by default.
	Look   time.Duration
	Report ports.Reporter
	Now    func() time.Time // for Status, and how long Stop may take
	// SaveIndex, if set, saves what lets the store open faster; it is called after each
	// snapshot and rests for as long as pace says.
	SaveIndex func(ctx context.Context, pace ports.Pace) error
	// Keeps tells whether it is for this process to take snapshots; nil is always. It may
	// begin to be.
	Keeps func() bool
}

// Status is how snapshots stand.
type Status struct {
	Position event.Position // of the newest snapshot, 0 if there is none yet
	At       time.Time      // when it was made, zero if that was before the process
	Took     time.Duration  // how long making it took
	Bytes    int64          // its size
	Failures int            // attempts that failed since the process began
}

// Taker takes snapshots in the background.
type Taker struct {
	ledger    *ledger.Ledger
	store     ports.EventStore
	feed      ports.EventFeed
	snapshots ports.SnapshotStore
	opts      Options

	one sync.Mutex // one snapshot at a time

	keeps bool // it was for this process when that was last asked

	mu     sync.Mutex
	status Status
	before ports.StoreStatus // how the log stood at the newest snapshot

	stop context.CancelFunc
	done chan struct{}
}

// NewTaker makes a Taker; it does nothing before Start.
func NewTaker(l *ledger.Ledger, store ports.EventStore, feed ports.EventFeed, snapshots ports.SnapshotStore, opts Options) *Taker {
	if opts.Look == 0 {
		opts.Look = time.Second
	}
	if opts.Keeps == nil {
		opts.Keeps = func() bool { return true }
	}
	return &Taker{ledger: l, store: store, feed: feed, snapshots: snapshots, opts: opts}
}

// Start begins to look.
func (t *Taker) Start(ctx context.Context) error {
	t.keeps = t.opts.Keeps()
	t.know(ctx, func(at event.Position) bool { return at == t.ledger.Inventory().BuiltFrom() }) // newer ones could not be used
	if t.opts.EveryEvents == 0 {
		return nil
	}
	work, stop := context.WithCancel(context.WithoutCancel(ctx)) // ctx is that of the start alone
	t.stop, t.done = stop, make(chan struct{})
	go t.run(work)
	return nil
}

func (t *Taker) run(ctx context.Context) {
	defer close(t.done)
	look := time.NewTicker(t.opts.Look)
	defer look.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-look.C:
			if t.begins(ctx) && t.due(ctx) {
				t.try(ctx, func(worked time.Duration) time.Duration { return restRatio * worked })
			}
		}
	}
}

// know notes the newest snapshot that there is of those that count. How much came after
// it follows, about, from its share of the log's commits.
func (t *Taker) know(ctx context.Context, counts func(event.Position) bool) {
	list, err := t.snapshots.List(ctx)
	if err != nil {
		t.opts.Report(ports.Incident{Component: component, Message: "snapshots cannot be listed", Err: err, Severe: true})
	}
	log := t.log(ctx)
	for _, one := range list {
		if counts(one.At) && log.Position > 0 {
			share := float64(one.At) / float64(log.Position)
			t.mu.Lock()
			t.status.Position, t.status.Bytes = one.At, one.Bytes
			t.before.Events, t.before.Details.Bytes = int64(share*float64(log.Events)), int64(share*float64(log.Details.Bytes))
			t.mu.Unlock()
			return
		}
	}
}

// begins tells whether it is for this process to take snapshots. When it begins to be,
// another process has taken those that there are.
func (t *Taker) begins(ctx context.Context) bool {
	before := t.keeps
	if t.keeps = t.opts.Keeps(); t.keeps && !before {
		t.know(ctx, func(at event.Position) bool { return at <= t.store.Head().Position })
	}
	return t.keeps
}

// due tells whether enough has happened since the newest snapshot.
func (t *Taker) due(ctx context.Context) bool {
	now := t.log(ctx)
	t.mu.Lock()
	defer t.mu.Unlock()
	return now.Events-t.before.Events >= t.opts.EveryEvents && now.Details.Bytes-t.before.Details.Bytes >= max(minGrowth, t.status.Bytes)
}

// Stop ends what is under way and takes a last snapshot, without resting, if
// EveryEvents events have come since the newest. It takes up to half of the time
// that ctx leaves.
func (t *Taker) Stop(ctx context.Context) {
	if t.stop == nil {
		return
	}
	t.stop()
	<-t.done
	log := t.log(ctx)
	t.mu.Lock()
	due := t.keeps && log.Events-t.before.Events >= t.opts.EveryEvents
	t.mu.Unlock()
	if !due {
		return
	}
	// Others have to stop after this.
	if end, limited := ctx.Deadline(); limited {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, end.Sub(t.opts.Now())/2)
		defer cancel()
	}
	t.try(ctx, nil)
}

// log is how the log stands; the zero value, which makes nothing due, if the store cannot say.
func (t *Taker) log(ctx context.Context) ports.StoreStatus {
	status, err := t.store.Status(ctx)
	if err != nil {
		return ports.StoreStatus{}
	}
	return status
}

// try takes a snapshot and reports if that failed; the next is then tried when
// the log has grown as much again, since a full disk is not helped by trying.
func (t *Taker) try(ctx context.Context, pace ports.Pace) {
	log := t.log(ctx)
	err := t.Take(ctx, pace)
	if err != nil && ctx.Err() != nil {
		return
	}
	t.mu.Lock()
	t.before = log
	if err != nil {
		t.status.Failures++
	}
	t.mu.Unlock()
	if err != nil {
		t.opts.Report(ports.Incident{Component: component, Message: "no snapshot could be taken; the next is tried later", Err: err, Severe: true})
	}
}

// Take takes a snapshot of the ledger as it is now, and lets the store save its
// index.
func (t *Taker) Take(ctx context.Context, pace ports.Pace) error {
	t.one.Lock()
	defer t.one.Unlock()
	began := t.opts.Now()
	// A snapshot that is behind one that another process took would be taken for an older log's.
	if err := t.ledger.Refresh(ctx); err != nil {
		return err
	}
	state, err := t.ledger.Inventory().Snapshot(ctx)
	if err != nil {
		return fmt.Errorf("begin snapshot: %w", err)
	}
	defer state.Release()
	if state.Position() == 0 {
		return errors.New("there is nothing yet")
	}
	commit, err := commitAt(ctx, t.feed, state.Position())
	if err != nil {
		return err
	}
	size, err := t.snapshots.Save(ctx, state.Position(), Records(state, commit), pace)
	if err != nil {
		return fmt.Errorf("save snapshot: %w", err)
	}
	state.Release()
	if t.opts.SaveIndex != nil {
		if err := t.opts.SaveIndex(ctx, pace); err != nil {
			return fmt.Errorf("save index: %w", err)
		}
	}
	now := t.opts.Now()
	t.mu.Lock()
	defer t.mu.Unlock()
	t.status.Position, t.status.At, t.status.Took, t.status.Bytes = state.Position(), now, now.Sub(began), size
	return nil
}

// Status tells how snapshots stand.
func (t *Taker) Status() Status {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.status
}
