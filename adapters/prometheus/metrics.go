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

// Metrics are the service's counters and histograms. Make them with New. All
// methods may be called at the same time.
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

// New makes metrics in a registry of their own, with those of the process and
// the Go runtime.
func New(version string) *Metrics {
	m := &Metrics{
		registry: client.NewRegistry(),
		requests: counters("onhand_http_requests_total", "Requests answered.", "method", "route", "status"),
		latency: client.NewHistogramVec(client.HistogramOpts{
			Name:    "onhand_http_request_duration_seconds",
			Help:    "Time from a request's headers to the end of its answer.",
			Buckets: []float64{.0005, .001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 10},
		}, []string{"method", "route"}),
		problems: counters("onhand_problems_total", "Problems answered: refusals, conflicts, overload and faults.", "code"),
		replays:  counter("onhand_idempotent_replays_total", "Requests answered with the outcome of an earlier one under the same key."),
		dryRuns:  counter("onhand_dry_runs_total", "Commands judged without effect."),
		events:   counters("onhand_events_total", "Events recorded.", "type"),
		adjusted: counters("onhand_adjusted_units_total", "Units added or taken by adjustments and counts.", "direction"),
		moved:    counters("onhand_moved_units_total", "Units moved from one state into another.", "from", "to"),
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
			Name: "onhand_log_sync_duration_seconds", Help: "Time of one write and sync of the log.",
			Buckets: client.ExponentialBuckets(.0001, 2, 14),
		}),
	}
	build := client.NewGauge(client.GaugeOpts{
		Name: "onhand_build_info", Help: "The build, always 1.",
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
	return promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{})
}

// Request is one request that is over.
type Request struct {
	Method   string
	Route    string // the pattern; empty if none matched
	Status   int
	Code     string // of the problem, empty for none
	Duration time.Duration
	Replayed bool
	DryRun   bool
	// ClientGone: the client left before the answer, which is nobody's fault.
	ClientGone bool
}

// statusClientGone is the status that such requests are counted under.
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

// kindKey is a kind of request, of which there are as many as routes, methods and
// statuses.
type kindKey struct {
	method, route string
	status        int
}

type kind struct {
	count   client.Counter
	latency client.Observer
}

// kind is where a request is counted. Looking its labels up anew for every
// request would cost three times as much.
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

// promise counts what becomes of promised units. A hold that replaces another
// releases that.
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
