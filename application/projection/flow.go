package projection

import (
	"errors"
	"iter"
	"time"

	"github.com/onhand/onhand/domain/deadletter"
	"github.com/onhand/onhand/domain/event"
	"github.com/onhand/onhand/ports"
)

// flow hands events of several streams to the target at the same time, each stream in order. The
// position follows without a gap: a slow delivery holds up neither other streams nor what the
// checkpoint says of them.
type flow struct {
	*applier
	retrier     *retrier
	reader      *batchReader
	controls    *controls
	checkpoints *checkpointer
	attend      func() // publishes and saves the progress
	opts        flowOptions

	window   window
	results  chan delivery
	underWay int
	retries  int // deliveries under way of events of blocked streams
	// alone is the position up to which each event is a delivery of its own, to find the one
	// for which the target has refused a delivery of several.
	alone event.Position
	// decisions take effect when the window is empty.
	decisions []deadletter.Deleted
	atEnd     bool // of the log
	stopped   bool // no delivery begins
}

// flowOptions are the limits of a flow.
type flowOptions struct {
	parallel int           // deliveries at a time
	events   int           // of a delivery
	wait     time.Duration // how long an event waits for further ones of its delivery
}

// delivery is a call of the target, and its result.
type delivery struct {
	events []ports.StreamEvent
	queued []*queued // nil for an event of a blocked stream
	handled
}

// run hands over events until the runner is needed for something else, or no event can be handed
// over. It reports whether there may be more to do at once.
func (f *flow) run() (worked bool) {
	f.window.restart(f.state.position)
	f.stopped, f.decisions = false, nil
	next, stop := f.read()
	defer func() { stop() }()
	for {
		f.stopped = f.stopped || f.broken() || f.life.stopping() || f.controls.waiting()
		if f.fill(next); f.atEnd {
			stop()
			next, stop = f.read()
		}
		progress := f.advance()
		progress = f.decide() || progress
		held := f.handOver()
		switch {
		case progress:
			worked = true
			f.collect()
		case f.underWay == 0 && (f.stopped || held.IsZero()):
			return worked
		default:
			worked = f.await(held) || worked
		}
	}
}

// read begins to read the log after the window.
func (f *flow) read() (next func() (*batch, error, bool), stop func()) {
	return iter.Pull2(f.reader.after(f.life.calls, f.window.read))
}

// advance moves the position to the end of the complete segments. It reports whether there was any.
func (f *flow) advance() bool {
	if f.broken() {
		return false
	}
	complete := f.window.completed()
	for _, s := range complete {
		f.state.reached(s)
		f.checkpoints.handled(s.bytes)
	}
	f.attend()
	return len(complete) > 0
}

// decide acts on decisions of the log after everything before them. It reports whether there were
// any.
func (f *flow) decide() bool {
	if f.stopped || f.underWay > 0 || len(f.window.segments) > 0 || len(f.decisions) == 0 {
		return false
	}
	for i := range f.decisions {
		f.retrier.discard(&f.decisions[i])
		f.stopped = f.stopped || f.broken() || f.life.brokenOff()
	}
	f.decisions = nil
	return true
}

// fill reads the log into the window.
func (f *flow) fill(next func() (*batch, error, bool)) {
	f.atEnd = false
	for !f.stopped && len(f.decisions) == 0 && !f.waiting() && !f.window.full() {
		f.backoff.expire()
		b, err, more := next()
		switch {
		case !more:
			f.reports.over(cannotRead)
			f.atEnd = true
			return
		case err != nil:
			f.stopped = true
			f.unreadable(err)
			return
		}
		f.decisions = b.discards
		if !b.empty() {
			f.window.add(b, f.state.queues, f.now())
		}
	}
}

// handOver begins deliveries. If events wait for further ones of their delivery, it returns the
// time at which they wait no more.
func (f *flow) handOver() (held time.Time) {
	if f.stopped {
		return held
	}
	f.retryDue()
	for f.underWay < f.opts.parallel && !f.waiting() {
		list := f.window.next(f.opts.events, f.alone)
		if len(list) == 0 {
			return held
		}
		until := list[0].since.Add(f.opts.wait)
		if len(list) < f.opts.events && list[0].Position > f.alone && f.now().Before(until) {
			return until
		}
		f.window.begin(list)
		d := delivery{queued: list}
		for _, q := range list {
			d.events = append(d.events, *q.StreamEvent)
		}
		f.begin(d)
	}
	return held
}

