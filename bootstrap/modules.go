package bootstrap

import (
	"context"
	"errors"
	"fmt"
	"net"
	"path/filepath"
	"strconv"
	"time"

	"github.com/google/uuid"
	"github.com/sirupsen/logrus"
	"go.uber.org/dig"
	"go.uber.org/fx"

	"github.com/onhand/onhand/adapters/httpapi"
	"github.com/onhand/onhand/adapters/jsondocuments"
	"github.com/onhand/onhand/adapters/jsonevents"
	"github.com/onhand/onhand/adapters/ottercache"
	"github.com/onhand/onhand/adapters/prometheus"
	"github.com/onhand/onhand/adapters/retrying"
	"github.com/onhand/onhand/application/centralview"
	"github.com/onhand/onhand/application/feed"
	"github.com/onhand/onhand/application/leadership"
	"github.com/onhand/onhand/application/ledger"
	"github.com/onhand/onhand/application/projection"
	"github.com/onhand/onhand/application/snapshot"
	"github.com/onhand/onhand/application/subscription"
	"github.com/onhand/onhand/domain/event"
	"github.com/onhand/onhand/ports"
)

var (
	storeModule  = fx.Module("store", fx.Provide(newStore, newSnapshots, newLeader, newDuties, newLeases))
	ledgerModule = fx.Module("ledger", fx.Provide(newLedger, newSnapshotter), fx.Invoke(sweep, follow))
	feedModule   = fx.Module("feed", fx.Provide(newTail))
	httpModule   = fx.Module("http", fx.Provide(newServer), fx.Invoke(listen))
)

// started is when the monotonic clock reads zero.
var started = time.Now()

func newClock(report ports.Reporter) *ledger.Clock {
	return ledger.NewClock(func() (time.Time, time.Duration) {
		now := time.Now()
		return now.Round(0), now.Sub(started) // Round strips the monotonic reading: this is the wall clock's
	}, report)
}

// newIDs makes UUIDs of version 7.
func newIDs() ports.IDSource {
	uuid.EnableRandPool()
	return func() string { return uuid.Must(uuid.NewV7()).String() }
}

func newMetrics() *prometheus.Metrics { return prometheus.New(Version) }

// watch lets the metrics see how things stand.
func watch(c Config, m *prometheus.Metrics, store ports.EventStore, l *ledger.Ledger, snapshotter *snapshot.Snapshotter, group *projection.Group, server *httpapi.Server, cache *ottercache.Cache, bulk *bulkheads) {
	m.Watch(prometheus.Sources{
		Store: func() (ports.StoreStatus, error) { return storeStatus(store) }, Items: l.Inventory().ItemCount, Reservations: l.Inventory().Reservations().Count, Transfers: l.Inventory().Transfers().Count, Waiting: l.Waiting, InFlight: server.InFlight,
		Snapshots:   func() prometheus.Snapshots { return prometheus.Snapshots(snapshotter.Status()) },
		Feed:        func() prometheus.Feed { return prometheus.Feed(server.FeedStatus()) },
		Projections: func() []prometheus.Projection { return measure(group) },
		Caches:      func() []ports.CacheStatus { return cacheStatus(cache) },
		Bulkheads:   bulk.status,
		Rate: func() prometheus.Rate {
			r := server.RateStatus()
			return prometheus.Rate{Clients: r.Clients, Limit: r.ClientsLimit, Refused: r.Refused}
		},
		Limits: prometheus.Limits{Open: c.MaxOpen, Waiting: c.MaxWaiting},
	})
}

// storeStatus asks the store for its condition, for a second at most.
func storeStatus(store ports.EventStore) (ports.StoreStatus, error) {
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	return store.Status(ctx)
}

