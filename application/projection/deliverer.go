package projection

import (
	"sync"

	"github.com/onhand/onhand/domain/event"
	"github.com/onhand/onhand/ports"
)

// deliverer hands batches of the log to the target.
type deliverer struct {
	*applier
	parallel int  // streams at a time
	together bool // a refused event holds back everything
}

// deliver hands over a batch. It reports whether the batch is complete, that is whether
// each event was handled or is of a stream that is blocked.
func (d *deliverer) deliver(b *batch) bool {
	if !d.handleAll(d.state.begin(b.events), b.upto) {
		return false
	}
	d.state.completed(b)
	d.backoff.succeeded()
	d.reports.over(allWait)
	return true
}

func (d *deliverer) handleAll(events []ports.StreamEvent, upto event.Position) bool {
	switch before := d.state.position; {
	case before < d.oneByOne:
		return d.handleEach(events, before) && d.handleInOrder(nil, upto)
	case d.parallel > 1:
		return d.handleStreams(events, before)
	}
	return d.handleInOrder(events, upto)
}

// handleEach hands over events one by one. Until the batch is complete the target stays at
// the position before it.
func (d *deliverer) handleEach(events []ports.StreamEvent, before event.Position) bool {
	for i := range events {
		one := events[i : i+1]
		if !d.state.pending(&one[0]) {
			continue
		}
		if !d.handleInOrder(one, before) {
			return false
		}
		if d.state.pending(&one[0]) {
			d.state.markHandled(one)
		}
	}
	return true
}

// handleInOrder hands over events in the order of the log. A refused event blocks its
// stream, and the others continue.
func (d *deliverer) handleInOrder(events []ports.StreamEvent, upto event.Position) bool {
	for {
		n, err := d.handle(events, upto)
		if err == nil {
			return true
		}
		if !d.failed(events, n, err) {
			return false
		}
		events = d.state.onlyPending(events[n+1:])
	}
}

// handleStreams hands over events of several streams at a time, each stream in order.
func (d *deliverer) handleStreams(events []ports.StreamEvent, before event.Position) bool {
	streams := byStream(events)
	results := make([]handled, len(streams))
	var work sync.WaitGroup
	permits := make(chan struct{}, d.parallel)
	for i, stream := range streams {
		permits <- struct{}{}
		work.Go(func() {
			defer func() { <-permits }()
			results[i].n, results[i].err = d.handle(stream, before)
		})
	}
	work.Wait()
	complete := true
	for i, result := range results {
		if result.err == nil {
			d.state.markHandled(streams[i])
			continue
		}
		complete = d.failed(streams[i], result.n, result.err) && complete
		if d.broken() {
			return false // the next target gets the whole batch
		}
	}
	return complete
}

func byStream(events []ports.StreamEvent) [][]ports.StreamEvent {
	var streams [][]ports.StreamEvent
	index := map[event.StreamID]int{}
	for _, e := range events {
		i, known := index[e.Stream]
		if !known {
			i = len(streams)
			index[e.Stream], streams = i, append(streams, nil)
		}
		streams[i] = append(streams[i], e)
	}
	return streams
}

// failed acts on an error after the target has handled n of the events. It reports
// whether the batch can continue.
func (d *deliverer) failed(events []ports.StreamEvent, n int, err error) bool {
	d.state.markHandled(events[:n])
	if !d.refused(events[n:], err) {
		return false
	}
	if d.together {
		d.holdBackAll(err)
		return false
	}
	d.block(&events[n], err)
	retrying, _ := d.state.blocked.count()
	return retrying < d.limit
}
