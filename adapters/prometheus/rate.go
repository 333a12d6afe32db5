package prometheus

import client "github.com/prometheus/client_golang/prometheus"

// Rate is how the limit of requests for each client stands.
type Rate struct {
	Clients int   // whose requests are counted
	Limit   int   // of those; 0 if there is no limit of requests
	Refused int64 // requests
}

var (
	rateClients = client.NewDesc("onhand_rate_limit_clients", "Clients whose requests are counted, since they have not been silent for long.", nil, nil)
	rateLimit   = client.NewDesc("onhand_rate_limit_clients_limit", "Clients at which the one that was unseen for longest makes room.", nil, nil)
	rateRefused = client.NewDesc("onhand_rate_limit_refused_total", "Requests refused since their clients asked too often.", nil, nil)
)

func (r Rate) collect(to chan<- client.Metric) {
	to <- client.MustNewConstMetric(rateClients, client.GaugeValue, float64(r.Clients))
	to <- client.MustNewConstMetric(rateLimit, client.GaugeValue, float64(r.Limit))
	to <- client.MustNewConstMetric(rateRefused, client.CounterValue, float64(r.Refused))
}
