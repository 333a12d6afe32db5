package prometheus

import client "github.com/prometheus/client_golang/prometheus"

// Rate is the status of the rate limit.
type Rate struct {
	Clients int   // with a bucket
	Limit   int   // of clients; 0 if there is no rate limit
	Refused int64 // requests

	RefusedWrites int64 // by the budget of bytes in the log
}

var (
	rateClients = client.NewDesc("onhand_rate_limit_clients", "Clients whose requests the rate limit counts now.", nil, nil)
	rateLimit   = client.NewDesc("onhand_rate_limit_clients_limit", "Number of clients at which the rate limit forgets the least recently seen one.", nil, nil)
	rateRefused = client.NewDesc("onhand_rate_limit_refused_total", "Requests that the rate limit refused.", nil, nil)
	logRefused  = client.NewDesc("onhand_log_budget_refused_total", "Writes that were refused because their client had written too many bytes of the log.", nil, nil)
)

func (r Rate) collect(to chan<- client.Metric) {
	to <- client.MustNewConstMetric(rateClients, client.GaugeValue, float64(r.Clients))
	to <- client.MustNewConstMetric(rateLimit, client.GaugeValue, float64(r.Limit))
	to <- client.MustNewConstMetric(rateRefused, client.CounterValue, float64(r.Refused))
	to <- client.MustNewConstMetric(logRefused, client.CounterValue, float64(r.RefusedWrites))
}
