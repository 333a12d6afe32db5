package bootstrap

import (
	"context"
	"time"

	"go.uber.org/fx"

	"github.com/onhand/onhand/adapters/httpapi"
	"github.com/onhand/onhand/adapters/ottercache"
	"github.com/onhand/onhand/adapters/prometheus"
	"github.com/onhand/onhand/application/indexing"
	"github.com/onhand/onhand/application/ledger"
	"github.com/onhand/onhand/application/projection"
	"github.com/onhand/onhand/application/snapshot"
	"github.com/onhand/onhand/ports"
)

func newMetrics() *prometheus.Metrics { return prometheus.New(Version) }

type metricsParams struct {
	fx.In

	Config      Config
	Metrics     *prometheus.Metrics
	Store       ports.EventStore
	Ledger      *ledger.Ledger
	Clock       *ledger.Clock
	Indexer     *indexing.Indexer
	Snapshotter *snapshot.Snapshotter
	Projections *projection.Group
	Server      *httpapi.Server
	Cache       *ottercache.Cache
	Bulkheads   *bulkheads
	Breakers    *breakers
	Tables      tables
	Disk        *diskReserve
}

// watch names the sources of the metrics that are read at each scrape.
func watch(p metricsParams) {
	p.Metrics.Watch(prometheus.Sources{
		Store:        func() (ports.StoreStatus, error) { return storeStatus(p.Store) },
		Items:        p.Ledger.Inventory().ItemCount,
		Reservations: p.Ledger.Inventory().Reservations().Count,
		Transfers:    p.Ledger.Inventory().Transfers().Count,
		ClockLead:    p.Clock.Lead,
		Waiting:      p.Ledger.Waiting,
		InFlight:     p.Server.InFlight,
		Snapshots:    func() prometheus.Snapshots { return prometheus.Snapshots(p.Snapshotter.Status()) },
		Index: func() prometheus.Index {
			s := p.Indexer.Status()
			return prometheus.Index{
				Entries: s.Entries, Bytes: s.Bytes, Lag: s.Lag, Ending: s.Ending, Sound: s.Detail == "",
			}
		},
		Feed:        func() prometheus.Feed { return prometheus.Feed(p.Server.FeedStatus()) },
		Projections: func() []prometheus.Projection { return measure(p.Projections) },
		Caches:      func() []ports.CacheStatus { return cacheStatus(p.Cache) },
		Bulkheads:   p.Bulkheads.status,
		Rate: func() prometheus.Rate {
			r := p.Server.RateStatus()
			return prometheus.Rate{
				Clients: r.Clients, Limit: r.ClientsLimit, Refused: r.Refused,
				RefusedWrites: p.Server.LogBudgetStatus().Refused,
			}
		},
		Disk: func() prometheus.Disk {
			d := p.Disk.current()
			return prometheus.Disk{Free: d.Free, Reserve: d.Reserve}
		},
		Tables: p.Tables.measured,
	})
	// The breakers of webhooks are shown under one name.
	p.Metrics.WatchBreakers(func() []ports.BreakerStatus {
		return append(p.Breakers.fixed(), p.Breakers.webhooks.together())
	})
}

// storeStatus asks the store for its condition, for a second at most.
func storeStatus(store ports.EventStore) (ports.StoreStatus, error) {
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	return store.Status(ctx)
}

// measure returns the condition of all projections as metrics show it.
func measure(group *projection.Group) []prometheus.Projection {
	var list []prometheus.Projection
	for _, s := range group.Status(context.Background()) {
		list = append(list, prometheus.Projection{
			Name: s.Name, Position: s.Position, Lag: s.Lag, Behind: s.Behind, State: string(s.State),
			Retrying: s.Retrying, DeadLetters: s.DeadLetters,
		})
	}
	return list
}

// cacheStatus asks the cache for its condition. One that cannot say it is left out.
func cacheStatus(cache *ottercache.Cache) []ports.CacheStatus {
	if cache == nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	status, err := cache.Status(ctx)
	if err != nil {
		return nil
	}
	return []ports.CacheStatus{status}
}
