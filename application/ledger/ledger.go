package ledger

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"time"

	"github.com/onhand/onhand/application/inventory"
	"github.com/onhand/onhand/domain/event"
	"github.com/onhand/onhand/domain/stock"
	"github.com/onhand/onhand/ports"
)

// Ledger is the write path, and what it shows of the items. All its methods may
// be called at the same time.
type Ledger struct {
	store   ports.EventStore
	feed    ports.EventFeed
	clock   *Clock
	newID   ports.IDSource
	lanes   *lanes
	turners *turners
	state   *inventory.State
	running runningKeys
	observe func([]stock.Event)
	maxOpen int
	leases  ports.Leases // nil for none
	// leaseWait is how long commands try for leases that somebody else holds.
	leaseWait time.Duration
	// severalWriters says that other processes may write to the log.
	severalWriters bool
	limits         ports.CommitLimits
	opening        atomic.Int64 // reservations and transfers that commits under way open

	catching chan struct{} // holds one while somebody catches up, which takes reads of the log
	// folding is held to read while commands are judged: what others have written comes
	// between two rounds, a commit as a whole, and not between two looks of one.
	folding sync.RWMutex
	folded  time.Time // of the last commit that came in so; folding protects it

	mu      sync.Mutex
	open    int // commands without an answer
	closed  bool
	drained chan struct{} // closed when closed and open is 0

	pause func(most time.Duration) time.Duration
}

// Options are what New can be told; the zero value is good.
type Options struct {
	// State is what the log leads to up to some position, such as a snapshot's; empty by
	// default. The ledger takes it over.
	State *inventory.State
	// MaxWaiting is how many commands may be in the lanes at a time; 100,000 by
	// default.
	MaxWaiting int
	// MaxOpen is how many reservations and transfers may be open at a time;
	// 1,000,000 by default.
	MaxOpen int
	// Leases, if set, are held on all streams of commands while these are decided and
	// written: others may write to the log, too.
	Leases ports.Leases
	// LeaseWait is how long a command tries again for a lease that somebody else holds.
	LeaseWait time.Duration
	// Published is told of the events of each command once they are durable and
	// shown. It must not block.
	Published func([]stock.Event)
	// Schedule decides what is otherwise left to chance.
	Schedule Schedule
}

// Schedule is in charge of what chance and the operating system decide otherwise, so that
// a run can be run again.
type Schedule struct {
	// Begin is called where a turn begins, in its goroutine, with one of its streams. It
	// may let it wait.
	Begin func(event.StreamID)
	// Pause draws how long a command rests before it tries again, up to a longest time.
	Pause func(most time.Duration) time.Duration
}

// New makes a ledger on a log. Open must come before the first use.
func New(store ports.EventStore, feed ports.EventFeed, clock *Clock, newID ports.IDSource, opts Options) *Ledger {
	if opts.State == nil {
		opts.State = inventory.NewState()
	}
	if opts.MaxWaiting == 0 {
		opts.MaxWaiting = 100_000
	}
	if opts.MaxOpen == 0 {
		opts.MaxOpen = 1_000_000
	}
	if opts.Schedule.Pause == nil {
		opts.Schedule.Pause = rand.N[time.Duration] // spreads load, hides nothing
	}
	if opts.Published == nil {
		opts.Published = func([]stock.Event) {}
	}
	l := &Ledger{
		observe: opts.Published,
		store:   store,
		feed:    feed,
		clock:   clock,
		newID:   newID,
		state:   opts.State,
		running: runningKeys{marks: map[string]*ticket{}},
		maxOpen: opts.MaxOpen,
		leases:  opts.Leases, leaseWait: opts.LeaseWait,
		severalWriters: store.Properties().SeveralWriters,
		limits:         store.Properties().Limits,
		drained:        make(chan struct{}),

		catching: make(chan struct{}, 1),

		pause: opts.Schedule.Pause,
	}
	l.turners = &turners{turn: l.turn}
	if begin := opts.Schedule.Begin; begin != nil {
		l.turners.turn = func(head *ticket) {
			begin(head.set.streams[0])
			l.turn(head)
		}
	}
	l.lanes = newLanes(opts.MaxWaiting, l.turners.start)
	return l
}

