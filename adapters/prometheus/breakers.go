package prometheus

import (
	client "github.com/prometheus/client_golang/prometheus"

	"github.com/onhand/onhand/ports"
)

var (
	guarded        = []string{"breaker"}
	breakerState   = client.NewDesc("onhand_breaker_state", "State of a circuit breaker: 0 closed (it runs calls), 1 half-open (it runs one probe at a time), 2 open (it refuses calls).", guarded, nil)
	breakerRefused = client.NewDesc("onhand_breaker_refused_total", "Calls that a circuit breaker refused.", guarded, nil)
	breakerFaults  = client.NewDesc("onhand_breaker_faults_total", "Calls that failed because of a fault of the dependency that a circuit breaker guards.", guarded, nil)
	breakerDropped = client.NewDesc("onhand_breaker_dropped_total", "Outcomes that a circuit breaker dropped because it could not count them in time.", guarded, nil)
)

// WatchBreakers adds the metrics of circuit breakers, read at each scrape. Their names are
// values of a label, so there must be few.
func (m *Metrics) WatchBreakers(status func() []ports.BreakerStatus) {
	m.registry.MustRegister(breakers(status))
}

type breakers func() []ports.BreakerStatus

// Describe implements client.Collector.
func (breakers) Describe(to chan<- *client.Desc) {
	for _, d := range []*client.Desc{breakerState, breakerRefused, breakerFaults, breakerDropped} {
		to <- d
	}
}

// Collect implements client.Collector.
func (b breakers) Collect(to chan<- client.Metric) {
	states := map[ports.BreakerState]float64{ports.BreakerClosed: 0, ports.BreakerHalfOpen: 1, ports.BreakerOpen: 2}
	for _, s := range b() {
		to <- client.MustNewConstMetric(breakerState, client.GaugeValue, states[s.State], s.Name)
		to <- client.MustNewConstMetric(breakerRefused, client.CounterValue, float64(s.Refused), s.Name)
		to <- client.MustNewConstMetric(breakerFaults, client.CounterValue, float64(s.Faults), s.Name)
		to <- client.MustNewConstMetric(breakerDropped, client.CounterValue, float64(s.Dropped), s.Name)
	}
}
