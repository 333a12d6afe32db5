package ledger

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"time"

	"github.com/onhand/onhand/application/inventory"
	"github.com/onhand/onhand/domain/event"
	"github.com/onhand/onhand/domain/stock"
	"github.com/onhand/onhand/ports"
)

// Ledger is the write path, and the reads that must agree with decisions under way. All
// its methods may be called at the same time.
type Ledger struct {
	*Reader // has the store, the state, the clock, the queues and the tailer

	newID   ports.IDSource
	limits  ports.CommitLimits
	keyLife time.Duration // of idempotency keys
	observe func([]stock.Event)

	admission *admission
	workers   *workers
	leases    leaseTaker
	running   runningKeys
	settle    func(context.Context) error
	tables    tableLimits
	answers   answerStreams
	writer    *writer
	requeuer  requeuer
}

// Options are what New can be told; the zero value is good.
type Options struct {
	// State is what the log leads to up to some position, such as a snapshot's; empty by
	// default. The ledger takes it over.
	State *inventory.State
	// MaxWaiting is how many commands may be in the queues at a time; 100,000 by
	// default.
	MaxWaiting int
	// MaxLive is how many items, reservations and transfers may be in memory at a time, except
	// those that are over; 10,000,000 by default.
	MaxLive int
	// MaxOpen is how many reservations and transfers may be open at a time;
	// 1,000,000 by default.
	MaxOpen int
	// MaxOpenPerClient is how many of these one client may have opened; MaxOpen by default.
	MaxOpenPerClient int
	// Leases, if set, are held on all streams of commands while these are decided and
	// written.
	Leases ports.Leases
	// LeaseWait is how long a command tries again for a lease that another owner holds.
	LeaseWait time.Duration
	// Published is called with the events of each command once they are durable and
	// published. It must not block.
	Published func([]stock.Event)
	// Committed is called with each commit of the log, as the log has it, once it is
	// visible: those of this process and those of others, in any order. It must not block,
	// and must not change the commit.
	Committed func(ports.Recorded)
	// Settle is called between the commits that Open folds. It may move closed entries out of
	// memory, so that a long log needs no more than a short one.
	Settle func(context.Context) error
	// Report, if set, is told of writes whose outcome is not known.
	Report ports.Reporter
	// Schedule takes the decisions that are otherwise left to chance.
	Schedule Schedule
}

func (o Options) withDefaults() Options {
	if o.State == nil {
		o.State = inventory.NewState(nil)
	}
	o.State.OnCommit(o.Committed)
	if o.MaxWaiting == 0 {
		o.MaxWaiting = 100_000
	}
	if o.MaxLive == 0 {
		o.MaxLive = 10_000_000
	}
	if o.MaxOpen == 0 {
		o.MaxOpen = 1_000_000
	}
	if o.MaxOpenPerClient == 0 {
		o.MaxOpenPerClient = o.MaxOpen
	}
	if o.Schedule.Begin == nil {
		o.Schedule.Begin = func(event.StreamID) {}
	}
	if o.Schedule.Pause == nil {
		o.Schedule.Pause = rand.N[time.Duration] // spreads load, hides nothing
	}
	if o.Report == nil {
		o.Report = func(ports.Incident) {}
	}
	if o.Settle == nil {
		o.Settle = func(context.Context) error { return nil }
	}
	if o.Published == nil {
		o.Published = func([]stock.Event) {}
	}
	return o
}

// Schedule is in charge of what chance and the operating system decide otherwise, so that
// a run can be run again.
type Schedule struct {
	// Begin is called where a batch begins, in its goroutine, with one of its streams. It
	// may let it wait.
	Begin func(event.StreamID)
	// Pause draws how long a command rests before it tries again, up to a longest time.
	Pause func(most time.Duration) time.Duration
}

