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
	DeadLetters          ports.DeadLetterStore  // behind /v1/dead-letters
	// Keeps tells whether webhooks and dead letters are this process's; nil is always.
	IsLeader func() bool
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
	rate     *rateLimiter // nil for no limit

	followers *followers
	bodies    *bodyQuota
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
	if opts.IsLeader == nil {
		opts.IsLeader = func() bool { return true }
	}
	s := &Server{ledger: l, store: store, opts: opts, problems: newProblems(opts.PublicURL, opts.LockHeld), followers: newFollowers(opts.Feed), bodies: newBodyQuota(opts.BodyBytes)}
	s.proxies, s.rate = newProxies(opts.Proxies), newRateLimiter(opts.Rate, s.problems)
	s.http = &http.Server{
		Handler:           s.routes(),
		ReadHeaderTimeout: opts.ReadHeaderTimeout,
		ReadTimeout:       opts.RequestTimeout,
		WriteTimeout:      2 * opts.RequestTimeout, // reading and working may each take all of it
		IdleTimeout:       opts.IdleTimeout,
		MaxHeaderBytes:    maxHeaderBytes,
		ErrorLog:          errorLog(opts.Report),
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

	work := s.newAdmission(s.opts.Work, s.opts.Breaker)
	urgent := work.urgently()
	orders, tests := s.newAdmission(s.opts.Control, nil), s.newAdmission(s.opts.Tests, nil) // may wait for receivers, whose faults are not the API's
	get := func(path string, handler gin.HandlerFunc) {
		engine.GET(path, handler)
		engine.HEAD(path, handler)
	}
	get("/v1/stores", work.admit(s.listStores))
	get("/v1/stores/:store/items", work.admit(s.listItems))
	get("/v1/stores/:store/items/:sku", work.admit(s.getItem))
	get("/v1/stores/:store/items/:sku/events", work.admit(s.itemHistory))
	get("/v1/stores/:store/items/:sku/explain", work.admit(s.explainItem))
	engine.POST("/v1/stores/:store/items/:sku/adjustments", work.admit(s.adjustStock))
	engine.PUT("/v1/stores/:store/items/:sku/count", work.admit(s.countStock))
	engine.POST("/v1/stores/:store/items/:sku/moves", work.admit(s.moveStock))
	engine.PUT("/v1/stores/:store/items/:sku/policy", work.admit(s.setPolicy))

	get("/v1/reservations", work.admit(s.listReservations))
	get("/v1/reservations/:id", work.admit(s.getReservation))
	engine.POST("/v1/reservations", work.admit(s.reserveStock))
	engine.PUT("/v1/reservations/:id", work.admit(s.reserveStock))
	engine.POST("/v1/reservations/:id/commit", urgent.admit(s.commitReservation))
	engine.POST("/v1/reservations/:id/release", urgent.admit(s.releaseReservation))
	engine.POST("/v1/reservations/:id/return", work.admit(s.returnReservation))
	engine.POST("/v1/reservations/:id/extend", work.admit(s.extendReservation))

	get("/v1/transfers", work.admit(s.listTransfers))
	get("/v1/transfers/:id", work.admit(s.getTransfer))
	engine.POST("/v1/transfers", work.admit(s.shipTransfer))
	engine.POST("/v1/transfers/:id/receive", work.admit(s.receiveTransfer))
	engine.POST("/v1/transfers/:id/cancel", work.admit(s.cancelTransfer))

	engine.POST("/v1/batch", work.admit(s.batch))

	get("/v1/webhooks", work.admit(s.leaderOnly(s.listWebhooks)))
	get("/v1/webhooks/:id", work.admit(s.leaderOnly(s.getWebhook)))
	engine.POST("/v1/webhooks", orders.admit(s.leaderOnly(s.createWebhook)))
	engine.DELETE("/v1/webhooks/:id", orders.admit(s.leaderOnly(s.deleteWebhook)))
	engine.POST("/v1/webhooks/:id/rotate-secret", orders.admit(s.leaderOnly(s.rotateSecret)))
	engine.POST("/v1/webhooks/:id/test", tests.admit(s.leaderOnly(s.testWebhook)))
	engine.POST("/v1/webhooks/:id/enable", orders.admit(s.leaderOnly(s.enableWebhook)))
	engine.POST("/v1/webhooks/:id/disable", orders.admit(s.leaderOnly(s.disableWebhook)))
	if s.opts.Feed.Tail != nil {
		get("/v1/events", s.handle(s.readBarrier(s.events)))
	}

	get("/v1/items/:sku", work.admit(s.getSKU))
	get("/v1/sync", work.admit(s.getSync))
	get("/v1/sync/check", orders.admit(s.checkCentralView))
	group := s.opts.Projections
	engine.POST("/v1/sync", orders.admit(s.control(s.leaderOnlyControl(s.sync))))
	engine.POST("/v1/sync/pause", orders.admit(s.control(s.leaderOnlyControl(group.Pause))))
	engine.POST("/v1/sync/resume", orders.admit(s.control(s.leaderOnlyControl(group.Resume))))
	engine.POST("/v1/sync/rebuild", orders.admit(s.control(s.leaderOnlyControl(s.rebuild))))
	get("/v1/dead-letters", work.admit(s.leaderOnly(s.listDeadLetters)))
	engine.POST("/v1/dead-letters/:id/redrive", orders.admit(s.leaderOnly(s.redrive)))
	engine.DELETE("/v1/dead-letters/:id", orders.admit(s.leaderOnly(s.deleteDeadLetter)))

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
