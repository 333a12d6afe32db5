package projection

import (
	"context"
	"errors"
	"time"
)

// Runner brings the events of the log to one target. Create one with New.
type Runner struct {
	opts Options
	deps Dependencies

	life      *lifetime
	controls  *controls
	published published

	// The fields below belong to the runner's goroutine.
	reports     *reporter
	state       *state
	letters     *deadLetters
	applier     *applier
	deliverer   deliverer
	retrier     retrier
	flow        *flow // nil for a target that gets all events in the order of the log
	log         batchReader
	loader      loader
	checkpoints *checkpointer
	syncs       syncRequests
}

// New creates a runner. It does nothing before Start.
func New(deps Dependencies, opts Options) *Runner {
	opts = opts.withDefaults()
	life, s, reports := newLifetime(), newState(), newReporter(deps.Report, opts.Name)
	letters := &deadLetters{projection: opts.Name, store: deps.DeadLetters, now: deps.Now, reports: reports}
	a := &applier{
		caller: caller{timeout: opts.Timeout}, retry: opts.Retry, limit: opts.MaxBlocked,
		now: deps.Now, life: life, reports: reports, letters: letters, state: s,
	}
	r := &Runner{
		opts: opts, deps: deps, life: life, controls: newControls(opts.Name, life.ended),
		reports: reports, state: s, letters: letters, applier: a,
		deliverer: deliverer{applier: a, together: opts.Together},
		retrier:   retrier{applier: a, log: deps.Log, wants: opts.Wants},
		log:       batchReader{feed: deps.Feed, projection: opts.Name, wants: opts.Wants, size: opts.Batch},
		loader: loader{
			projection: opts.Name, empty: opts.New, from: opts.From,
			store: deps.Checkpoints, feed: deps.Feed, head: deps.Head, reports: reports,
		},
		checkpoints: &checkpointer{
			projection: opts.Name, store: deps.Checkpoints, maxBytes: opts.SaveBytes, maxAge: opts.SaveAfter,
			now: deps.Now, life: life, reports: reports, state: s, kept: opts.Kept,
		},
	}
	if opts.Parallel > 0 {
		r.flow = &flow{
			applier: a, retrier: &r.retrier, reader: &r.log, controls: r.controls, checkpoints: r.checkpoints,
			attend: r.attend, results: make(chan delivery, opts.Parallel),
			opts: flowOptions{parallel: opts.Parallel, events: opts.MaxEvents, wait: opts.MaxWait},
		}
	}
	r.published.publish(Status{Name: opts.Name, State: Running, Detail: "loading"}, nil)
	return r
}

// Name returns the projection's name.
func (r *Runner) Name() string { return r.opts.Name }

// Start starts the runner's goroutine.
func (r *Runner) Start() { go r.run() }

// Stop stops the runner. It returns after the runner has completed what it is doing and has
// saved a checkpoint, or with ctx's error if ctx ends before that. A call of the target that
// takes too long is told to break off.
func (r *Runner) Stop(ctx context.Context) error {
	if err := r.life.end(ctx, r.deps.Now); err != nil {
		return errors.Join(errors.New("projection "+r.opts.Name+" is still at work"), err)
	}
	return nil
}

func (r *Runner) run() {
	defer r.life.over()
	r.load()
	for !r.life.stopping() {
		r.controls.handle()
		worked := !r.state.paused && r.work()
		r.attend()
		if !worked {
			r.rest()
		}
	}
	r.controls.refuse()
	r.syncs.refuse()
	if err := r.saveNow(); err != nil {
		r.reports.fault(cannotSave, err)
	}
}

// attend answers requests that wait for a position, and saves and publishes the progress.
func (r *Runner) attend() {
	r.syncs.answer(r.applier.reachedOrWaits, r.saveNow)
	r.checkpoints.saveIfDue(r.applier.target)
	r.publish()
}

// loadPause is the pause before another attempt to load a checkpoint.
const loadPause = time.Second

// load builds the target from the checkpoint. It tries until that succeeds or the runner must
// stop.
func (r *Runner) load() {
	for !r.life.stopping() {
		err := r.tryLoad()
		if err == nil {
			r.reports.over(cannotLoad)
			r.publish()
			return
		}
		r.reports.fault(cannotLoad, err)
		select {
		case <-time.After(loadPause):
		case <-r.life.running.Done():
		}
	}
}

