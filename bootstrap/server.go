package bootstrap

import (
	"context"
	"fmt"
	"net"
	"net/url"
	"strconv"
	"time"

	"github.com/sirupsen/logrus"
	"go.uber.org/fx"

	"github.com/onhand/onhand/adapters/httpapi"
	"github.com/onhand/onhand/adapters/prometheus"
	"github.com/onhand/onhand/application/centralview"
	"github.com/onhand/onhand/application/feed"
	"github.com/onhand/onhand/application/indexing"
	"github.com/onhand/onhand/application/leadership"
	"github.com/onhand/onhand/application/ledger"
	"github.com/onhand/onhand/application/projection"
	"github.com/onhand/onhand/application/snapshot"
	"github.com/onhand/onhand/application/subscription"
	"github.com/onhand/onhand/ports"
)

var httpModule = fx.Module("http", fx.Provide(newServer, newDiskReserve), fx.Invoke(listen))

type serverParams struct {
	fx.In

	Config      Config
	Ledger      *ledger.Ledger
	Store       ports.EventStore
	Tail        *feed.Tail
	Snapshotter *snapshot.Snapshotter
	Indexer     *indexing.Indexer
	Webhooks    *subscription.Manager
	Projections *projection.Group
	Central     *centralview.Reader
	DeadLetters ports.DeadLetterStore
	Duties      *leadership.Duties
	Tables      tables
	IDs         ports.IDSource
	Logger      *logrus.Logger
	Report      ports.Reporter
	Metrics     *prometheus.Metrics
	Bulkheads   *bulkheads
	Breakers    *breakers
	Disk        *diskReserve
}

func newServer(p serverParams) *httpapi.Server {
	c := p.Config
	return httpapi.New(p.Ledger, p.Store, httpapi.Options{
		PublicURL:         c.PublicURL,
		Version:           Version,
		RequestTimeout:    ms(c.RequestTimeoutMS),
		ReadHeaderTimeout: min(ms(c.RequestTimeoutMS), ms(c.HeaderTimeoutMS)),
		IdleTimeout:       ms(c.IdleTimeoutMS),
		Connections: httpapi.ConnectionOptions{
			Max: c.MaxConnections, PerClient: share(c.MaxPerClient, max(1000, c.MaxConnections)),
		},
		IdempotencyRequired:  c.IdempRequired,
		PreconditionRequired: c.PrecondRequired,
		MaxReservationTTL:    time.Duration(c.MaxTTLSeconds) * time.Second,
		IdempotencyTTL:       ms(c.IdempTTLMS),
		NewID:                p.IDs,
		Metrics:              p.Metrics.Handler(),
		Snapshots:            p.Snapshotter.Status,
		Index:                p.Indexer.Status,
		Webhooks:             p.Webhooks,
		Projections:          p.Projections,
		Central:              p.Central,
		DeadLetters:          p.DeadLetters,
		IsLeader:             p.Duties.Active,
		Tables:               p.Tables.all,
		Disk:                 p.Disk.current,
		Feed: httpapi.FeedOptions{
			Tail: p.Tail, MaxFollowers: c.FeedMaxConnections,
			MaxPerClient: share(c.FeedMaxPerClient, c.FeedMaxConnections),
			Heartbeat:    ms(c.FeedHeartbeatMS), WriteTimeout: ms(c.FeedWriteTimeoutMS),
			BytesPerSecond: int64(c.FeedMaxMBPerSecond) << 20,
		},
		LockHeld: httpapi.LockHeld{Status: c.LockRejectStatus, RetryAfter: ms(c.LockRetryAfterMS)},
		Overload: overload(c, p.Bulkheads, p.Breakers),
		Rate: httpapi.RateOptions{
			PerSecond: c.RateLimitRPS, Burst: c.RateLimitBurst, Clients: c.RateLimitClients, Now: time.Now,
		},
		LogBudget: logBudget(c),
		Proxies:   networks(c.TrustedProxies),
		Browsers: httpapi.BrowserOptions{
			ContentPolicy: c.ContentPolicy, HSTS: time.Duration(c.HSTSMaxAgeSeconds) * time.Second,
			Origins: c.CORSAllowedOrigins,
		},
		Hosts:  hosts(c),
		Log:    observeRequests(p.Logger, p.Metrics),
		Report: p.Report,
	})
}

// logBudget returns the options of what each client may write. A service without a limit of requests has none:
// its clients are trusted.
func logBudget(c Config) httpapi.RateOptions {
	if c.RateLimitRPS == 0 {
		return httpapi.RateOptions{}
	}
	return httpapi.RateOptions{
		PerSecond: float64(c.LogKBPerSecond) * (1 << 10), Burst: c.LogBurstMB << 20,
		Clients: c.RateLimitClients, Now: time.Now,
	}
}

// share returns how much of a whole one client may have: as much as is set, or a tenth.
func share(set, whole int) int {
	if set > 0 {
		return set
	}
	return max(1, whole/10)
}

// hosts returns the names by which clients may ask for the service.
func hosts(c Config) []string {
	names := append([]string{c.Host}, c.AllowedHosts...)
	if u, err := url.Parse(c.PublicURL); err == nil && u.Host != "" {
		names = append(names, u.Hostname())
	}
	return names
}

// listen opens the port when everything else is ready, and drains it first when the program
// stops.
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