// newStore opens the event store that the settings name.
func newStore(c Config, clock *ledger.Clock, b *breakers, bulk *bulkheads, report ports.Reporter, metrics *prometheus.Metrics, stop fx.Shutdowner, lc fx.Lifecycle) (ports.EventStore, ports.EventFeed, error) {
	store, err := jsonevents.Open(c.DataDir, jsonevents.Options{
		Limits:       jsonevents.Limits{Streams: c.MaxStreams, Keys: c.MaxKeys, Waiting: c.MaxWaiting},
		KeyTTL:       ms(c.IdempTTLMS),
		SegmentBytes: int64(c.SegmentMB) << 20,
		Shared:       c.LocksEnabled,
		LockWait:     ms(c.LockTTLMS),
		Raise:        clock.Raise,
		Now:          clock.Now,
		LastUsed:     clock.Last,
		Writes:       b.writes,
		Reads:        b.reads,
		ReadPlaces:   bulk.reads,
		Observe:      metrics.GroupCommit,
		Report:       report,
		Fatal:        func(error) { _ = stop.Shutdown(fx.ExitCode(1)) }, // the store has reported why
	})
	if err != nil {
		return nil, nil, err
	}
	lc.Append(fx.StopHook(store.Close))
	return store, store, nil
}

// newSnapshots keeps snapshots beside the log; only the leader saves any.
func newSnapshots(c Config, duties *leadership.Duties) ports.SnapshotStore {
	store := jsondocuments.NewSnapshots(filepath.Join(c.DataDir, jsonevents.SnapshotsName), nil)
	if !c.LocksEnabled { // otherwise another process may be saving
		store.Sweep()
	}
	return leadership.Snapshots(retrying.Snapshots(store, retries(c)), duties)
}

// retries is how saves are tried again that failed.
func retries(c Config) retrying.Policy {
	return retrying.Policy{Base: ms(c.RetryBaseMS), Times: c.RetryTimes}
}

func newLedger(c Config, store ports.EventStore, feed ports.EventFeed, snapshots ports.SnapshotStore, report ports.Reporter, clock *ledger.Clock, ids ports.IDSource, metrics *prometheus.Metrics, leases ports.Leases, lc fx.Lifecycle) (*ledger.Ledger, error) {
	state, err := snapshot.Restore(context.Background(), snapshots, feed, report)
	if err != nil {
		return nil, errors.Join(err, store.Close())
	}
	l := ledger.New(store, feed, clock, ids, ledger.Options{
		State:      state,
		MaxWaiting: c.MaxWaiting,
		MaxOpen:    c.MaxOpen,
		Leases:     leases,
		LeaseWait:  ms(c.LockRetryAfterMS),
		Published:  metrics.Published,
	})
	if err := l.Open(context.Background()); err != nil {
		return nil, errors.Join(err, store.Close())
	}
	lc.Append(fx.StopHook(l.Close))
	return l, nil
}

// newSnapshotter takes snapshots in the background, and the last one when the program
// stops.
func newSnapshotter(c Config, duties *leadership.Duties, l *ledger.Ledger, store ports.EventStore, feed ports.EventFeed, snapshots ports.SnapshotStore, report ports.Reporter, lc fx.Lifecycle) *snapshot.Snapshotter {
	s := snapshot.New(l.Inventory(), l, feed, snapshots, snapshot.Options{
		EveryEvents: int64(c.SnapshotEvery), AlsoSave: indexSavers(store), Leads: duties.Active, Report: report, Now: time.Now,
	})
	lc.Append(fx.StartStopHook(s.Start, s.Stop))
	return s
}

// indexSavers are how a store that has an index of its own saves it.
func indexSavers(store ports.EventStore) []snapshot.Saver {
	if json, ok := store.(*jsonevents.Store); ok {
		return []snapshot.Saver{json.SaveIndex}
	}
	return nil
}

