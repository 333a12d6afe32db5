package simulation_test

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"sync/atomic"
	"time"

	"github.com/onhand/onhand/adapters/internal/durablefile/simdisk"
	"github.com/onhand/onhand/adapters/jsondocuments"
	"github.com/onhand/onhand/adapters/jsonevents"
	"github.com/onhand/onhand/adapters/memory"
	"github.com/onhand/onhand/application/indexing"
	"github.com/onhand/onhand/application/ledger"
	"github.com/onhand/onhand/application/snapshot"
	"github.com/onhand/onhand/domain/event"
	"github.com/onhand/onhand/ports"
)

// process is one life of a service, from its start to its end, however that comes.
type process struct {
	world *world
	life  int // counted over all processes
	place int // which of the processes that run side by side
	view  *simdisk.Process
	desk  *desk

	floor  event.Position // the position that clients had been shown then
	skew   atomic.Int64   // of the wall clock, in nanoseconds
	ids    atomic.Int64
	pauses atomic.Int64
	timed  atomic.Bool  // it has found log time
	dead   atomic.Bool  // killed: nothing that it still does has any effect
	booted time.Time    // when its machine started
	fatal  atomic.Bool  // its store said that it must end
	quiet  atomic.Int32 // readers of the feed that hold a mutex of the ledger: that is one step

	logIndex    *openIndex
	closedIndex *openIndex
	clock       *ledger.Clock
	store       *jsonevents.Store
	ledger      *ledger.Ledger
	snapshotter *snapshot.Snapshotter
	indexer     *indexing.Indexer
	leases      *memory.Leases // nil where there is one process only

	opened   chan error // how the start went
	closed   chan error // how the stop went
	serving  bool
	stops    bool
	frozen   time.Time // until then none of its steps happens
	faulty   bool      // something failed in it
	doubt    bool      // a sync failed, so the content of the disk is unknown,
	unmarked bool      // and the mark that says so could not be written
}

// start begins a life, which continues in steps.
func (w *world) start(place int, skew time.Duration) *process {
	w.lives++
	p := &process{
		world: w, life: w.lives, place: place, view: w.disk.Process(), desk: &w.desk, floor: w.checks.seen,
		opened: make(chan error, 1), closed: make(chan error, 1),
	}
	if w.leases != nil {
		p.leases = w.leases.Another()
	}
	p.skew.Store(int64(skew))
	p.booted = w.times.booted
	p.clock = ledger.NewClock(p.read, p.report)
	w.openIndexes(p)
	go func() { p.opened <- p.open() }()
	return p
}

// read is the machine's clock as the process has it.
func (p *process) read() (time.Time, time.Duration) {
	now := time.Now()
	return now.Add(time.Duration(p.skew.Load())), now.Sub(p.booted)
}

// now is the process's time, zero until it has found log time.
func (p *process) now() time.Time {
	if !p.timed.Load() {
		return time.Time{}
	}
	return p.clock.Now()
}

func (p *process) report(i ports.Incident) { p.world.told(p, i) }

// wait lets the world decide what becomes of a step.
func (p *process) wait(s *step) fate {
	if p.dead.Load() {
		return fate{err: simdisk.ErrKilled}
	}
	if p.quiet.Load() > 0 && !s.changes() {
		return fate{}
	}
	s.of = p
	return p.desk.wait(s)
}

// die is kill -9.
func (p *process) die() {
	p.dead.Store(true)
	p.view.Kill()
}

