package projection

import (
	"context"
	"errors"
	"iter"
	"sync"
	"sync/atomic"
	"time"

	"github.com/onhand/onhand/application/ledger"
	"github.com/onhand/onhand/domain/event"
	"github.com/onhand/onhand/ports"
)

// component names this package in incidents.
const component = "projection"

// Dependencies is what runners need from around them.
type Dependencies struct {
	Feed        ports.EventFeed
	Log         Log
	Checkpoints ports.CheckpointStore
	DeadLetters ports.DeadLetterStore
	// Note writes to the log that somebody gave up an event.
	Note   func(context.Context, ledger.Note) error
	Head   func() event.Position // of the last durable commit
	Now    func() time.Time
	Report ports.Reporter
}

// Log reads streams, as ports.EventStore does.
type Log interface {
	Stream(ctx context.Context, stream event.StreamID, from event.Version, order ports.Order) iter.Seq2[ports.StreamEvent, error]
}

// Options say what a runner brings where, and how.
type Options struct {
	Name  string
	New   func() Target                 // makes an empty target
	From  event.Position                // without a checkpoint it begins behind this
	Wants func(*ports.StreamEvent) bool // which events; nil is all
	Retry Retry
	// Timeout is for one Take, or for each event where they are taken one by one.
	Timeout time.Duration
	// Together lets an event that cannot be handled hold back everything, not only
	// its stream; it is tried again for ever, and nothing becomes a dead letter.
	Together bool
	// Parallel is how many streams are handled at a time; 1 by default.
	Parallel int
	// MaxBlocked is how many streams may stand still and be tried again before
	// everything waits for them; 1,000 by default.
	MaxBlocked int
	// Batch is how many events are taken at a time; 1,024 by default.
	Batch int
	// SaveBytes is how many bytes of events make a checkpoint due; but there must be
	// no fewer than the last one had. 4 MiB by default.
	SaveBytes int64
	// SaveAfter makes a checkpoint due as soon as anything has changed for so
	// long; 0 is never.
	SaveAfter time.Duration
	// RestRatio is how long the runner rests between batches while it catches up, as a
	// multiple of the time that it works; 0 is not at all.
	RestRatio int
	// Permit waits until there is leave to call the target, and returns what ends that;
	// nil is always.
	Permit func(context.Context) (release func(), err error)
}

func (o Options) withDefaults() Options {
	if o.Wants == nil {
		o.Wants = func(*ports.StreamEvent) bool { return true }
	}
	if o.Permit == nil {
		o.Permit = func(context.Context) (func(), error) { return func() {}, nil }
	}
	o.Parallel = max(1, o.Parallel)
	if o.MaxBlocked == 0 {
		o.MaxBlocked = 1000
	}
	if o.Batch == 0 {
		o.Batch = 1024
	}
	if o.SaveBytes == 0 {
		o.SaveBytes = 4 << 20
	}
	if o.Timeout == 0 {
		o.Timeout = 10 * time.Second
	}
	return o
}

// Runner brings the events of the log to one target. Make one with New.
type Runner struct {
	opts  Options
	world Dependencies

	soft     context.Context //nolint:containedctx // ends when the runner is told to stop
	stopSoft context.CancelFunc
	hard     context.Context //nolint:containedctx // ends when it must let go of what it is doing
	stopHard context.CancelFunc
	final    context.Context //nolint:containedctx // ends when there is no time even for a last checkpoint
	stopAll  context.CancelFunc
	eager    atomic.Bool // somebody waits for the checkpoint that is saved in the background
	done     chan struct{}
	wake     chan struct{} // of capacity 1

	// What follows belongs to the runner's goroutine.
	standing
	target Target
	loads  int             // of targets so far
	known  map[fact]*still // fail, as we know from before, and are not come to yet
	single event.Position  // up to here events are taken one by one
	stall  stall
	gone   bool // the receiver wants no more
	syncs  []syncing
	save   saving
	told   map[string]bool // faults that were reported and are not over

	mu      sync.Mutex // protects what follows
	orders  []order
	seen    Status
	shown   Target
	changed chan struct{} // closed at the next change of seen; nil if nobody waits
}

