package prometheus

import (
	client "github.com/prometheus/client_golang/prometheus"

	"github.com/onhand/onhand/ports"
)

// Sources say how things stand when they are asked.
type Sources struct {
	Store        func() ports.StoreStatus
	Items        func() int
	Reservations func() int // open ones
	Transfers    func() int // open ones
	Waiting      func() int // commands at work or waiting
	InFlight     func() int // requests
}

var (
	inFlight     = client.NewDesc("onhand_http_requests_in_flight", "Requests under way.", nil, nil)
	waiting      = client.NewDesc("onhand_commands_waiting", "Commands at work or waiting in the lanes.", nil, nil)
	items        = client.NewDesc("onhand_items", "Items that exist.", nil, nil)
	reservations = client.NewDesc("onhand_reservations_open", "Reservations that hold units.", nil, nil)
	transfers    = client.NewDesc("onhand_transfers_open", "Transfers with units on their way.", nil, nil)
	position     = client.NewDesc("onhand_log_position", "Position of the last durable commit.", nil, nil)
	readOnly     = client.NewDesc("onhand_storage_read_only", "1 while the store takes no writes for want of room.", nil, nil)
	failed       = client.NewDesc("onhand_storage_failed", "1 when the store has failed until a restart.", nil, nil)
	queued       = client.NewDesc("onhand_storage_queued_commits", "Commits that wait for the next group commit.", nil, nil)
	entries      = client.NewDesc("onhand_table_entries", "Entries of a bounded table in memory.", []string{"table"}, nil)
	limit        = client.NewDesc("onhand_table_entries_limit", "Entries at which a table takes no more.", []string{"table"}, nil)
)

// Watch adds gauges that are read at each scrape.
func (m *Metrics) Watch(s Sources) { m.registry.MustRegister(watch(s)) }

type watch Sources

// Describe implements client.Collector.
func (watch) Describe(to chan<- *client.Desc) {
	for _, d := range []*client.Desc{inFlight, waiting, items, reservations, transfers, position, readOnly, failed, queued, entries, limit} {
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
	gauge(items, int64(w.Items()))
	gauge(reservations, int64(w.Reservations()))
	gauge(transfers, int64(w.Transfers()))
	store := w.Store()
	gauge(position, int64(store.Position))
	gauge(readOnly, flag(store.ReadOnly))
	gauge(failed, flag(store.Failed))
	gauge(queued, int64(store.Queued))
	for _, t := range store.Tables {
		gauge(entries, int64(t.Entries), t.Name)
		gauge(limit, int64(t.Limit), t.Name)
	}
}

func flag(set bool) int64 {
	if set {
		return 1
	}
	return 0
}
