package projection_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/onhand/onhand/adapters/memory"
	"github.com/onhand/onhand/application/centralview"
	"github.com/onhand/onhand/application/ledger"
	"github.com/onhand/onhand/application/projection"
	"github.com/onhand/onhand/domain/event"
	"github.com/onhand/onhand/domain/stock"
	"github.com/onhand/onhand/ports"
)

// outside is all that outlives a runner: the log, the stores, and the faults of events.
type outside struct {
	*testing.T
	log         *memory.EventStore
	checkpoints *memory.CheckpointStore
	letters     *memory.DeadLetterStore
	items       map[stock.Key]*stock.Item

	mu        sync.Mutex
	wrong     map[ports.EventID]fault
	calls     []ports.EventID // every event that a target was asked to handle
	incidents []ports.Incident
	end       chan struct{} // closed when the test is over: frees targets that are stuck
}

// fault is the way in which a target fails to handle an event.
type fault int

const (
	refuses fault = iota + 1
	panics
	hangs     // until its context ends
	isStuck   // for ever
	isGone    // wants no more events
	misclaims // to have handled more than it was given
	complains // although it has handled it
	isShut    // a breaker refuses to call it
)

func newOutside(t *testing.T) *outside {
	return &outside{
		T: t, log: memory.NewEventStore(time.Minute, time.Now),
		checkpoints: &memory.CheckpointStore{}, letters: &memory.DeadLetterStore{},
		items: map[stock.Key]*stock.Item{}, wrong: map[ports.EventID]fault{}, end: make(chan struct{}),
	}
}

// adjust appends an adjustment to the log, as a ledger would, and returns the id of its event.
func (o *outside) adjust(store, sku string, delta int64) ports.EventID {
	key := stock.Key{Store: store, SKU: sku}
	if o.items[key] == nil {
		o.items[key] = &stock.Item{Key: key}
	}
	item := o.items[key]
	events, err := item.Adjust(delta, stock.Note{}, time.Now())
	require.NoError(o, err)
	item.Apply(events[0])
	return o.append(ports.Event{
		Stream: key.Stream(), Version: item.Version,
		Type: events[0].Change.Type(), Time: events[0].At, Data: events[0].AppendJSON(nil),
	})
}

func (o *outside) append(e ports.Event) ports.EventID {
	fates, err := o.log.Append(context.Background(), []ports.Commit{{ID: "c", Time: time.Now(), Events: []ports.Event{e}}})
	require.NoError(o, err)
	require.NoError(o, fates[0].Err)
	return ports.EventID{Position: fates[0].Position}
}

// note is ledger.Note on this log.
func (o *outside) note(_ context.Context, n ledger.Note) error {
	n.Event.Time = time.Now()
	fates, err := o.log.Append(context.Background(), []ports.Commit{{
		ID: "n", Time: n.Event.Time, Actor: n.Actor, RequestID: n.RequestID, Events: []ports.Event{n.Event},
	}})
	return errors.Join(err, fates[0].Err)
}

func (o *outside) spoil(id ports.EventID, how fault) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.wrong[id] = how
}

func (o *outside) mend() {
	o.mu.Lock()
	defer o.mu.Unlock()
	clear(o.wrong)
}

func (o *outside) report(i ports.Incident) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.incidents = append(o.incidents, i)
}

// target is the central view, with the faults of events.
type target struct {
	*centralview.View
	o *outside
}

func (v *target) Handle(ctx context.Context, events []ports.StreamEvent, upto event.Position) (int, error) {
	for i := range events {
		v.o.mu.Lock()
		how := v.o.wrong[events[i].ID()]
		v.o.calls = append(v.o.calls, events[i].ID())
		v.o.mu.Unlock()
		if how == 0 {
			continue
		}
		if n, err := v.View.Handle(ctx, events[:i], v.Position()); err != nil {
			return n, err
		}
		switch how {
		case panics:
			panic("swordfish")
		case hangs:
			<-ctx.Done()
			return i, ctx.Err()
		case isStuck:
			<-v.o.end
			return i, ctx.Err()
		case isGone:
			return i, ports.ErrGone
		case isShut:
			return i, shut
		case misclaims:
			return len(events) + 1, nil
		case complains:
			n, _ := v.View.Handle(ctx, events[:i+1], events[i].Position)
			return n, errors.New("never again")
		}
		return i, errors.New("poisoned")
	}
	return v.View.Handle(ctx, events, upto)
}

