package ledger_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/onhand/onhand/adapters/memory"
	"github.com/onhand/onhand/application/ledger"
	"github.com/onhand/onhand/domain/event"
	"github.com/onhand/onhand/domain/stock"
	"github.com/onhand/onhand/ports"
)

// gate is a store whose appends wait to be let through, or to fail.
type gate struct {
	*memory.EventStore
	let chan error // nil lets an append happen

	mu      sync.Mutex
	shut    bool             // appends wait from now on
	after   bool             // they wait after they are durable, not before
	appends [][]ports.Commit // so far
}

func (g *gate) Append(ctx context.Context, commits []ports.Commit) ([]ports.Appended, error) {
	g.mu.Lock()
	g.appends = append(g.appends, commits)
	shut, after := g.shut, g.after
	g.mu.Unlock()
	if shut && !after {
		if err := <-g.let; err != nil {
			return nil, err
		}
	}
	fates, err := g.EventStore.Append(ctx, commits)
	if shut && after {
		if fault := <-g.let; fault != nil {
			return nil, fault
		}
	}
	return fates, err
}

// arrived is the appends so far.
func (g *gate) arrived() [][]ports.Commit {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.appends
}

func (g *gate) setShut(shut bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.shut = shut
}

// open lets everything through from now on, one waiting append included.
func (g *gate) open() {
	g.setShut(false)
	g.let <- nil
}

type fixture struct {
	*testing.T
	*ledger.Ledger
	store *gate

	mu   sync.Mutex
	told []string // the incidents that ledgers reported
}

func (f *fixture) report(i ports.Incident) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.told = append(f.told, i.Message)
}

func (f *fixture) incidents() []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.told
}

var (
	a = stock.Key{Store: "S1", SKU: "a"}
	b = stock.Key{Store: "S1", SKU: "b"}
	c = stock.Key{Store: "S1", SKU: "c"}
)

// inBubble runs a test on a fresh ledger. synctest.Wait returns when every
// goroutine of the test waits for another, so tests need no sleeps.
func inBubble(t *testing.T, test func(f *fixture)) {
	synctest.Test(t, func(t *testing.T) {
		f := &fixture{T: t, store: &gate{EventStore: memory.NewEventStore(time.Minute, time.Now), let: make(chan error)}}
		f.Ledger = f.ledgerOn(f.store)
		test(f)
		require.NoError(t, f.Close(context.Background()))
	})
}

func (f *fixture) ledgerOn(store *gate) *ledger.Ledger { return f.ledgerOnStore(store) }

func (f *fixture) ledgerOnStore(store interface {
	ports.EventStore
	ports.EventFeed
},
) *ledger.Ledger {
	var ids atomic.Int64
	clock := ledger.NewClock(bubbleClock(), func(ports.Incident) {})
	committed := &committed{}
	l := ledger.New(store, store, clock, func() string { return fmt.Sprint("id-", ids.Add(1)) },
		ledger.Options{Committed: committed.add, Report: f.report})
	require.NoError(f, l.Open(context.Background()))
	f.Cleanup(func() { committed.check(f, l, store) })
	f.Cleanup(func() { _ = l.Close(context.Background()) })
	return l
}

// committed collects the commits that a ledger hands on.
type committed struct {
	mu  sync.Mutex
	all map[event.Position]ports.Recorded
}

func (c *committed) add(r ports.Recorded) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.all == nil {
		c.all = map[event.Position]ports.Recorded{}
	}
	c.all[r.Position] = r
}

// check requires that every commit which the ledger shows was handed on as the log has it.
func (c *committed) check(t require.TestingT, l *ledger.Ledger, log ports.EventFeed) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for r, err := range log.Commits(context.Background(), 0) {
		if errors.Is(err, ports.ErrUnavailable) {
			return // the test has closed the log
		}
		require.NoError(t, err)
		if r.Position > l.Position() {
			return
		}
		require.Equal(t, r, c.all[r.Position])
	}
}

// bubbleClock reads the bubble's fake time.
func bubbleClock() ports.Clock {
	start := time.Now()
	return func() (time.Time, time.Duration) { return time.Now(), time.Since(start) }
}

type text string

func (s text) AppendJSON(dst []byte) []byte { return fmt.Appendf(dst, "%q", string(s)) }

// adjust is a request that changes every key by delta.
func adjust(delta int64, keys ...stock.Key) ledger.Request {
	return ledger.Request{
		Keys:        ledger.Keys{Items: keys},
		Fingerprint: fmt.Sprint("adjust ", delta, keys),
		Decide: func(tx *ledger.Tx) (ledger.Result, error) {
			for _, key := range keys {
				events, err := tx.Item(key).Adjust(delta, stock.Note{}, tx.Now())
				if err != nil {
					return nil, err
				}
				tx.Record(key, events)
			}
			return text(fmt.Sprint(tx.Item(keys[0]).OnHand)), nil
		},
	}
}

func keyed(key string, r ledger.Request) ledger.Request {
	r.Key = key
	return r
}

func dry(r ledger.Request) ledger.Request {
	r.DryRun = true
	return r
}

// call is a command on its way.
type call struct {
	done    chan struct{}
	cancel  context.CancelFunc
	outcome ledger.Outcome
	err     error
}

// start runs a request in the background.
func (f *fixture) start(r ledger.Request) *call { return f.startOn(f.Ledger, r) }

func (f *fixture) startOn(l *ledger.Ledger, r ledger.Request) *call {
	ctx, cancel := context.WithCancel(context.Background())
	c := &call{done: make(chan struct{}), cancel: cancel}
	go func() {
		defer close(c.done)
		defer cancel()
		c.outcome, c.err = l.Execute(ctx, r)
	}()
	synctest.Wait()
	return c
}

// result waits for a call and gives its result, or its error's text.
func (c *call) result() string {
	<-c.done
	switch {
	case c.err != nil:
		return c.err.Error()
	case c.outcome.Replayed:
		return "again " + string(c.outcome.Stored)
	default:
		return string(c.outcome.Result.(text))
	}
}

func (c *call) finished() bool {
	select {
	case <-c.done:
		return true
	default:
		return false
	}
}

// must runs a request that must succeed.
func (f *fixture) must(r ledger.Request) ledger.Outcome {
	f.Helper()
	outcome, err := f.Execute(context.Background(), r)
	require.NoError(f, err)
	return outcome
}

func (f *fixture) onHand(key stock.Key) int64 {
	item, _, err := f.Item(context.Background(), key)
	require.NoError(f, err)
	return item.OnHand
}

func insufficient(err error) bool {
	_, ok := errors.AsType[*stock.InsufficientError](err)
	return ok
}