func (p *process) open() error {
	ctx := context.Background()
	onDisk := disk{of: p, under: p.view}
	options := p.world.plan.options(p)
	options.Disk, options.Now, options.LastUsed, options.Report = onDisk, p.clock.Now, p.clock.Last, p.report
	options.Raise = p.clock.Raise
	options.Fatal = func(error) { p.fatal.Store(true) }
	options.Index = p.logIndex.open
	store, err := jsonevents.Open(dataDir, options)
	if err != nil {
		return err
	}
	p.store = store
	p.logIndex.begun.Store(true)
	if err := p.findTime(onDisk); err != nil {
		return err
	}
	events := log{Store: store, of: p}
	newID := func() string { return fmt.Sprintf("%04d-%06d", p.life, p.ids.Add(1)) }
	snapshots := jsondocuments.NewSnapshots(snapshotDir, onDisk)
	index, err := p.closedIndex.openClosed()
	if err != nil {
		return err
	}
	state, err := snapshot.Restore(ctx, snapshots, index, events, p.report)
	if err != nil {
		return err
	}
	p.indexer = indexing.New(state, events, p.world.plan.indexing(p))
	l := ledger.New(events, events, p.clock, newID, ledger.Options{
		State: state, Settle: p.indexer.Settle,
		Leases: p.takesLeases(), LeaseWait: 300 * time.Millisecond,
		Schedule: ledger.Schedule{
			Begin: func(stream event.StreamID) { p.wait(&step{op: "turn", about: string(stream)}) },
			Pause: func(most time.Duration) time.Duration { return time.Duration(p.pauses.Add(1)*7_919_191) % most },
		},
	})
	p.ledger, p.snapshotter = l, snapshot.New(l.Inventory(), l, events, snapshots, snapshot.Options{
		AlsoSave: []snapshot.Saver{store.SaveIndex}, Report: p.report, Now: time.Now,
	})
	if err := l.Open(ctx); err != nil {
		return err
	}
	p.closedIndex.begun.Store(true)
	p.indexer.Start()
	return nil
}

// takesLeases are the leases of a process that is one of several.
func (p *process) takesLeases() ports.Leases {
	if p.leases == nil {
		return nil
	}
	return p.leases
}

// stop ends a life in order, or takes apart the remains of one that was killed.
func (p *process) stop() {
	p.stops, p.serving = true, false
	go func() {
		var err error
		if p.indexer != nil {
			patient, cancel := context.WithTimeout(context.Background(), 2*time.Second+23*time.Nanosecond)
			p.indexer.Stop(patient)
			cancel()
		}
		if p.ledger != nil {
			err = p.ledger.Close(context.Background())
		}
		if p.leases != nil && !p.dead.Load() { // the leases of a killed process have to run out
			err = errors.Join(err, p.leases.Close())
		}
		if p.store != nil && err == nil {
			err = p.store.Close()
		}
		_ = p.closedIndex.Close() // it has no error
		p.closed <- err
	}()
}

// log is a process's log; every call that other processes, or other commands of the
// same, may come before or after is a step, and so is what follows its return.
type log struct {
	*jsonevents.Store
	of *process
}

func (l log) Append(ctx context.Context, commits []ports.Commit) ([]ports.Appended, error) {
	about := string(commits[0].Events[0].Stream)
	l.of.wait(&step{op: "append", about: about, size: len(commits)})
	fates, err := l.Store.Append(ctx, commits)
	l.of.wait(&step{op: "appended", about: about, size: len(commits)})
	return fates, err
}

func (l log) Commits(ctx context.Context, after event.Position) iter.Seq2[ports.Recorded, error] {
	return func(yield func(ports.Recorded, error) bool) {
		l.of.wait(&step{op: "feed"})
		l.of.quiet.Add(1)
		defer l.of.quiet.Add(-1)
		l.Store.Commits(ctx, after)(yield)
	}
}

func (l log) CommitByKey(ctx context.Context, key string) (ports.Recorded, bool, error) {
	l.of.wait(&step{op: "recall", about: key})
	c, found, err := l.Store.CommitByKey(ctx, key)
	l.of.wait(&step{op: "recalled", about: key})
	return c, found, err
}

// asking is the key under which a context names its caller.
type asking struct{}

func (l log) CatchUp(ctx context.Context) (event.Position, error) {
	who, _ := ctx.Value(asking{}).(string)
	l.of.wait(&step{op: "catch up", about: who})
	foreign, err := l.Store.CatchUp(ctx)
	l.of.wait(&step{op: "caught up", about: who})
	return foreign, err
}

func (l log) CloseTimestamp(ctx context.Context, t time.Time) error {
	who, _ := ctx.Value(asking{}).(string)
	l.of.wait(&step{op: "close timestamp", about: who})
	err := l.Store.CloseTimestamp(ctx, t)
	l.of.wait(&step{op: "closed timestamp", about: who})
	return err
}