// New makes a ledger on a log. Open must come before the first use.
func New(store ports.EventStore, feed ports.EventFeed, clock *Clock, newID ports.IDSource, opts Options) *Ledger {
	opts = opts.withDefaults()
	properties := store.Properties()
	l := &Ledger{
		Reader: &Reader{
			store: store, state: opts.State, clock: clock, names: opts.State.Names(),
			tailer: &tailer{
				store: store, feed: feed, state: opts.State, clock: clock,
				severalWriters: properties.SeveralWriters, catching: make(chan struct{}, 1),
			},
		},
		newID:     newID,
		limits:    properties.Limits,
		keyLife:   properties.KeyLifetime,
		observe:   opts.Published,
		admission: newAdmission(),
		leases:    leaseTaker{leases: opts.Leases, store: store},
		running:   runningKeys{marks: map[string]*pending{}},
		settle:    opts.Settle,
		tables: tableLimits{
			state: opts.State, limits: growth{live: opts.MaxLive, open: opts.MaxOpen},
			perClient: opts.MaxOpenPerClient, opening: map[string]int{},
		},
		answers: answerStreams{newID: newID},
		writer:  newWriter(store, &opts),
	}
	l.workers = &workers{run: func(head *pending) {
		opts.Schedule.Begin(head.set.streams[0])
		(&batch{ledger: l, commands: l.queues.batch(head)}).run()
	}}
	l.queues = newQueues(opts.MaxWaiting, l.workers.start)
	l.requeuer = requeuer{ledger: l, pause: opts.Schedule.Pause, leaseWait: opts.LeaseWait}
	return l
}

// Open folds the log into the ledger's state.
func (l *Ledger) Open(ctx context.Context) error {
	l.clock.Raise(l.store.Head().Time)
	defer l.state.BulkLoad()()
	return l.tailer.foldTo(ctx, math.MaxInt64, l.settle)
}

// CatchUp is the read barrier: when it returns, everything is published that any writer
// has acknowledged before. So are commits of this ledger that are durable and that it has
// not been told of yet: other processes may have published them. Errors are those of
// ports.EventStore's CatchUp.
func (l *Ledger) CatchUp(ctx context.Context) error { return l.tailer.catchUp(ctx) }

// CatchUpToRead is CatchUp for a read, whose position is then not below that of any command which
// was answered before. Commands on different streams are answered in any order: a commit below
// may not be published yet, and the read waits for that.
func (l *Ledger) CatchUpToRead(ctx context.Context) error {
	highest := l.state.Highest()
	if err := l.tailer.catchUp(ctx); err != nil {
		return err
	}
	if err := l.state.WaitFor(ctx, highest); err != nil {
		return fmt.Errorf("wait for commits to be published: %w", err)
	}
	return nil
}

// Tail publishes what other writers write until ctx ends, so that waits for a position and
// snapshots need no read barrier. A failure is tried again.
func (l *Ledger) Tail(ctx context.Context) { l.tailer.run(ctx) }

// Sweep writes what deadlines have done to reservations and their items that no command
// has changed since, so that followers of the log hear of it. No number depends on it. It
// returns when nothing is overdue, and works in small commands, which wait their turn as
// others do.
func (l *Ledger) Sweep(ctx context.Context) error { return (&sweeper{l}).sweep(ctx) }

// Inventory returns what the log leads to, as readers see it.
func (l *Ledger) Inventory() *inventory.State { return l.state }

// Waiting returns how many commands are at work or waiting.
func (l *Ledger) Waiting() int { return l.queues.length() }

// Tables returns how full the bounded tables in memory are.
func (l *Ledger) Tables() []ports.Table { return l.tables.tables() }

// Close admits no more commands and returns when those at work are answered, or with ctx's
// error when it ends before; then it does not wait for unknown outcomes any more. The
// store stays open.
func (l *Ledger) Close(ctx context.Context) error {
	if err := l.admission.close(ctx); err != nil {
		l.writer.close()
		return err
	}
	l.workers.close()
	return nil
}

// publish lets readers see what a durable commit of a client changed, and returns how much it has added.
func (l *Ledger) publish(tx *Tx, c *ports.Commit, fate ports.Appended, client string) inventory.Growth {
	c.Time, c.ValidUntil = fate.Time, time.Time{} // as the log has it
	p := l.state.Publish(fate.Position).By(client)
	if tx != nil && !tx.slots.publish(p) {
		if err := p.Fold(c.Events); err != nil {
			panic(fmt.Sprintf("ledger: a durable commit does not follow on the state: position %d, %v", fate.Position, err))
		}
	}
	added := p.End(c)
	if tx != nil {
		l.observe(tx.itemEvents)
	}
	return added
}
