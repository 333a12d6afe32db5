package main

import (
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"sync/atomic"
	"time"
)

// overload is a service that is asked for more than it can do.
type overload struct {
	server   *server
	requests [][]byte
	capacity []float64 // what a closed loop gave, round by round
	shed     atomic.Int64
	offered  int64
	from     *rand.Rand
}

// The service's own limits in these measurements, and how many connections the
// requests have: many more than it lets in, so that it has to shed.
const (
	overloadPlaces      = 16
	overloadRoom        = 128
	overloadConnections = 1024
)

// openOverload measures the rest of the capacity when twice as much is asked
// for, at times that do not depend on the answers.
func openOverload(b *bench, at *site) ([]row, error) {
	prefix, shared, err := apart(at)
	if err != nil {
		return nil, err
	}
	onhand, err := b.onhandBy(prefix, at.dir, filepath.Join(at.dir, "data"),
		fmt.Sprint("CONCURRENCY_API=", overloadPlaces), fmt.Sprint("LOAD_SHED_QUEUE_MAX=", overloadRoom))
	if err != nil {
		return nil, err
	}
	at.atEnd(func() { _ = onhand.stop() })
	if shared == "" {
		shared = "The service has one processor, the load another"
	}
	at.note("%s. %d requests at work, %d waiting; %d connections. Rows count no shed requests.",
		shared, overloadPlaces, overloadRoom, overloadConnections)
	var rows []row
	for _, kind := range []struct {
		name     string
		requests [][]byte
	}{
		{"batches of 100", batches(true)},
		{"single adjusts", adjustments(manySKUs)},
	} {
		o := &overload{server: onhand, requests: kind.requests, from: rand.New(rand.NewPCG(3, 4))}
		reference := row{name: kind.name + ": capacity", server: onhand, measure: func(length time.Duration) (sample, error) {
			one, err := load{onhand.address, kind.requests}.run(b.connections, length)
			o.capacity = append(o.capacity, one.value)
			return one, err
		}}
		twice := row{
			name: kind.name + ": goodput at 2 × capacity", server: onhand, against: reference.name, measure: o.measure,
		}
		twice.goals = []goal{ratioAtLeast(0.9, "goodput at 2 × capacity, "+kind.name)}
		rows = append(rows, reference, twice)
		at.atEnd(func() {
			at.note("Of %d %s, %.0f %% were shed.", o.offered, kind.name,
				100*float64(o.shed.Load())/float64(max(1, o.offered)))
		})
	}
	return rows, nil
}

func (o *overload) measure(length time.Duration) (sample, error) {
	times := arrivals(2*spreadOf(o.capacity).median, length, o.from)
	o.offered += int64(len(times))
	s := scheduled{load: load{o.server.address, o.requests}, connections: overloadConnections, shed: &o.shed}
	return s.run(times)
}