// Inventory returns what the log leads to, as readers see it.
func (l *Ledger) Inventory() *inventory.State { return l.state }

// Open folds the log into the ledger's state.
func (l *Ledger) Open(ctx context.Context) error {
	l.clock.Raise(l.store.Head().Time)
	status, err := l.store.Status(ctx)
	if err != nil {
		return fmt.Errorf("ask the log for its size: %w", err)
	}
	streams := 0
	for _, t := range status.Tables {
		if t.Name == ports.StreamsTable {
			streams = t.Entries
		}
	}
	defer l.state.BulkLoad(streams)()
	return l.catchUp(ctx)
}

// catchUp folds what the log has beyond the visible position.
func (l *Ledger) catchUp(ctx context.Context) error { return l.catchUpTo(ctx, math.MaxInt64) }

// Execute runs one command. Without an error the outcome is durable. A refusal
// is whatever the request's Decide returned; it changed nothing and stands on
// durable state. Other errors are those of this package, of ports.EventStore's Append and
// Refresh and of ports.Leases' Acquire. If ctx ends before the command is decided, ctx's
// error is returned and the command is not run; if it ends later, the error is
// ports.ErrOutcomeUnknown.
func (l *Ledger) Execute(ctx context.Context, request Request) (Outcome, error) {
	if err := ctx.Err(); err != nil {
		return Outcome{}, err
	}
	set, err := l.resolve(ctx, request.Keys)
	if err != nil {
		return Outcome{}, err
	}
	t := newTicket(request, set)
	if err := l.admit(t); err != nil {
		return Outcome{}, err
	}
	select {
	case <-t.done:
		return t.outcome, t.err
	case <-ctx.Done():
	}
	if t.withdraw() {
		return Outcome{}, ctx.Err()
	}
	select {
	case <-t.done: // both were ready
		return t.outcome, t.err
	default:
		return Outcome{}, fmt.Errorf("%w: %w", ports.ErrOutcomeUnknown, ctx.Err())
	}
}

func (l *Ledger) admit(t *ticket) error {
	l.mu.Lock()
	if l.closed {
		l.mu.Unlock()
		return ErrClosed
	}
	l.open++
	l.mu.Unlock()
	if err := l.lanes.enter(t); err != nil {
		l.finished()
		return err
	}
	return nil
}

func (l *Ledger) answer(t *ticket, outcome Outcome, err error) {
	t.answer(outcome, err)
	l.finished()
}

// finished notes that a command needs nothing more from the ledger.
func (l *Ledger) finished() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.open--
	if l.closed && l.open == 0 {
		close(l.drained)
	}
}

// retryLater lets a command that lost to another writer queue again after a
// moment, on the log as it is then. No lane is held meanwhile.
func (l *Ledger) retryLater(t *ticket) {
	t.state.Store(waiting)
	time.AfterFunc(time.Millisecond+l.pause(19*time.Millisecond), func() {
		if err := l.catchUp(context.Background()); err != nil {
			l.answer(t, Outcome{}, err)
			return
		}
		l.requeue(t)
	})
}

// requeue lets a command wait anew in the lanes that it needs now.
func (l *Ledger) requeue(t *ticket) {
	t.state.CompareAndSwap(deciding, waiting)
	set, err := l.resolve(context.Background(), t.request.Keys)
	if err == nil {
		t.set = set
		err = l.lanes.enter(t)
	}
	if err != nil {
		l.answer(t, Outcome{}, err)
	}
}

// Close takes no more commands and returns when those at work are answered, or
// with ctx's error when it ends before. The store stays open.
func (l *Ledger) Close(ctx context.Context) error {
	l.mu.Lock()
	if !l.closed {
		l.closed = true
		if l.open == 0 {
			close(l.drained)
		}
	}
	l.mu.Unlock()
	select {
	case <-l.drained:
		l.turners.close()
		return nil
	case <-ctx.Done():
		return errors.Join(errors.New("commands are still at work"), ctx.Err())
	}
}
