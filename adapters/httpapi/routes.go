package httpapi

import (
	"errors"
	"net/http"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/onhand/onhand/adapters/internal/cloudevent"
	"github.com/onhand/onhand/application/command"
	"github.com/onhand/onhand/ports"
)

var (
	errRouteNotFound    = errors.New("the path is not a route of this API: write a slash in a SKU as %2F")
	errMethodNotAllowed = errors.New("the route does not support this method: the header Allow lists its methods")
)

// router adds routes to the engine, each with the admission of its kind.
type router struct {
	*gin.Engine
	commands     commands
	source       string // of events
	leader       leadership
	work, urgent *admission // of writes
	// reads admits reads of one thing, lists requests that visit many. A read has no breaker:
	// a fault of the log opens the breaker around the log's files.
	reads, lists *admission
	// control and tests may wait for receivers of events. The faults of those are not the
	// API's, so there is no breaker.
	control, tests *admission
}

func (r *router) get(path string, handler gin.HandlerFunc) {
	r.GET(path, handler)
	r.HEAD(path, handler)
}

// routes assembles the API.
func (s *Server) routes() http.Handler {
	calls := callReader{s.opts.NewID, s.opts.IdempotencyRequired, s.opts.PreconditionRequired, s.opts.Disk}
	rules := command.Rules{Names: s.ledger.Names(), MaxTTL: int64(s.opts.MaxReservationTTL / time.Second)}
	r := &router{
		Engine:   s.engine(),
		commands: commands{ledger: s.ledger, calls: calls, rules: rules, log: s.log},
		source:   cloudevent.Source(s.opts.PublicURL),
		leader:   s.opts.IsLeader,
		work:     s.newAdmission(s.opts.Work, s.opts.Breaker).budgeted(s.log),
		reads:    s.newAdmission(s.opts.Reads, nil).charging(s.rate),
		lists:    s.newAdmission(s.opts.Lists, nil).charging(s.rate),
		control:  s.newAdmission(s.opts.Control, nil),
		tests:    s.newAdmission(s.opts.Tests, nil),
	}
	r.urgent = r.work.urgently()
	s.routeItems(r)
	s.routeReservations(r)
	s.routeWebhooks(r)
	s.routeProjections(r)
	s.routeFeed(r)
	s.routeOperations(r)
	return r.Engine
}

// engine makes the engine without routes, with what every request passes.
func (s *Server) engine() *gin.Engine {
	gin.SetMode(gin.ReleaseMode)
	engine := gin.New()
	engine.UseEscapedPath, engine.UnescapePathValues = true, false // a SKU may have slashes and pluses
	engine.RedirectTrailingSlash = false
	engine.HandleMethodNotAllowed = true
	if err := engine.SetTrustedProxies(nil); err != nil { // see client_address.go
		panic(err) // cannot happen: nil is always valid
	}
	engine.Use(s.newObserver().observe, s.problems.recoverPanics, secureHeaders(s.opts.Browsers))
	engine.Use(s.connections.limitCrowd(s.problems))
	if origins := s.opts.Browsers.Origins; len(origins) > 0 {
		engine.Use(allowOrigins(origins))
	}
	if s.rate != nil {
		engine.Use(s.rate.limit, newMonitoringLimiter(s.opts.Rate, s.problems).limitMonitoring)
	}
	engine.Use(guardSites(s.opts, s.problems))
	engine.NoRoute(s.problems.handle(func(*gin.Context) error { return errRouteNotFound }))
	engine.NoMethod(s.problems.handle(func(*gin.Context) error { return errMethodNotAllowed }))
	return engine
}

func (s *Server) newObserver() *observer {
	return &observer{
		traffic: &s.traffic, proxies: newTrustedProxies(s.opts.Proxies), bodies: s.bodies, waits: s.opts.Waits,
		waiting: newShares(s.opts.Feed.MaxPerClient), timeout: s.opts.RequestTimeout, newID: s.opts.NewID, log: s.opts.Log,
	}
}

func (s *Server) newAdmission(bulkhead ports.Bulkhead, breaker ports.Breaker) *admission {
	return newAdmission(s.problems, readBarrier{s.ledger}, s.opts.RequestTimeout, bulkhead, breaker)
}

func (s *Server) routeItems(r *router) {
	stores := stores{s.ledger}
	r.get("/v1/stores", r.lists.admit(stores.listStores))
	items := items{commands: r.commands, store: s.store, source: r.source}
	r.get("/v1/stores/:store/items", r.lists.admit(items.listItems))
	r.get("/v1/items", r.lists.admit(items.listAllItems))
	r.get("/v1/stores/:store/items/:sku", r.reads.admit(items.getItem))
	r.get("/v1/stores/:store/items/:sku/events", r.lists.admit(items.itemHistory))
	r.get("/v1/stores/:store/items/:sku/explain", r.lists.admit(items.explainItem))
	r.POST("/v1/stores/:store/items/:sku/adjustments", r.work.admit(items.adjustStock))
	r.PUT("/v1/stores/:store/items/:sku/count", r.work.admit(items.countStock))
	r.POST("/v1/stores/:store/items/:sku/moves", r.work.admit(items.moveStock))
	r.PUT("/v1/stores/:store/items/:sku/policy", r.work.admit(items.setPolicy))
	batches := batches{r.commands, s.problems}
	r.POST("/v1/batch", r.work.admit(batches.runBatch))
	view := centralView{s.opts.Central, r.commands.rules.Names}
	r.get("/v1/items/:sku", r.reads.admit(view.getSKU))
	r.get("/v1/sync/check", r.control.charging(s.rate).admit(view.check))
}

