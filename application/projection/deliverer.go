package projection

import (
	"github.com/onhand/onhand/domain/event"
	"github.com/onhand/onhand/ports"
)

// deliverer hands batches of the log to the target.
type deliverer struct {
	*applier
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
	if before := d.state.position; before < d.oneByOne {
		return d.handleEach(events, before) && d.handleInOrder(nil, upto)
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
