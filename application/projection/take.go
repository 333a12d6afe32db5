package projection

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"sync"
	"time"

	"github.com/onhand/onhand/domain/event"
	"github.com/onhand/onhand/ports"
)

// distrustError means that nobody knows what a target has done with events: it panicked, or
// it did not return.
type distrustError struct{ cause string }

func (e *distrustError) Error() string { return e.cause }

// grace is how long a target may take to notice that its time is over.
const grace = time.Second

type taken struct {
	n   int
	err error
}

// take brings events to the target and returns how many it has handled. It returns in
// time whatever the target does.
func (r *Runner) take(events []ports.StreamEvent, upto event.Position) (int, error) {
	release, err := r.opts.Permit(r.hard)
	if err != nil {
		return 0, fmt.Errorf("wait for leave: %w", err)
	}
	ctx, cancel := context.WithTimeout(r.hard, r.opts.Timeout)
	over := make(chan taken, 1)
	go func(target Target) {
		defer release() // when it has really ended
		defer cancel()
		over <- guarded(ctx, target, events, upto)
	}(r.target)
	select {
	case t := <-over:
		return t.n, t.err
	case <-ctx.Done():
	}
	timer := time.NewTimer(grace)
	defer timer.Stop()
	select {
	case t := <-over:
		return t.n, t.err
	case <-timer.C:
		return 0, &distrustError{cause: fmt.Sprintf("it did not return within %v", r.opts.Timeout)}
	}
}

// guarded makes an error of a panic.
func guarded(ctx context.Context, target Target, events []ports.StreamEvent, upto event.Position) (t taken) {
	defer func() {
		if value := recover(); value != nil {
			t = taken{err: &distrustError{cause: fmt.Sprintf("panic: %v\n%s", value, debug.Stack())}}
		}
	}()
	n, err := target.Handle(ctx, events, upto)
	switch {
	case err == nil && n < len(events) || n < 0 || n > len(events):
		return taken{err: &distrustError{cause: fmt.Sprintf("it claims to have handled %d of %d events", n, len(events))}}
	case n == len(events):
		return taken{n: n} // an error says something of the next event, and there is none
	}
	return taken{n: n, err: err}
}

// deliver brings the events of a batch to the target, but for those that have to
// wait; false if the batch is not over.
func (r *Runner) deliver(events []ports.StreamEvent, upto event.Position) bool {
	switch {
	case r.opts.Parallel > 1 && r.Position >= r.single:
		return r.deliverStreams(events)
	case r.Position < r.single:
		for i := range events {
			if !r.open(&events[i]) {
				continue
			}
			if !r.deliverRun(events[i:i+1], r.Position) {
				return false
			}
			if r.open(&events[i]) {
				r.handled(events[i : i+1])
			}
		}
		events = nil
	}
	return r.deliverRun(events, upto)
}

// deliverRun delivers events one behind the other.
func (r *Runner) deliverRun(events []ports.StreamEvent, upto event.Position) bool {
	for {
		n, err := r.take(events, upto)
		if err == nil {
			return true
		}
		if !r.failed(events, n, err) {
			return false
		}
		events = r.ready(events[n+1:])
	}
}

// deliverStreams delivers the events of several streams side by side.
func (r *Runner) deliverStreams(events []ports.StreamEvent) bool {
	groups := byStream(events)
	outcomes := make([]taken, len(groups))
	var work sync.WaitGroup
	places := make(chan struct{}, r.opts.Parallel)
	for i, group := range groups {
		places <- struct{}{}
		work.Go(func() {
			defer func() { <-places }()
			outcomes[i].n, outcomes[i].err = r.take(group, r.Position)
		})
	}
	work.Wait()
	whole, before := true, r.loads
	for i, o := range outcomes {
		if r.loads != before {
			return false // all of it is delivered anew
		}
		if o.err == nil {
			r.handled(groups[i])
			continue
		}
		whole = r.failed(groups[i], o.n, o.err) && whole
	}
	return whole
}

func byStream(events []ports.StreamEvent) [][]ports.StreamEvent {
	var groups [][]ports.StreamEvent
	place := map[event.StreamID]int{}
	for _, e := range events {
		i, known := place[e.Stream]
		if !known {
			i = len(groups)
			place[e.Stream], groups = i, append(groups, nil)
		}
		groups[i] = append(groups[i], e)
	}
	return groups
}

// handled notes that events of a batch that is not over need not be taken again.
func (r *Runner) handled(events []ports.StreamEvent) {
	for i := range events {
		r.Handled[events[i].Stream] = events[i].Version
		r.save.changed = true
	}
}

// failed sorts out that a target handled only n events; false if the batch cannot go on now.
func (r *Runner) failed(events []ports.StreamEvent, n int, err error) bool {
	r.handled(events[:n])
	distrust, distrusted := errors.AsType[*distrustError](err)
	open, untried := errors.AsType[*ports.OpenError](err)
	switch {
	case r.hard.Err() != nil:
		r.save.never = r.save.never || distrusted
		return false
	case untried:
		r.leaveAlone(open)
		return false
	case distrusted:
		r.distrust(events, distrust)
		return false
	case errors.Is(err, ports.ErrGone):
		r.wantsNoMore(err)
		return false
	case r.opts.Together:
		r.stallAfter(err)
		return false
	}
	e := &events[n]
	r.standStill(e, err)
	retrying, _ := r.count()
	return retrying < r.opts.MaxBlocked
}

// ready are the events that need not wait for one before them.
func (r *Runner) ready(events []ports.StreamEvent) []ports.StreamEvent {
	open := make([]ports.StreamEvent, 0, len(events))
	for i := range events {
		if r.open(&events[i]) {
			open = append(open, events[i])
		}
	}
	return open
}