// newTail reads the log once for all who follow it.
func newTail(c Config, log ports.EventFeed, store ports.EventStore, report ports.Reporter, lc fx.Lifecycle) *feed.Tail {
	end := func() event.Position { return store.Head().Position }
	t := feed.NewTail(log, end, feed.Options{Encode: httpapi.EncodeEvent(c.PublicURL), Report: report})
	lc.Append(fx.StartStopHook(t.Start, t.Stop))
	return t
}

func newServer(c Config, l *ledger.Ledger, store ports.EventStore, tail *feed.Tail, snapshotter *snapshot.Snapshotter, webhooks *subscription.Manager, group *projection.Group, central *centralview.Reader, letters ports.DeadLetterStore, duties *leadership.Duties, ids ports.IDSource, logger *logrus.Logger, report ports.Reporter, metrics *prometheus.Metrics, bulk *bulkheads, circuits *breakers) *httpapi.Server {
	return httpapi.New(l, store, httpapi.Options{
		PublicURL:            c.PublicURL,
		Version:              Version,
		RequestTimeout:       ms(c.RequestTimeoutMS),
		ReadHeaderTimeout:    min(ms(c.RequestTimeoutMS), ms(c.HeaderTimeoutMS)),
		IdleTimeout:          ms(c.IdleTimeoutMS),
		MaxConnections:       c.MaxConnections,
		IdempotencyRequired:  c.IdempRequired,
		PreconditionRequired: c.PrecondRequired,
		IdempotencyTTL:       ms(c.IdempTTLMS),
		NewID:                ids,
		Metrics:              metrics.Handler(),
		Snapshots:            snapshotter.Status,
		Webhooks:             webhooks,
		Projections:          group,
		Central:              central,
		DeadLetters:          letters,
		IsLeader:             duties.Active,
		Feed: httpapi.FeedOptions{
			Tail: tail, MaxFollowers: c.FeedMaxConnections, Heartbeat: ms(c.FeedHeartbeatMS), WriteTimeout: ms(c.FeedWriteTimeoutMS),
			BytesPerSecond: int64(c.FeedMaxMBPerSecond) << 20,
		},
		LockHeld: httpapi.LockHeld{Status: c.LockRejectStatus, RetryAfter: ms(c.LockRetryAfterMS)},
		Overload: overload(c, bulk, circuits),
		Rate:     httpapi.RateOptions{PerSecond: c.RateLimitRPS, Burst: c.RateLimitBurst, Clients: c.RateLimitClients, Now: time.Now},
		Proxies:  networks(c.TrustedProxies),
		Browsers: httpapi.BrowserOptions{ContentPolicy: c.ContentPolicy, HSTS: time.Duration(c.HSTSMaxAgeSeconds) * time.Second, Origins: c.CORSAllowedOrigins},
		Log:      observeRequests(logger, metrics),
		Report:   report,
	})
}

// listen opens the port when everything behind it is ready, and drains it first
// when the program stops.
func listen(c Config, server *httpapi.Server, logger *logrus.Logger, stop fx.Shutdowner, lc fx.Lifecycle) {
	serve := func(listener net.Listener) {
		if err := server.Serve(listener); err != nil {
			logger.WithError(err).Error("the HTTP server failed")
			_ = stop.Shutdown(fx.ExitCode(1))
		}
	}
	lc.Append(fx.Hook{
		OnStart: func(ctx context.Context) error {
			address := net.JoinHostPort(c.Host, strconv.Itoa(c.Port))
			listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", address)
			if err != nil {
				return fmt.Errorf("listen: %w", err)
			}
			logger.WithField("address", listener.Addr().String()).Info("listening")
			go serve(listener)
			return nil
		},
		OnStop: func(ctx context.Context) error {
			server.Drain(ctx, ms(c.ShutdownDelayMS))
			ctx, cancel := context.WithTimeout(ctx, ms(c.ShutdownTimeoutMS))
			defer cancel()
			return server.Shutdown(ctx)
		},
	})
}

// rootCause is the error behind the container's account of how it came about.
func rootCause(err error) error { return dig.RootCause(err) }
