package bootstrap

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/google/uuid"
	"go.uber.org/fx"

	"github.com/onhand/onhand/adapters/httpapi"
	"github.com/onhand/onhand/adapters/prometheus"
	"github.com/onhand/onhand/adapters/sweeper"
	"github.com/onhand/onhand/application/feed"
	"github.com/onhand/onhand/application/indexing"
	"github.com/onhand/onhand/application/leadership"
	"github.com/onhand/onhand/application/ledger"
	"github.com/onhand/onhand/application/snapshot"
	"github.com/onhand/onhand/domain/event"
	"github.com/onhand/onhand/ports"
)

var (
	ledgerModule = fx.Module("ledger", fx.Provide(newLedger, newSnapshotter), fx.Invoke(index, sweep, tailOthers))
	feedModule   = fx.Module("feed", fx.Provide(newTail))
)

// newIDs makes UUIDs of version 7.
func newIDs() ports.IDSource {
	uuid.EnableRandPool()
	return func() string { return uuid.Must(uuid.NewV7()).String() }
}

type ledgerParams struct {
	fx.In

	Config    Config
	Backend   *backend
	Snapshots ports.SnapshotStore
	Clock     *ledger.Clock
	Machine   machineStart
	Accept    acceptClock
	IDs       ports.IDSource
	Metrics   *prometheus.Metrics
	Tail      *feed.Tail
	Report    ports.Reporter
}

// newLedger opens the ledger from the newest snapshot that can be used and the log after it.
func newLedger(p ledgerParams, lc fx.Lifecycle) (*ledger.Ledger, *indexing.Indexer, error) {
	if err := startClock(p, lc); err != nil {
		return nil, nil, errors.Join(err, p.Backend.close())
	}
	state, err := snapshot.Restore(context.Background(), p.Snapshots, p.Backend.index, p.Backend.feed, p.Report)
	if err != nil {
		return nil, nil, errors.Join(err, p.Backend.close())
	}
	indexer := indexing.New(state, p.Backend.feed, indexing.Options{Report: p.Report})
	l := ledger.New(p.Backend.store, p.Backend.feed, p.Clock, p.IDs, ledger.Options{
		State:            state,
		MaxWaiting:       p.Config.MaxWaiting,
		MaxLive:          p.Config.MaxStreams,
		MaxOpen:          p.Config.MaxOpen,
		MaxOpenPerClient: share(p.Config.MaxOpenEach, max(1000, p.Config.MaxOpen)),
		Leases:           p.Backend.leases,
		LeaseWait:        ms(p.Config.LockRetryAfterMS),
		Settle:           indexer.Settle,
		Published:        p.Metrics.Published,
		Committed:        p.Tail.Publish,
		Report:           p.Report,
	})
	if err := l.Open(context.Background()); err != nil {
		return nil, nil, errors.Join(err, p.Backend.close())
	}
	lc.Append(fx.StopHook(l.Close))
	return l, indexer, nil
}

// index moves what is closed from memory to the index. It stops before the snapshotter, so that the
// last snapshot need not have what the last write had.
func index(indexer *indexing.Indexer, _ *snapshot.Snapshotter, lc fx.Lifecycle) {
	lc.Append(fx.StartStopHook(indexer.Start, indexer.Stop))
}

type snapshotterParams struct {
	fx.In

	Config    Config
	Backend   *backend
	Ledger    *ledger.Ledger
	Snapshots ports.SnapshotStore
	Duties    *leadership.Duties
	Report    ports.Reporter
}

// newSnapshotter takes snapshots in the background, and the last one when the program stops.
func newSnapshotter(p snapshotterParams, lc fx.Lifecycle) *snapshot.Snapshotter {
	every := int64(p.Config.SnapshotEvery)
	if p.Backend.volatile {
		every = 0
	}
	s := snapshot.New(p.Ledger.Inventory(), p.Ledger, p.Backend.feed, p.Snapshots, snapshot.Options{
		EveryEvents: every, AlsoSave: p.Backend.alsoSaved, Leads: p.Duties.Active, Report: p.Report, Now: time.Now,
	})
	lc.Append(fx.StartStopHook(s.Start, s.Stop))
	return s
}

// newDuties makes the duties of the leader, which others add to. They stop after what they
// have begun.
func newDuties(leader ports.Leader, report ports.Reporter, lc fx.Lifecycle) *leadership.Duties {
	d := leadership.New(leader, report)
	lc.Append(fx.StartStopHook(d.Start, d.Stop))
	return d
}

// sweep keeps the log up to date with the deadlines that come.
func sweep(c Config, l *ledger.Ledger, duties *leadership.Duties, report ports.Reporter, lc fx.Lifecycle) {
	s := sweeper.New(func(ctx context.Context) error {
		if !duties.Active() {
			return nil
		}
		if err := l.CatchUp(ctx); err != nil {
			return err
		}
		return l.Sweep(ctx)
	}, ms(c.SweepIntervalMS), report)
	lc.Append(fx.StartStopHook(s.Start, s.Stop))
}

// tailOthers lets the ledger show what other writers append, for clients that wait for it.
func tailOthers(store ports.EventStore, l *ledger.Ledger, lc fx.Lifecycle) {
	if !store.Properties().SeveralWriters {
		return
	}
	ctx, stop := context.WithCancel(context.Background())
	var following sync.WaitGroup
	lc.Append(fx.StartStopHook(
		func() { following.Go(func() { l.Tail(ctx) }) },
		func() {
			stop()
			following.Wait()
		},
	))
}

// newTail takes the log over once for all followers: from the ledger in memory, and
// otherwise from the store.
func newTail(c Config, log ports.EventFeed, store ports.EventStore, report ports.Reporter, lc fx.Lifecycle) *feed.Tail {
	end := func() event.Position { return store.Head().Position }
	t := feed.NewTail(log, end, feed.Options{Encode: httpapi.EncodeEvent(c.PublicURL), Report: report})
	lc.Append(fx.StartStopHook(t.Start, t.Stop))
	return t
}