// retryDue begins deliveries of blocked streams whose next attempt has come. They take half of the
// places at most.
func (f *flow) retryDue() {
	if len(f.decisions) > 0 {
		return
	}
	for _, stream := range f.state.blocked.due(f.now()) {
		if f.backoff.gone || f.underWay == f.opts.parallel || f.retries >= max(1, f.opts.parallel/2) {
			return
		}
		if f.window.busy[stream] || f.window.queues(stream) {
			continue // an earlier event of the stream is not done with
		}
		e, found := f.retrier.next(stream, f.window.read)
		if !found {
			continue
		}
		f.window.busy[stream] = true
		f.retries++
		f.begin(delivery{events: []ports.StreamEvent{e}})
	}
}

// begin begins a delivery.
func (f *flow) begin(d delivery) {
	target, position := f.target, f.state.position
	f.underWay++
	go func() {
		d.n, d.err = f.caller.handle(f.life.calls, target, d.events, position)
		f.results <- d
	}()
}

// await waits for a result, or for anything else that the flow must act on. It reports whether
// there was a result.
func (f *flow) await(held time.Time) bool {
	var wake, grown <-chan struct{}
	var stopping <-chan struct{}
	var timed <-chan time.Time
	if !f.stopped {
		wake, stopping = f.controls.wake, f.life.running.Done()
		if f.atEnd {
			grown = f.reader.feed.Grown(f.window.read)
		}
		if at := f.nextTime(held); !at.IsZero() {
			timer := time.NewTimer(max(0, at.Sub(f.now())))
			defer timer.Stop()
			timed = timer.C
		}
	}
	select {
	case d := <-f.results:
		f.ended(d)
		return true
	case <-wake:
		f.stopped = true
	case <-stopping:
	case <-grown:
	case <-timed:
	case result := <-f.checkpoints.background:
		f.checkpoints.collect(result)
	}
	return false
}

// collect acts on the results that are there.
func (f *flow) collect() {
	for len(f.results) > 0 {
		f.ended(<-f.results)
	}
}

// nextTime returns the time at which the flow must act even if no delivery ends; zero if there is
// none. An attempt that is due already waits for a delivery to end.
func (f *flow) nextTime(held time.Time) time.Time {
	next := f.checkpoints.dueAt()
	if attempt, ok := f.nextAttempt(); ok && attempt.After(f.now()) {
		next = earlier(next, attempt)
	}
	return earlier(next, held)
}

// earlier returns the earlier of two times, of which zero means none.
func earlier(a, b time.Time) time.Time {
	if a.IsZero() || !b.IsZero() && b.Before(a) {
		return b
	}
	return a
}

// ended acts on the result of a delivery.
func (f *flow) ended(d delivery) {
	f.underWay--
	if d.queued == nil {
		f.retries--
		delete(f.window.busy, d.events[0].Stream)
		f.stopped = !f.retrier.tried(&d.events[0], d.err) || f.stopped
	} else {
		f.window.end(d.queued, d.n)
		f.state.markHandled(d.events[:d.n])
		if d.err != nil {
			f.refusedOf(d.events[d.n:], d.err)
		}
	}
	if d.err == nil {
		f.backoff.succeeded()
	}
}

// refusedOf acts on the refusal of events, of which the target has handled none.
func (f *flow) refusedOf(events []ports.StreamEvent, err error) {
	if !f.refused(events, err) {
		f.stopped = true
		return
	}
	if len(events) > 1 {
		f.separate(events, err)
		return
	}
	f.block(&events[0], err)
	f.window.holdBack(events[0].Stream)
}

// tooMany is the status of a receiver that is called too often.
const tooMany = 429

// separate acts on the refusal of a delivery of several events. Each becomes a delivery of its own,
// so that only the stream of the event at fault is blocked. A receiver that is called too often
// gets the same delivery again, later.
func (f *flow) separate(events []ports.StreamEvent, err error) {
	refusal, ok := errors.AsType[*ports.DeliveryError](err)
	if ok && refusal.Status == tooMany {
		f.backoff.failed(err, f.retry, f.now())
	} else {
		f.alone = max(f.alone, events[len(events)-1].Position)
	}
	if until := f.now(); ok && f.backoff.until.Before(until.Add(refusal.RetryAfter)) {
		f.backoff.wait(until.Add(refusal.RetryAfter), err)
	}
}
