package httpapi

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"sync/atomic"
	"time"

	"github.com/gin-gonic/gin"
	"golang.org/x/net/netutil"

	"github.com/onhand/onhand/application/centralview"
	"github.com/onhand/onhand/application/ledger"
	"github.com/onhand/onhand/application/projection"
	"github.com/onhand/onhand/application/snapshot"
	"github.com/onhand/onhand/application/subscription"
	"github.com/onhand/onhand/ports"
)

// Options are how the API behaves. The zero value of a duration or limit is no
// limit; production code sets them all.
type Options struct {
	PublicURL           string // where clients find the service; begins the types of problems
	Version             string // of the build
	RequestTimeout      time.Duration
	ReadHeaderTimeout   time.Duration
	IdleTimeout         time.Duration
	MaxConnections      int
	IdempotencyRequired bool
	// PreconditionRequired refuses writes that do not say which version they
	// build on.
	PreconditionRequired bool
	IdempotencyTTL       time.Duration          // for the status page
	NewID                ports.IDSource         // names requests, reservations and transfers
	Metrics              http.Handler           // serves /metrics; may be nil
	Snapshots            func() snapshot.Status // for the status page; may be nil
	Webhooks             *subscription.Manager  // behind /v1/webhooks
	Projections          *projection.Group      // behind /v1/sync and /v1/dead-letters
	Central              *centralview.Reader    // behind /v1/items
	Letters              ports.DeadLetterStore  // behind /v1/dead-letters
	Feed                 FeedOptions
	Rate                 RateOptions
	Browsers             BrowserOptions
	Proxies              []netip.Prefix // whose forwarding headers are believed
	Log                  func(*Record)  // told of each request when it is over; may be nil
	Report               ports.Reporter // told of what the HTTP server itself complains about
}

// What requests may take at most.
const (
	maxHeaderBytes = 16 << 10
	maxBodyBytes   = 1 << 20
	maxBatchBytes  = 8 << 20
)

// Server is the API on a ledger and a store.
type Server struct {
	ledger   *ledger.Ledger
	store    ports.EventStore
	opts     Options
	problems problems
	http     *http.Server
	draining atomic.Bool
	inFlight atomic.Int64
	proxies  proxies
	rate     *limiter // nil for no limit

	followers *followers
}

// New makes a server; it listens to nothing yet.
func New(l *ledger.Ledger, store ports.EventStore, opts Options) *Server {
	if opts.Log == nil {
		opts.Log = func(*Record) {}
	}
	if opts.Snapshots == nil {
		opts.Snapshots = func() snapshot.Status { return snapshot.Status{} }
	}
	if opts.Report == nil {
		opts.Report = func(ports.Incident) {}
	}
	s := &Server{ledger: l, store: store, opts: opts, problems: newProblems(opts.PublicURL), followers: newFollowers(opts.Feed)}
	s.proxies, s.rate = newProxies(opts.Proxies), newLimiter(opts.Rate, s.problems)
	s.http = &http.Server{
		Handler:           s.routes(),
		ReadHeaderTimeout: opts.ReadHeaderTimeout,
		ReadTimeout:       opts.RequestTimeout,
		WriteTimeout:      2 * opts.RequestTimeout, // reading and working may each take all of it
		IdleTimeout:       opts.IdleTimeout,
		MaxHeaderBytes:    maxHeaderBytes,
		ErrorLog:          complaints(opts.Report),
		// OPTIONS * is a request like any other: logged, limited and refused.
		DisableGeneralOptionsHandler: true,
	}
	return s
}

// Handler is the API without a listener, for tests.
func (s *Server) Handler() http.Handler { return s.http.Handler }

// InFlight is how many requests are under way.
func (s *Server) InFlight() int { return int(s.inFlight.Load()) }

// Serve answers requests on the listener until Shutdown; it then returns nil.
func (s *Server) Serve(listener net.Listener) error {
	if s.opts.MaxConnections > 0 {
		listener = netutil.LimitListener(listener, s.opts.MaxConnections)
	}
	if err := s.http.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("serve HTTP: %w", err)
	}
	return nil
}

// Shutdown says not ready, ends event streams and waits for news, stops listening
// and waits for the requests under way; when ctx ends first, their connections are cut and that is reported.
func (s *Server) Shutdown(ctx context.Context) error {
	s.draining.Store(true)
	s.followers.end()
	err := s.http.Shutdown(ctx)
	if err == nil {
		return nil
	}
	s.opts.Report(ports.Incident{Component: "httpapi", Message: "connections were cut: their requests took too long to end", Err: err})
	if err := s.http.Close(); err != nil {
		return fmt.Errorf("close HTTP: %w", err)
	}
	return nil
}