func (r *Runner) tryLoad() error {
	r.checkpoints.wait() // a store works on one checkpoint of a name at a time
	c, err := r.loader.load(r.life.calls)
	if err != nil {
		return err
	}
	r.state.blocked.expectAll()
	r.state.restore(&c.record)
	r.checkpoints.loaded(c.size)
	if err := reconcile(r.life.calls, r.letters, r.state, r.deps.Log); err != nil {
		return err
	}
	if r.opts.Kept != nil && c.Kept != nil {
		r.opts.Kept.Restore(c.Kept)
	}
	r.applier.target = c.target
	return nil
}

func (r *Runner) loadIfBroken() (loaded bool) {
	if !r.applier.broken() {
		return false
	}
	r.load()
	return true
}

func (r *Runner) saveNow() error { return r.checkpoints.saveNow(r.applier.target) }

// publish publishes the status and the target to other goroutines.
func (r *Runner) publish() {
	s := r.applier.status()
	s.Name, s.Checkpoint = r.opts.Name, r.checkpoints.size
	r.published.publish(s, r.applier.target)
}

// work tries blocked streams that are due, and then continues with the log. It reports
// whether there may be more to do at once.
func (r *Runner) work() bool {
	if r.flows() {
		worked := r.flow.run()
		return r.loadIfBroken() || worked
	}
	r.retrier.retryDue()
	r.loadIfBroken()
	worked := r.advance()
	return r.loadIfBroken() || worked
}

// flows reports whether events of several streams are handed over at the same time. After a fault
// of the target they are not, until the event at fault is found.
func (r *Runner) flows() bool { return r.flow != nil && r.state.position >= r.applier.oneByOne }

// advance hands over what the log has after the position, until something else is to be done.
// It reports whether there may be more to do at once.
func (r *Runner) advance() (worked bool) {
	if r.applier.broken() || r.applier.waiting() {
		return false
	}
	r.applier.backoff.expire()
	began := r.deps.Now()
	for b, err := range r.log.after(r.life.calls, r.state.position) {
		if err != nil {
			r.applier.unreadable(err)
			return false
		}
		if r.life.stopping() || !r.deliver(b) {
			return false
		}
		worked = true
		if r.flows() {
			return true
		}
		if !b.full {
			continue
		}
		r.makeRoom(began)
		if r.interrupted() {
			return true
		}
		began = r.deps.Now()
	}
	r.reports.over(cannotRead)
	return worked
}

// deliver hands over a batch and then acts on its discards. It reports whether the runner can
// continue with the next batch.
func (r *Runner) deliver(b *batch) bool {
	if !b.empty() {
		complete := r.deliverer.deliver(b)
		if complete {
			r.checkpoints.handled(b.bytes)
		}
		r.publish()
		if !complete {
			return false
		}
	}
	for i := range b.discards {
		if r.retrier.discard(&b.discards[i]); r.applier.broken() || r.life.brokenOff() {
			return false
		}
	}
	return true
}

// makeRoom rests between batches, so that catching up leaves room for requests.
func (r *Runner) makeRoom(began time.Time) {
	rest := time.Duration(r.opts.RestRatio) * r.deps.Now().Sub(began)
	if rest <= 0 {
		return
	}
	timer := time.NewTimer(rest)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-r.life.running.Done():
	}
}

// interrupted reports whether anything but the log needs the runner's attention.
func (r *Runner) interrupted() bool {
	if r.life.stopping() || r.controls.waiting() || r.checkpoints.finished() || r.checkpoints.full() {
		return true
	}
	at, ok := r.nextTime()
	return ok && !r.deps.Now().Before(at)
}

// nextTime returns the time at which the runner must act even if nothing happens.
func (r *Runner) nextTime() (next time.Time, ok bool) {
	if !r.state.paused {
		next, ok = r.applier.nextAttempt()
	}
	if at := r.checkpoints.dueAt(); !at.IsZero() && (!ok || at.Before(next)) {
		next, ok = at, true
	}
	return next, ok
}

// rest waits until there is something to do.
func (r *Runner) rest() {
	var grown <-chan struct{}
	if !r.state.paused && !r.applier.waiting() {
		grown = r.deps.Feed.Grown(r.state.position)
	}
	var timed <-chan time.Time
	if at, ok := r.nextTime(); ok {
		timer := time.NewTimer(max(0, at.Sub(r.deps.Now())))
		defer timer.Stop()
		timed = timer.C
	}
	select {
	case <-r.life.running.Done():
	case <-r.controls.wake:
	case <-grown:
	case <-timed:
	case result := <-r.checkpoints.background:
		r.checkpoints.collect(result)
	}
}