// fact names one event of one stream.
type fact struct {
	stream  event.StreamID
	version event.Version
}

// stall is why everything waits; the zero value is that nothing does.
type stall struct {
	attempts int
	next     time.Time
	cause    string
}

// New makes a runner; it does nothing before Start.
func New(world Dependencies, opts Options) *Runner {
	r := &Runner{
		opts: opts.withDefaults(), world: world,
		done: make(chan struct{}), wake: make(chan struct{}, 1),
		told: map[string]bool{}, known: map[fact]*still{},
	}
	r.soft, r.stopSoft = context.WithCancel(context.Background())
	r.final, r.stopAll = context.WithCancel(context.Background())
	r.hard, r.stopHard = context.WithCancel(r.final)
	r.standing = newStanding(opts.Name)
	r.seen = Status{Name: opts.Name, State: Running, Detail: "loading"}
	return r
}

// Name is that of the projection.
func (r *Runner) Name() string { return r.opts.Name }

// Start begins to work in the background.
func (r *Runner) Start() { go r.run() }

// patience is how long a Take under way may go on when the runner is to stop.
const patience = 2 * time.Second

// Stop lets the runner end what it is doing and save a checkpoint, and returns when that
// is done, or with ctx's error when it ends before. A Take that takes too long is
// told to break off.
func (r *Runner) Stop(ctx context.Context) error {
	r.stopSoft()
	hurry := time.AfterFunc(patience, r.stopHard)
	defer hurry.Stop()
	if end, limited := ctx.Deadline(); limited {
		// A checkpoint that takes longer is not worth it: others have to stop after
		// this, and the one before serves.
		giveUp := time.AfterFunc(end.Sub(r.world.Now())/2, r.stopAll)
		defer giveUp.Stop()
	}
	select {
	case <-r.done:
		return nil
	case <-ctx.Done():
		r.stopAll()
		return errors.Join(errors.New("projection "+r.opts.Name+" is still at work"), ctx.Err())
	}
}

func (r *Runner) run() {
	defer r.stopAll()
	defer close(r.done)
	r.untilLoaded()
	for r.soft.Err() == nil {
		r.obey()
		worked := false
		if !r.Paused {
			r.retryDue()
			worked = r.advance()
		}
		r.answerSyncs()
		r.saveIfDue()
		r.show()
		if !worked {
			r.rest()
		}
	}
	r.refuseOrders()
	if err := r.saveNow(); err != nil {
		r.fault(cannotSave, err)
	}
}

// rest waits until there is something to do.
func (r *Runner) rest() {
	var grown <-chan struct{}
	if !r.Paused && !r.waits() {
		grown = r.world.Feed.Grown(r.Position)
	}
	var timed <-chan time.Time
	if at := r.nextTime(); !at.IsZero() {
		timer := time.NewTimer(max(0, at.Sub(r.world.Now())))
		defer timer.Stop()
		timed = timer.C
	}
	select {
	case <-r.soft.Done():
	case <-r.wake:
	case <-grown:
	case <-timed:
	case outcome := <-r.save.under:
		r.saved(outcome)
	}
}

// nextTime is when something must be done even if nothing happens.
func (r *Runner) nextTime() time.Time {
	var next time.Time
	sooner := func(at time.Time) {
		if !at.IsZero() && (next.IsZero() || at.Before(next)) {
			next = at
		}
	}
	sooner(r.save.dueAt(r.opts))
	if r.Paused || r.gone {
		return next
	}
	sooner(r.stall.next)
	for _, at := range r.Still {
		if !at.Parked {
			sooner(at.Next)
		}
	}
	return next
}

// waits tells whether everything waits for something that could not be handled.
func (r *Runner) waits() bool {
	retrying, _ := r.count()
	return r.gone || r.stalled() || retrying >= r.opts.MaxBlocked
}

// stalled tells whether it is too early to go on.
func (r *Runner) stalled() bool { return r.world.Now().Before(r.stall.next) }
