package prometheus

import (
	"net/http"
	"runtime"
	"strconv"
	"sync"
	"time"

	client "github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/onhand/onhand/domain/stock"
)

// Metrics are the service's counters and histograms. New creates them. Their methods may be
// called concurrently.
type Metrics struct {
	registry *client.Registry

	kinds    sync.Map // of *kind by kindKey
	requests *client.CounterVec
	latency  *client.HistogramVec
	problems *client.CounterVec
	replays  client.Counter
	dryRuns  client.Counter

	events   *client.CounterVec
	adjusted *client.CounterVec
	moved    *client.CounterVec
	promised *client.CounterVec

	groupSize  client.Histogram
	groupBytes client.Histogram
	syncs      client.Histogram
}

// New creates metrics in a registry of their own, with those of the process and the Go runtime.
func New(version string) *Metrics {
	m := &Metrics{
		registry: client.NewRegistry(),
		requests: counters("onhand_http_requests_total", "Requests that the service answered.", "method", "route", "status"),
		latency: client.NewHistogramVec(client.HistogramOpts{
			Name:    "onhand_http_request_duration_seconds",
			Help:    "Time from the end of a request's headers to the end of its answer.",
			Buckets: []float64{.0005, .001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 10},
		}, []string{"method", "route"}),
		problems: counters("onhand_problems_total", "Answers with a problem document: refusals, conflicts, overload and faults.", "code"),
		replays:  counter("onhand_idempotent_replays_total", "Requests answered with the stored outcome of an earlier request under the same idempotency key."),
		dryRuns:  counter("onhand_dry_runs_total", "Commands decided as dry runs, without effect."),
		events:   counters("onhand_events_total", "Events that became durable.", "type"),
		adjusted: counters("onhand_adjusted_units_total", "Units added or removed by adjustments and counts.", "direction"),
		moved:    counters("onhand_moved_units_total", "Units moved from one state to another.", "from", "to"),
		promised: counters("onhand_reservation_units_total", "Units reserved, committed, released, expired and returned.", "what"),
		groupSize: client.NewHistogram(client.HistogramOpts{
			Name: "onhand_group_commit_commits", Help: "Commits written and synced together.",
			Buckets: client.ExponentialBuckets(1, 2, 10),
		}),
		groupBytes: client.NewHistogram(client.HistogramOpts{
			Name: "onhand_group_commit_bytes", Help: "Bytes written and synced together.",
			Buckets: client.ExponentialBuckets(512, 4, 8),
		}),
		syncs: client.NewHistogram(client.HistogramOpts{
			Name: "onhand_log_sync_duration_seconds", Help: "Duration of one write and sync of the log.",
			Buckets: client.ExponentialBuckets(.0001, 2, 14),
		}),
	}
	build := client.NewGauge(client.GaugeOpts{
		Name: "onhand_build_info", Help: "Build information; the value is always 1.",
		ConstLabels: client.Labels{"version": version, "goversion": runtime.Version()},
	})
	build.Set(1)
	m.registry.MustRegister(
		m.requests, m.latency, m.problems, m.replays, m.dryRuns, m.events, m.adjusted, m.moved, m.promised,
		m.groupSize, m.groupBytes, m.syncs, build,
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}),
	)
	return m
}

func counters(name, help string, labels ...string) *client.CounterVec {
	return client.NewCounterVec(client.CounterOpts{Name: name, Help: help}, labels)
}

func counter(name, help string) client.Counter {
	return client.NewCounter(client.CounterOpts{Name: name, Help: help})
}

// Handler serves the metrics.
func (m *Metrics) Handler() http.Handler {
	return newScrapes(promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{}))
}

// Request is one finished request.
type Request struct {
	Method   string
	Route    string // the pattern; empty if no route matched
	Status   int
	Code     string // of the problem, empty for none
	Duration time.Duration
	Replayed bool
	DryRun   bool
	// ClientGone: the client left before the answer, which is not a fault of the service.
	ClientGone bool
}

// statusClientGone is the status label of such requests.
const statusClientGone = 499

// Request counts a request.
func (m *Metrics) Request(r Request) {
	if r.Route == "" {
		r.Route = "none"
	}
	switch r.Method {
	case http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete,
		http.MethodOptions:
	default:
		r.Method = "other"
	}
	if r.ClientGone {
		r.Status, r.Code = statusClientGone, ""
	}
	kind := m.kind(r)
	kind.count.Inc()
	kind.latency.Observe(r.Duration.Seconds())
	if r.Code != "" {
		m.problems.WithLabelValues(r.Code).Inc()
	}
	if r.Replayed {
		m.replays.Inc()
	}
	if r.DryRun {
		m.dryRuns.Inc()
	}
}

// kindKey is a kind of request. Their number is bounded by the routes, methods and statuses.
type kindKey struct {
	method, route string
	status        int
}

type kind struct {
	count   client.Counter
	latency client.Observer
}

// kind returns the metrics of a kind of request. To look up its labels for every request
// would cost three times as much.
func (m *Metrics) kind(r Request) *kind {
	key := kindKey{r.Method, r.Route, r.Status}
	if known, ok := m.kinds.Load(key); ok {
		return known.(*kind)
	}
	made, _ := m.kinds.LoadOrStore(key, &kind{
		count:   m.requests.WithLabelValues(r.Method, r.Route, strconv.Itoa(r.Status)),
		latency: m.latency.WithLabelValues(r.Method, r.Route),
	})
	return made.(*kind)
}

// GroupCommit measures one group commit.
func (m *Metrics) GroupCommit(commits, bytes int, took time.Duration) {
	m.groupSize.Observe(float64(commits))
	m.groupBytes.Observe(float64(bytes))
	m.syncs.Observe(took.Seconds())
}

// Published counts events that became durable.
func (m *Metrics) Published(events []stock.Event) {
	for _, e := range events {
		m.events.WithLabelValues(string(e.Change.Type())).Inc()
		switch c := e.Change.(type) {
		case stock.Adjusted:
			m.adjust(c.Delta)
		case stock.Counted:
			m.adjust(c.OnHand - c.Previous)
		case stock.Moved:
			m.moved.WithLabelValues(string(c.From), string(c.To)).Add(float64(c.Quantity))
		default:
			m.promise(c)
		}
	}
}

// promise counts units that are reserved, committed, released, expired or returned. A hold
// that replaces another one releases its units.
func (m *Metrics) promise(c stock.Change) {
	add := func(what string, units int64) { m.promised.WithLabelValues(what).Add(float64(units)) }
	switch c := c.(type) {
	case stock.Reserved:
		add("reserved", c.Quantity)
		if c.Replaces != nil {
			add("released", c.Replaces.Quantity)
		}
	case stock.Committed:
		add("committed", c.Quantity)
	case stock.Released:
		add("released", c.Quantity)
	case stock.Expired:
		add("expired", c.Quantity)
	case stock.Returned:
		if c.ReservationID != "" {
			add("returned", c.Quantity)
		}
	}
}

func (m *Metrics) adjust(delta int64) {
	switch {
	case delta > 0:
		m.adjusted.WithLabelValues("in").Add(float64(delta))
	case delta < 0:
		m.adjusted.WithLabelValues("out").Add(float64(-delta))
	}
}