// shut is the error of a breaker that refuses a call.
var shut = &ports.OpenError{Name: "receiver", RetryAfter: 30 * time.Second}

const viewName = "view"

// retry has short delays; the tests' time is not real.
var (
	delays = []time.Duration{time.Second, 2 * time.Second, 4 * time.Second}
	retry  = projection.After(delays...)
)

// runner creates a runner. change edits its dependencies and options.
func (o *outside) runner(change ...func(*projection.Dependencies, *projection.Options)) *projection.Runner {
	deps := projection.Dependencies{
		Feed: o.log, Log: o.log, Checkpoints: o.checkpoints, DeadLetters: o.letters,
		Note: o.note, Head: func() event.Position { return o.log.Head().Position },
		Now: time.Now, Report: o.report,
	}
	opts := projection.Options{
		Name: viewName, Retry: retry, Timeout: 5 * time.Second, Batch: 8,
		New: func() projection.Target { return &target{View: centralview.New(), o: o} },
	}
	for _, c := range change {
		c(&deps, &opts)
	}
	return projection.New(deps, opts)
}

// start starts a runner that stops with the test.
func (o *outside) start(change ...func(*projection.Dependencies, *projection.Options)) *projection.Runner {
	r := o.runner(change...)
	r.Start()
	synctest.Wait()
	return r
}

func (o *outside) stop(r *projection.Runner) { require.NoError(o, r.Stop(context.Background())) }

// crash ends a runner as the end of its process would: without a last checkpoint.
func (o *outside) crash(r *projection.Runner) {
	now, cancel := context.WithCancel(context.Background())
	cancel()
	_ = r.Stop(now)
	synctest.Wait()
}

func view(r *projection.Runner) *centralview.View { return r.Target().(*target).View }

// agrees checks that the runner's view is the fold of the log without some events.
func (o *outside) agrees(r *projection.Runner, without ...ports.EventID) {
	o.Helper()
	head := o.log.Head().Position
	require.Equal(o, head, r.Status(context.Background()).Position)
	require.Empty(o, view(r).Diff(o.fold(without...)))
	checked, err := view(r).Check(context.Background(), func(stock.Key) stock.Levels { return stock.Levels{} })
	require.NoError(o, err)
	require.Empty(o, checked.Differences)
}

// fold is the view of the whole log without some events.
func (o *outside) fold(without ...ports.EventID) *centralview.View {
	fold := centralview.New()
	for c, err := range o.log.Commits(context.Background(), 0) {
		require.NoError(o, err)
		for i, e := range c.Events {
			one := ports.StreamEvent{Position: c.Position, Index: i, Event: e}
			skipped := false
			for _, id := range without {
				skipped = skipped || id == one.ID()
			}
			if !skipped {
				_, err := fold.Handle(context.Background(), []ports.StreamEvent{one}, c.Position)
				require.NoError(o, err)
			}
		}
	}
	return fold
}

func (o *outside) letterIDs() []string {
	list, err := o.letters.List(context.Background(), "", "", 100)
	require.NoError(o, err)
	ids := []string{}
	for _, l := range list {
		ids = append(ids, l.ID)
	}
	return ids
}

func letterID(id ports.EventID) string { return ports.DeadLetterID(viewName, id) }

// inBubble runs a test in which time passes when all goroutines wait.
func inBubble(t *testing.T, name string, test func(*outside)) {
	t.Run(name, func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			o := newOutside(t)
			defer close(o.end)
			test(o)
		})
	})
}

func sku(n int) string { return fmt.Sprint("sku-", n) }