// routes is the API's table of contents.
func (s *Server) routes() http.Handler {
	gin.SetMode(gin.ReleaseMode)
	engine := gin.New()
	engine.UseEscapedPath, engine.UnescapePathValues = true, false // a SKU may have slashes and pluses
	engine.RedirectTrailingSlash = false
	engine.HandleMethodNotAllowed = true
	if err := engine.SetTrustedProxies(nil); err != nil { // whom we believe, we see ourselves (client_address.go)
		panic(err) // cannot happen: nil is always valid
	}
	engine.Use(s.observe, s.recoverPanics, secureHeaders(s.opts.Browsers))
	if origins := s.opts.Browsers.Origins; len(origins) > 0 {
		engine.Use(allowOrigins(origins))
	}
	if s.rate != nil {
		engine.Use(s.limitRate)
	}
	engine.NoRoute(s.handle(func(*gin.Context) error { return errRouteNotFound }))
	engine.NoMethod(s.handle(func(*gin.Context) error { return errMethodNotAllowed }))

	get := func(path string, handler func(*gin.Context) error) {
		engine.GET(path, s.handle(handler))
		engine.HEAD(path, s.handle(handler))
	}
	get("/v1/stores", s.listStores)
	get("/v1/stores/:store/items", s.listItems)
	get("/v1/stores/:store/items/:sku", s.getItem)
	get("/v1/stores/:store/items/:sku/events", s.itemHistory)
	get("/v1/stores/:store/items/:sku/explain", s.explainItem)
	engine.POST("/v1/stores/:store/items/:sku/adjustments", s.handle(s.adjustStock))
	engine.PUT("/v1/stores/:store/items/:sku/count", s.handle(s.countStock))
	engine.POST("/v1/stores/:store/items/:sku/moves", s.handle(s.moveStock))
	engine.PUT("/v1/stores/:store/items/:sku/policy", s.handle(s.setPolicy))

	get("/v1/reservations", s.listReservations)
	get("/v1/reservations/:id", s.getReservation)
	engine.POST("/v1/reservations", s.handle(s.reserveStock))
	engine.PUT("/v1/reservations/:id", s.handle(s.reserveStock))
	engine.POST("/v1/reservations/:id/commit", s.handle(s.commitReservation))
	engine.POST("/v1/reservations/:id/release", s.handle(s.releaseReservation))
	engine.POST("/v1/reservations/:id/return", s.handle(s.returnReservation))
	engine.POST("/v1/reservations/:id/extend", s.handle(s.extendReservation))

	get("/v1/transfers", s.listTransfers)
	get("/v1/transfers/:id", s.getTransfer)
	engine.POST("/v1/transfers", s.handle(s.shipTransfer))
	engine.POST("/v1/transfers/:id/receive", s.handle(s.receiveTransfer))
	engine.POST("/v1/transfers/:id/cancel", s.handle(s.cancelTransfer))

	engine.POST("/v1/batch", s.handle(s.batch))

	get("/v1/webhooks", s.listWebhooks)
	get("/v1/webhooks/:id", s.getWebhook)
	engine.POST("/v1/webhooks", s.handle(s.createWebhook))
	engine.DELETE("/v1/webhooks/:id", s.handle(s.deleteWebhook))
	engine.POST("/v1/webhooks/:id/rotate-secret", s.handle(s.rotateSecret))
	engine.POST("/v1/webhooks/:id/test", s.handle(s.testWebhook))
	engine.POST("/v1/webhooks/:id/enable", s.handle(s.enableWebhook))
	engine.POST("/v1/webhooks/:id/disable", s.handle(s.disableWebhook))
	if s.opts.Feed.Tail != nil {
		get("/v1/events", s.events)
	}

	get("/v1/items/:sku", s.getSKU)
	get("/v1/sync", s.getSync)
	get("/v1/sync/check", s.checkCentralView)
	group := s.opts.Projections
	engine.POST("/v1/sync", s.handle(s.order(s.sync)))
	engine.POST("/v1/sync/pause", s.handle(s.order(group.Pause)))
	engine.POST("/v1/sync/resume", s.handle(s.order(group.Resume)))
	engine.POST("/v1/sync/rebuild", s.handle(s.order(s.rebuild)))
	get("/v1/dead-letters", s.listDeadLetters)
	engine.POST("/v1/dead-letters/:id/redrive", s.handle(s.redrive))
	engine.DELETE("/v1/dead-letters/:id", s.handle(s.deleteDeadLetter))

	get("/v1/status", s.status)
	get("/livez", s.live)
	get("/readyz", s.ready)
	if s.opts.Metrics != nil {
		engine.GET("/metrics", gin.WrapH(s.opts.Metrics))
	}
	get("/openapi.yaml", s.openAPI)
	get("/problems/:code", s.explainProblem)
	return engine
}

// handle makes a gin handler of one that returns its error: the one place where
// errors become problems.
func (s *Server) handle(handler func(*gin.Context) error) gin.HandlerFunc {
	return func(c *gin.Context) {
		if err := handler(c); err != nil {
			s.refuse(c, err)
		}
	}
}
