package httpapi

import (
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
	// Keeps tells whether webhooks and dead letters are this process's; nil is always.
	Keeps    func() bool
	Feed     FeedOptions
	Rate     RateOptions
	Browsers BrowserOptions
	Proxies  []netip.Prefix // whose forwarding headers are believed
	LockHeld LockHeld
	Overload
	Log    func(*Record)  // told of each request when it is over; may be nil
	Report ports.Reporter // told of what the HTTP server itself complains about
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
	bodies    *bodies
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
	if opts.Keeps == nil {
		opts.Keeps = func() bool { return true }
	}
	s := &Server{ledger: l, store: store, opts: opts, problems: newProblems(opts.PublicURL, opts.LockHeld), followers: newFollowers(opts.Feed), bodies: newBodies(opts.BodyBytes)}
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

	work := s.way(s.opts.Work, s.opts.Breaker)
	urgent := work.urgently()
	orders, tests := s.way(s.opts.Orders, nil), s.way(s.opts.Tests, nil) // may wait for receivers, whose faults are not the API's
	get := func(path string, handler gin.HandlerFunc) {
		engine.GET(path, handler)
		engine.HEAD(path, handler)
	}
	get("/v1/stores", work.to(s.listStores))
	get("/v1/stores/:store/items", work.to(s.listItems))
	get("/v1/stores/:store/items/:sku", work.to(s.getItem))
	get("/v1/stores/:store/items/:sku/events", work.to(s.itemHistory))
	get("/v1/stores/:store/items/:sku/explain", work.to(s.explainItem))
	engine.POST("/v1/stores/:store/items/:sku/adjustments", work.to(s.adjustStock))
	engine.PUT("/v1/stores/:store/items/:sku/count", work.to(s.countStock))
	engine.POST("/v1/stores/:store/items/:sku/moves", work.to(s.moveStock))
	engine.PUT("/v1/stores/:store/items/:sku/policy", work.to(s.setPolicy))

	get("/v1/reservations", work.to(s.listReservations))
	get("/v1/reservations/:id", work.to(s.getReservation))
	engine.POST("/v1/reservations", work.to(s.reserveStock))
	engine.PUT("/v1/reservations/:id", work.to(s.reserveStock))
	engine.POST("/v1/reservations/:id/commit", urgent.to(s.commitReservation))
	engine.POST("/v1/reservations/:id/release", urgent.to(s.releaseReservation))
	engine.POST("/v1/reservations/:id/return", work.to(s.returnReservation))
	engine.POST("/v1/reservations/:id/extend", work.to(s.extendReservation))

	get("/v1/transfers", work.to(s.listTransfers))
	get("/v1/transfers/:id", work.to(s.getTransfer))
	engine.POST("/v1/transfers", work.to(s.shipTransfer))
	engine.POST("/v1/transfers/:id/receive", work.to(s.receiveTransfer))
	engine.POST("/v1/transfers/:id/cancel", work.to(s.cancelTransfer))

	engine.POST("/v1/batch", work.to(s.batch))

	get("/v1/webhooks", work.to(s.kept(s.listWebhooks)))
	get("/v1/webhooks/:id", work.to(s.kept(s.getWebhook)))
	engine.POST("/v1/webhooks", orders.to(s.kept(s.createWebhook)))
	engine.DELETE("/v1/webhooks/:id", orders.to(s.kept(s.deleteWebhook)))
	engine.POST("/v1/webhooks/:id/rotate-secret", orders.to(s.kept(s.rotateSecret)))
	engine.POST("/v1/webhooks/:id/test", tests.to(s.kept(s.testWebhook)))
	engine.POST("/v1/webhooks/:id/enable", orders.to(s.kept(s.enableWebhook)))
	engine.POST("/v1/webhooks/:id/disable", orders.to(s.kept(s.disableWebhook)))
	if s.opts.Feed.Tail != nil {
		get("/v1/events", s.handle(s.fresh(s.events)))
	}

	get("/v1/items/:sku", work.to(s.getSKU))
	get("/v1/sync", work.to(s.getSync))
	get("/v1/sync/check", orders.to(s.checkCentralView))
	group := s.opts.Projections
	engine.POST("/v1/sync", orders.to(s.order(s.ordered(s.sync))))
	engine.POST("/v1/sync/pause", orders.to(s.order(s.ordered(group.Pause))))
	engine.POST("/v1/sync/resume", orders.to(s.order(s.ordered(group.Resume))))
	engine.POST("/v1/sync/rebuild", orders.to(s.order(s.ordered(s.rebuild))))
	get("/v1/dead-letters", work.to(s.kept(s.listDeadLetters)))
	engine.POST("/v1/dead-letters/:id/redrive", orders.to(s.kept(s.redrive)))
	engine.DELETE("/v1/dead-letters/:id", orders.to(s.kept(s.deleteDeadLetter)))

	get("/v1/status", s.handle(s.status))
	get("/livez", s.handle(s.live))
	get("/readyz", s.handle(s.ready))
	if s.opts.Metrics != nil {
		engine.GET("/metrics", gin.WrapH(s.opts.Metrics))
	}
	get("/openapi.yaml", s.handle(s.openAPI))
	get("/problems/:code", s.handle(s.explainProblem))
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