func (s *Server) routeReservations(r *router) {
	reservations := reservations{commands: r.commands, store: s.store}
	r.get("/v1/reservations", r.lists.admit(reservations.listReservations))
	r.get("/v1/reservations/:id", r.reads.admit(reservations.getReservation))
	r.POST("/v1/reservations", r.work.admit(reservations.reserveStock))
	r.PUT("/v1/reservations/:id", r.work.admit(reservations.reserveStock))
	r.POST("/v1/reservations/:id/commit", r.urgent.admit(reservations.commitReservation))
	r.POST("/v1/reservations/:id/release", r.urgent.admit(reservations.releaseReservation))
	r.POST("/v1/reservations/:id/return", r.work.admit(reservations.returnReservation))
	r.POST("/v1/reservations/:id/extend", r.work.admit(reservations.extendReservation))
	transfers := transfers{r.commands}
	r.get("/v1/transfers", r.lists.admit(transfers.listTransfers))
	r.get("/v1/transfers/:id", r.reads.admit(transfers.getTransfer))
	r.POST("/v1/transfers", r.work.admit(transfers.shipTransfer))
	r.POST("/v1/transfers/:id/receive", r.work.admit(transfers.receiveTransfer))
	r.POST("/v1/transfers/:id/cancel", r.work.admit(transfers.cancelTransfer))
}

func (s *Server) routeWebhooks(r *router) {
	webhooks := webhooks{manager: s.opts.Webhooks, calls: r.commands.calls}
	r.get("/v1/webhooks", r.lists.admit(r.leader.only(webhooks.listWebhooks)))
	r.get("/v1/webhooks/:id", r.reads.admit(r.leader.only(webhooks.getWebhook)))
	r.POST("/v1/webhooks", r.control.admit(r.leader.only(webhooks.createWebhook)))
	r.DELETE("/v1/webhooks/:id", r.control.admit(r.leader.only(webhooks.deleteWebhook)))
	r.POST("/v1/webhooks/:id/rotate-secret", r.control.admit(r.leader.only(webhooks.rotateSecret)))
	r.POST("/v1/webhooks/:id/test", r.tests.admit(r.leader.only(webhooks.testWebhook)))
	r.POST("/v1/webhooks/:id/enable", r.control.admit(r.leader.only(webhooks.enableWebhook)))
	r.POST("/v1/webhooks/:id/disable", r.control.admit(r.leader.only(webhooks.disableWebhook)))
}

func (s *Server) routeProjections(r *router) {
	projections := projections{group: s.opts.Projections, isLeader: r.leader}
	r.get("/v1/sync", r.reads.admit(projections.getSync))
	r.POST("/v1/sync", r.control.admit(projections.handle(projections.sync)))
	r.POST("/v1/sync/pause", r.control.admit(projections.handle(projections.pause)))
	r.POST("/v1/sync/resume", r.control.admit(projections.handle(projections.resume)))
	r.POST("/v1/sync/rebuild", r.control.admit(projections.handle(projections.rebuild)))
	letters := deadLetters{store: s.opts.DeadLetters, projections: s.opts.Projections, source: r.source}
	r.get("/v1/dead-letters", r.lists.admit(r.leader.only(letters.listDeadLetters)))
	r.POST("/v1/dead-letters/:id/redrive", r.control.admit(r.leader.only(letters.redrive)))
	r.DELETE("/v1/dead-letters/:id", r.control.admit(r.leader.only(letters.discard)))
}

// routeFeed adds the feed. It passes the bulkheads by: it has a limit of its own.
func (s *Server) routeFeed(r *router) {
	if s.opts.Feed.Tail == nil {
		return
	}
	events := &events{
		store: s.store, tail: s.opts.Feed.Tail, followers: s.followers, traffic: &s.traffic,
		pages: s.opts.Pages, timeout: s.opts.RequestTimeout, names: r.commands.rules.Names,
	}
	r.get("/v1/events", s.problems.handle(readBarrier{s.ledger}.before(events.getEvents)))
}

// routeOperations adds what operators and their tools ask, which no overload keeps out.
func (s *Server) routeOperations(r *router) {
	status := statusPage{
		store: s.store, ledger: s.ledger, traffic: &s.traffic, rate: s.rate, log: s.log, followers: s.followers, opts: s.opts,
		connections: s.connections,
	}
	r.get("/v1/status", s.problems.handle(status.getStatus))
	health := health{
		store: s.store, traffic: &s.traffic, overload: s.opts.Overload, tables: s.opts.Tables, disk: s.opts.Disk,
	}
	r.get("/livez", s.problems.handle(health.live))
	r.get("/readyz", s.problems.handle(health.ready))
	if s.opts.Metrics != nil {
		r.GET("/metrics", gin.WrapH(s.opts.Metrics))
	}
	documents := documents{s.problems}
	r.get("/openapi.yaml", s.problems.handle(documents.openAPI))
	r.get("/problems/:code", s.problems.handle(documents.explainProblem))
}
