package prometheus

import (
	client "github.com/prometheus/client_golang/prometheus"

	"github.com/onhand/onhand/ports"
)

var (
	bulkheadInUse = client.NewDesc("onhand_bulkhead_in_use", "Permits of a bulkhead that callers hold.",
		[]string{"bulkhead"}, nil)
	bulkheadLimit   = client.NewDesc("onhand_bulkhead_limit", "Permits of a bulkhead.", []string{"bulkhead"}, nil)
	bulkheadWaiting = client.NewDesc("onhand_bulkhead_waiting", "Callers that wait for a permit of a bulkhead.",
		[]string{"bulkhead"}, nil)
	bulkheadRoom = client.NewDesc("onhand_bulkhead_waiting_limit",
		"Callers that may wait for a permit of a bulkhead; the last share is reserved for urgent ones.", []string{"bulkhead"}, nil)
	bulkheadShed = client.NewDesc("onhand_bulkhead_shed_total",
		"Callers that a bulkhead refused because its waiting room was full.", []string{"bulkhead"}, nil)

	allBulkheads = []*client.Desc{bulkheadInUse, bulkheadLimit, bulkheadWaiting, bulkheadRoom, bulkheadShed}
)

// collectBulkhead sends the metrics of one bulkhead. Names of bulkheads are fixed.
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
