package httpapi

import (
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"time"

	"github.com/onhand/onhand/application/centralview"
	"github.com/onhand/onhand/application/indexing"
	"github.com/onhand/onhand/application/ledger"
	"github.com/onhand/onhand/application/projection"
	"github.com/onhand/onhand/application/snapshot"
	"github.com/onhand/onhand/application/subscription"
	"github.com/onhand/onhand/ports"
)

// Options configure the API. The zero value of a duration or limit is no limit; production
// code sets them all.
type Options struct {
	PublicURL           string // where clients find the service; begins the types of problems
	Version             string // of the build
	RequestTimeout      time.Duration
	ReadHeaderTimeout   time.Duration
	IdleTimeout         time.Duration
	Connections         ConnectionOptions
	IdempotencyRequired bool
	// PreconditionRequired refuses writes that do not say which version they build on.
	PreconditionRequired bool
	MaxReservationTTL    time.Duration          // longest time to a deadline; 0 is no maximum
	IdempotencyTTL       time.Duration          // for the status page
	NewID                ports.IDSource         // names requests, reservations and transfers
	Metrics              http.Handler           // serves /metrics; may be nil
	Snapshots            func() snapshot.Status // for the status page; may be nil
	Index                func() indexing.Status // the same
	Webhooks             *subscription.Manager  // serves /v1/webhooks
	Projections          *projection.Group      // serves /v1/sync and /v1/dead-letters
	Central              *centralview.Reader    // serves /v1/items
	DeadLetters          ports.DeadLetterStore  // serves /v1/dead-letters
	// Tables returns how full all tables are that answer limit-reached, given the status of the
	// store; nil is those of the store.
	Tables func(ports.StoreStatus) []ports.Table
	// Disk returns how much of the disk is free; nil is no disk. It is asked for each write, so it must
	// know the answer.
	Disk func() DiskStatus
	// IsLeader reports whether this process runs webhooks and keeps dead letters; nil is
	// always.
	IsLeader func() bool
	Feed     FeedOptions
	Rate     RateOptions
	// LogBudget bounds the bytes that the writes of each client add to the log, as Rate bounds requests.
	LogBudget RateOptions
	Browsers  BrowserOptions
	// Hosts are the names by which clients ask for the service, besides IP addresses and
	// localhost; nil or "*" is any.
	Hosts    []string
	Proxies  []netip.Prefix // the forwarding headers of these networks are believed
	LockHeld LockHeld
	Overload
	Log    func(*Record)  // is called for each request when it has ended; may be nil
	Report ports.Reporter // is told of errors of the HTTP server itself; may be nil
}

// What requests may take at most.
const (
	maxHeaderBytes = 16 << 10
	maxBodyBytes   = 1 << 20
	maxBatchBytes  = 8 << 20
)

// Server serves the API on a ledger and a store.
type Server struct {
	ledger    *ledger.Ledger
	store     ports.EventStore
	opts      Options
	problems  problems
	http      *http.Server
	traffic   traffic
	rate      *rateLimiter // nil for no limit
	log       logBudget
	followers *followers
	bodies    *bodyQuota

	connections *connections
}

// New makes a server that does not listen yet.
func New(l *ledger.Ledger, store ports.EventStore, opts Options) *Server {
	if opts.Log == nil {
		opts.Log = func(*Record) {}
	}
	if opts.Index == nil {
		opts.Index = func() indexing.Status { return indexing.Status{} }
	}
	if opts.Snapshots == nil {
		opts.Snapshots = func() snapshot.Status { return snapshot.Status{} }
	}
	if opts.Report == nil {
		opts.Report = func(ports.Incident) {}
	}
	if opts.Tables == nil {
		opts.Tables = func(store ports.StoreStatus) []ports.Table { return store.Tables }
	}
	if opts.Disk == nil {
		opts.Disk = func() DiskStatus { return DiskStatus{} }
	}
	if opts.IsLeader == nil {
		opts.IsLeader = func() bool { return true }
	}
	p := newProblems(opts.PublicURL, opts.LockHeld)
	s := &Server{
		ledger: l, store: store, opts: opts, problems: p, rate: newRateLimiter(opts.Rate, p, errRateLimited),
		log:       newLogBudget(opts.LogBudget, p),
		followers: newFollowers(opts.Feed), bodies: newBodyQuota(opts.BodyBytes),
		connections: newConnections(opts, p),
	}
	s.http = &http.Server{
		Handler:           s.routes(),
		ReadHeaderTimeout: opts.ReadHeaderTimeout,
		ReadTimeout:       opts.RequestTimeout,
		WriteTimeout:      2 * opts.RequestTimeout, // reading and working may each take all of it
		IdleTimeout:       opts.IdleTimeout,
		MaxHeaderBytes:    maxHeaderBytes,
		ErrorLog:          errorLog(opts.Report),
		ConnState:         s.connections.observe,
		ConnContext:       withConnection,
		// OPTIONS * is a request like any other: logged, limited and refused.
		DisableGeneralOptionsHandler: true,
	}
	return s
}

// Handler returns the API without a listener, for tests.
func (s *Server) Handler() http.Handler { return s.http.Handler }

// InFlight returns the number of requests under way.
func (s *Server) InFlight() int { return int(s.traffic.inFlight.Load()) }

// FeedStatus returns the state of the feed.
func (s *Server) FeedStatus() FeedStatus { return s.followers.status() }

// RateStatus returns the state of the rate limit.
func (s *Server) RateStatus() RateStatus { return s.rate.status() }

// LogBudgetStatus returns the state of the budget of bytes in the log.
func (s *Server) LogBudgetStatus() RateStatus { return s.log.status() }

// Serve answers requests on the listener until Shutdown; it then returns nil.
func (s *Server) Serve(listener net.Listener) error {
	s.connections.Listener = listener
	if err := s.http.Serve(s.connections); !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("serve HTTP: %w", err)
	}
	return nil
}
