package indexing

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/onhand/onhand/application/feed"
	"github.com/onhand/onhand/application/inventory"
	"github.com/onhand/onhand/domain/event"
	"github.com/onhand/onhand/ports"
)

// component names this package in incidents.
const component = "index"

// Options are what an Indexer can be told; the zero value is good but for Report.
type Options struct {
	Report ports.Reporter
	// Every is the least time between two writes to the index; 250 ms by default.
	Every time.Duration
	// Again is the time before another attempt after a failure; 5 s by default.
	Again time.Duration
	// Batch is how many entries a write has at most; 4,096 by default.
	Batch int
	// Now is the clock for Stop; time.Now by default.
	Now func() time.Time
}

func (o Options) withDefaults() Options {
	if o.Report == nil {
		o.Report = func(ports.Incident) {}
	}
	if o.Every == 0 {
		o.Every = 250 * time.Millisecond
	}
	if o.Again == 0 {
		o.Again = 5 * time.Second
	}
	if o.Batch == 0 {
		o.Batch = 4096
	}
	if o.Now == nil {
		o.Now = time.Now //nolint:forbidigo // the default
	}
	return o
}

// Indexer puts closed reservations and transfers into the query index and then evicts them from
// memory. While the index cannot be written, they stay in memory, and nothing else waits.
type Indexer struct {
	state *inventory.State
	log   ports.EventFeed
	opts  Options

	one      sync.Mutex   // one flush at a time
	complete atomic.Int64 // the position up to which the index had every closed entry at the last flush
	failed   bool         // the last flush; only Settle uses it, then the goroutine of run
	settleAt int          // so many closed entries in memory let Settle write

	stop context.CancelFunc
	done chan struct{}
}

// New makes an Indexer of a state that has an index; it does nothing before Start. The log tells
// the id of the commit at a mark.
func New(state *inventory.State, log ports.EventFeed, opts Options) *Indexer {
	opts = opts.withDefaults()
	return &Indexer{state: state, log: log, opts: opts, settleAt: opts.Batch}
}

// Start begins to write what is closed.
func (x *Indexer) Start() {
	work, stop := context.WithCancel(context.Background())
	x.stop, x.done = stop, make(chan struct{})
	go x.run(work)
}

// Stop ends a write under way, or no longer waits for it, and writes once more what is closed. It
// takes up to half of the time that ctx leaves.
func (x *Indexer) Stop(ctx context.Context) {
	if x.stop == nil {
		return
	}
	x.stop()
	<-x.done
	if end, limited := ctx.Deadline(); limited { // others have to stop after this
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, end.Sub(x.opts.Now())/2)
		defer cancel()
	}
	if err := x.Flush(ctx); err != nil && !x.failed {
		x.tell("the last closed reservations and transfers could not be written to the index: the snapshot has them", err)
	}
}

func (x *Indexer) run(ctx context.Context) {
	defer close(x.done)
	for pause := x.opts.Every; ; {
		if x.Ending() == 0 && !x.late() {
			select {
			case <-x.state.Closed():
			case <-ctx.Done():
				return
			}
		}
		select {
		case <-time.After(pause): // more is closed meanwhile
		case <-ctx.Done():
			return
		}
		err := x.Flush(ctx)
		if ctx.Err() != nil {
			return
		}
		if pause = x.opts.Every; err != nil {
			pause = x.opts.Again
		}
		x.tellChange(err)
	}
}

// tellChange reports the first failure of several, and the success after them.
func (x *Indexer) tellChange(err error) {
	switch {
	case err != nil && !x.failed:
		x.tell("the index cannot be written: closed reservations and transfers stay in memory", err)
	case err == nil && x.failed:
		x.tell("the index is written again", nil)
	}
	x.failed = err != nil
}

func (x *Indexer) tell(message string, err error) {
	x.opts.Report(ports.Incident{Component: component, Message: message, Err: err, Severe: err != nil})
}

// Flush writes everything to the index that is closed and visible, and evicts it from memory.
// Errors are those of the index, of reading the log, and ctx's.
func (x *Indexer) Flush(ctx context.Context) error {
	x.one.Lock()
	defer x.one.Unlock()
	if late, ok := x.state.Index().(*Late); ok {
		if err := late.Open(ctx); err != nil {
			return err
		}
	}
	visible := x.state.Position() // before the entries: all that commits up to it have closed is in memory by now
	list := waitingIn(x.state, visible)
	var put []waiting // entries that the index has, but that the mark has not reached
	for len(list) > 0 {
		batch := list[:min(x.opts.Batch, len(list))]
		list = list[len(batch):]
		mark, err := x.mark(ctx, list, visible)
		if err != nil {
			return err
		}
		if err := x.put(ctx, entries(batch), mark); err != nil {
			return err
		}
		put = evict(x.state, append(put, batch...), mark.Position)
	}
	x.complete.Store(int64(visible))
	return nil
}

// mark returns the mark of a write after which the given entries are left, the earliest first. No
// commit up to the mark has closed one of them.
func (x *Indexer) mark(ctx context.Context, left []waiting, visible event.Position) (ports.IndexMark, error) {
	current := x.state.Index().Mark()
	at := visible
	if len(left) > 0 {
		at = left[0].since - 1
	}
	if at <= current.Position {
		return current, nil
	}
	id, err := feed.CommitID(ctx, x.log, at)
	if err != nil {
		err = fmt.Errorf("look up the commit at the mark's position %d: %w", at, err)
	}
	return ports.IndexMark{Position: at, Commit: id}, err
}

// slow is after what time an operator should hear that a write to the index waits.
const slow = 10 * time.Second

func (x *Indexer) put(ctx context.Context, list []ports.ClosedEntry, mark ports.IndexMark) error {
	late := time.AfterFunc(slow, func() {
		x.opts.Report(ports.Incident{
			Component: component, Message: "a write to the index waits: closed reservations and transfers stay in memory",
			Detail: x.state.Index().Status().Detail, Severe: true,
		})
	})
	defer late.Stop()
	return x.state.Index().Put(ctx, list, mark)
}

// late reports whether the index is still to be opened or built.
func (x *Indexer) late() bool {
	late, ok := x.state.Index().(*Late)
	return ok && !late.isReady()
}

// Ending returns how many closed reservations and transfers are in memory.
func (x *Indexer) Ending() int { return x.state.Reservations().Ending() + x.state.Transfers().Ending() }

// Status is the condition of the index and of the writes to it.
type Status struct {
	ports.IndexStatus
	Position event.Position // of the mark
	Lag      event.Position // commits after the position up to which the index is complete
	Ending   int            // closed reservations and transfers in memory
}

// Status returns the condition. It uses memory only.
func (x *Indexer) Status() Status {
	index := x.state.Index()
	s := Status{IndexStatus: index.Status(), Position: index.Mark().Position, Ending: x.Ending()}
	if s.Ending > 0 {
		s.Lag = max(0, x.state.Position()-max(s.Position, event.Position(x.complete.Load())))
	}
	return s
}
