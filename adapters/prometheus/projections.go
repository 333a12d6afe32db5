package prometheus

import (
	"time"

	client "github.com/prometheus/client_golang/prometheus"

	"github.com/onhand/onhand/domain/event"
)

// Projection is the status of a projection. The limit of webhooks bounds the number of
// projections, and so the number of the label's values.
type Projection struct {
	Name        string
	Position    event.Position
	Lag         int64 // commits
	Behind      time.Duration
	State       string // "running", "paused" or "blocked"
	Retrying    int
	DeadLetters int
}

var (
	projected    = []string{"projection"}
	projPosition = client.NewDesc("onhand_projection_position", "Position that a projection has reached.", projected, nil)
	projLag      = client.NewDesc("onhand_projection_lag_commits", "Commits that a projection has not reached yet.",
		projected, nil)
	projBehind = client.NewDesc("onhand_projection_lag_seconds",
		"Age of the oldest commit that a projection has not reached yet.", projected, nil)
	projRunning = client.NewDesc("onhand_projection_state", "1 for the state that a projection is in, 0 for the others.",
		[]string{"projection", "state"}, nil)
	projRetrying = client.NewDesc("onhand_projection_retrying_streams",
		"Streams that are blocked by an event that the projection tries again.", projected, nil)
	projLetters    = client.NewDesc("onhand_dead_letters", "Dead letters: events that could not be handled and wait for an operator.", projected, nil)
	projStates     = []string{"running", "paused", "blocked"}
	allProjections = []*client.Desc{projPosition, projLag, projBehind, projRunning, projRetrying, projLetters}
)

func (p Projection) collect(to chan<- client.Metric) {
	gauge := func(d *client.Desc, value float64, labels ...string) {
		to <- client.MustNewConstMetric(d, client.GaugeValue, value, append([]string{p.Name}, labels...)...)
	}
	gauge(projPosition, float64(p.Position))
	gauge(projLag, float64(p.Lag))
	gauge(projBehind, p.Behind.Seconds())
	gauge(projRetrying, float64(p.Retrying))
	gauge(projLetters, float64(p.DeadLetters))
	for _, state := range projStates {
		gauge(projRunning, float64(flag(p.State == state)), state)
	}
}
