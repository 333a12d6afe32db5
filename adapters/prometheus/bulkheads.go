package prometheus

import (
	client "github.com/prometheus/client_golang/prometheus"

	"github.com/onhand/onhand/ports"
)

var (
	bulkheadInUse = client.NewDesc("onhand_bulkhead_in_use", "Places of a bulkhead that are taken.",
		[]string{"bulkhead"}, nil)
	bulkheadLimit   = client.NewDesc("onhand_bulkhead_limit", "Places of a bulkhead.", []string{"bulkhead"}, nil)
	bulkheadWaiting = client.NewDesc("onhand_bulkhead_waiting", "Who waits for a place of a bulkhead.",
		[]string{"bulkhead"}, nil)
	bulkheadRoom = client.NewDesc("onhand_bulkhead_waiting_limit",
		"Who may wait for a place of a bulkhead; a share is kept for the urgent.", []string{"bulkhead"}, nil)
	bulkheadShed = client.NewDesc("onhand_bulkhead_shed_total",
		"Turned away, since the places of a bulkhead and its waiting room were taken.", []string{"bulkhead"}, nil)

	allBulkheads = []*client.Desc{bulkheadInUse, bulkheadLimit, bulkheadWaiting, bulkheadRoom, bulkheadShed}
)

// collectBulkhead tells how a bulkhead stands. Their names are fixed.
func collectBulkhead(b ports.BulkheadStatus, to chan<- client.Metric) {
	gauge := func(d *client.Desc, value int) {
		to <- client.MustNewConstMetric(d, client.GaugeValue, float64(value), b.Name)
	}
	gauge(bulkheadInUse, b.InUse)
	gauge(bulkheadLimit, b.Limit)
	gauge(bulkheadWaiting, b.Waiting)
	gauge(bulkheadRoom, b.WaitingLimit)
	to <- client.MustNewConstMetric(bulkheadShed, client.CounterValue, float64(b.Shed), b.Name)
}
