package prometheus

import (
	"slices"
	"time"

	client "github.com/prometheus/client_golang/prometheus"

	"github.com/onhand/onhand/domain/event"
	"github.com/onhand/onhand/ports"
)

// Sources return the values of gauges at the time of a scrape.
type Sources struct {
	Store        func() (ports.StoreStatus, error)
	Items        func() int
	Reservations func() int           // open ones
	Transfers    func() int           // open ones
	ClockLead    func() time.Duration // of log time before the wall clock
	Waiting      func() int           // commands at work or waiting
	InFlight     func() int           // requests
	Snapshots    func() Snapshots
	Index        func() Index
	Feed         func() Feed
	Projections  func() []Projection
	Caches       func() []ports.CacheStatus
	Bulkheads    func() []ports.BulkheadStatus
	Rate         func() Rate
	Disk         func() Disk
	Tables       func(ports.StoreStatus) []ports.Table // all, given those of the store
}

// Snapshots is the status of snapshots.
type Snapshots struct {
	Position event.Position // of the newest, 0 if there is none yet
	At       time.Time      // time of the newest, zero if an earlier process took it
	Took     time.Duration
	Bytes    int64
	Failures int // since the process began
}

var (
	inFlight     = client.NewDesc("onhand_http_requests_in_flight", "Requests in flight.", nil, nil)
	waiting      = client.NewDesc("onhand_commands_waiting", "Commands at work or waiting in the per-key queues.", nil, nil)
	items        = client.NewDesc("onhand_items", "Items that exist.", nil, nil)
	reservations = client.NewDesc("onhand_reservations_open", "Reservations that hold units.", nil, nil)
	transfers    = client.NewDesc("onhand_transfers_open", "Transfers with units in transit.", nil, nil)
	position     = client.NewDesc("onhand_log_position", "Position of the last durable commit.", nil, nil)
	clockLead    = client.NewDesc("onhand_clock_lead_seconds", "Seconds by which log time is ahead of the wall clock.", nil, nil)
	logEvents    = client.NewDesc("onhand_log_events", "Events in the log.", nil, nil)
	logBytes     = client.NewDesc("onhand_log_bytes", "Size of the log in bytes.", nil, nil)
	snapPosition = client.NewDesc("onhand_snapshot_position", "Position of the newest snapshot.", nil, nil)
	snapBytes    = client.NewDesc("onhand_snapshot_bytes", "Size of the newest snapshot in bytes.", nil, nil)
	snapTime     = client.NewDesc("onhand_snapshot_timestamp_seconds", "Time of the newest snapshot in seconds since 1970; 0 if this process took none.", nil, nil)
	snapTook     = client.NewDesc("onhand_snapshot_duration_seconds", "Duration of the newest snapshot, pauses included.", nil, nil)
	snapFailures = client.NewDesc("onhand_snapshot_failures_total", "Snapshots that failed.", nil, nil)
	readOnly     = client.NewDesc("onhand_storage_read_only", "1 while the store refuses writes because the disk is full.", nil, nil)
	failed       = client.NewDesc("onhand_storage_failed", "1 after the store failed; only a restart ends that.", nil, nil)
	queued       = client.NewDesc("onhand_storage_queued_commits", "Commits that wait for the next group commit.", nil, nil)
	entries      = client.NewDesc("onhand_table_entries", "Entries of a table with a limit.", []string{"table"}, nil)
	limit        = client.NewDesc("onhand_table_entries_limit", "Number of entries at which a table refuses more.",
		[]string{"table"}, nil)
)

// Watch adds gauges that are read at each scrape.
func (m *Metrics) Watch(s Sources) { m.registry.MustRegister(watch(s)) }

type watch Sources

// Describe implements client.Collector.
func (watch) Describe(to chan<- *client.Desc) {
	for _, d := range slices.Concat(allProjections, allCaches, allBulkheads, allIndex, []*client.Desc{
		inFlight, waiting, items, reservations, transfers, position, logEvents, logBytes, readOnly, failed, queued, entries,
		limit, clockLead,
		snapPosition, snapBytes, snapTime, snapTook, snapFailures,
		feedFollowers, feedLimit, feedCutOff, feedSent, feedBytes, feedBudget, feedWaited,
		rateClients, rateLimit, rateRefused, logRefused, diskFree, diskReserve,
	}) {
		to <- d
	}
}

// Collect implements client.Collector.
func (w watch) Collect(to chan<- client.Metric) {
	gauge := func(d *client.Desc, value int64, labels ...string) {
		to <- client.MustNewConstMetric(d, client.GaugeValue, float64(value), labels...)
	}
	gauge(inFlight, int64(w.InFlight()))
	gauge(waiting, int64(w.Waiting()))
	to <- client.MustNewConstMetric(clockLead, client.GaugeValue, w.ClockLead().Seconds())
	gauge(items, int64(w.Items()))
	gauge(reservations, int64(w.Reservations()))
	gauge(transfers, int64(w.Transfers()))
	store, err := w.Store()
	if err == nil { // else the gauges of the store are absent
		gauge(position, int64(store.Position))
		gauge(logEvents, store.Events)
		gauge(logBytes, store.Details.Bytes)
		gauge(readOnly, flag(store.ReadOnly))
		gauge(failed, flag(store.Failed))
		gauge(queued, int64(store.Queued))
	}
	for _, t := range w.Tables(store) {
		gauge(entries, int64(t.Entries), t.Name)
		if t.Limit > 0 {
			gauge(limit, int64(t.Limit), t.Name)
		}
	}
	w.snapshots(to, w.Snapshots())
	w.Index().collect(to)
	w.Feed().collect(to)
	w.Rate().collect(to)
	w.Disk().collect(to)
	for _, p := range w.Projections() {
		p.collect(to)
	}
	for _, c := range w.Caches() {
		collectCache(c, to)
	}
	for _, b := range w.Bulkheads() {
		collectBulkhead(b, to)
	}
}

func (watch) snapshots(to chan<- client.Metric, s Snapshots) {
	value := func(d *client.Desc, kind client.ValueType, v float64) { to <- client.MustNewConstMetric(d, kind, v) }
	value(snapPosition, client.GaugeValue, float64(s.Position))
	value(snapBytes, client.GaugeValue, float64(s.Bytes))
	taken := 0.0
	if !s.At.IsZero() {
		taken = float64(s.At.UnixMilli()) / 1000
	}
	value(snapTime, client.GaugeValue, taken)
	value(snapTook, client.GaugeValue, s.Took.Seconds())
	value(snapFailures, client.CounterValue, float64(s.Failures))
}

func flag(set bool) int64 {
	if set {
		return 1
	}
	return 0
}
