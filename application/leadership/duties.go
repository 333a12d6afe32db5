package leadership

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/onhand/onhand/ports"
)

const (
	component = "leader"
	// retryPeriod is the pause before another try, after an election, a Begin or an End
	// that failed.
	retryPeriod = time.Second
)

// Duty is something that only the leader does.
type Duty struct {
	// Begin begins the duty. Its context ends with the term, and with Stop. After an error
	// nothing of the duty is at work.
	Begin func(context.Context) error
	// End ends what Begin began, once the term is lost; nil where nothing is at work. It is
	// called again after an error. Stop does not call it: the program ends its parts in an
	// order of its own.
	End func(context.Context) error
}

// Duties campaigns for a process and lets it do its duties while it leads.
type Duties struct {
	leader ports.Leader
	report ports.Reporter
	list   []Duty

	active atomic.Bool
	term   atomic.Pointer[ports.Term] // nil unless this process leads
	begun  int                        // how many of list; one goroutine at a time has it

	stop context.CancelFunc
	done sync.WaitGroup
}

// New makes the duties of a process, none at first. It does nothing before Start.
func New(leader ports.Leader, report ports.Reporter) *Duties {
	return &Duties{leader: leader, report: report, stop: func() {}}
}

// Add adds a duty, which begins after those added before and ends before them. It comes
// before Start.
func (d *Duties) Add(duty Duty) { d.list = append(d.list, duty) }

// Active reports whether this process leads and all its duties have begun.
func (d *Duties) Active() bool { return d.active.Load() && d.leader.IsLeader() }

// Start begins the duties if no other process leads, and returns what went wrong. Otherwise
// it campaigns in the background until Stop, and tries again what goes wrong.
func (d *Duties) Start(ctx context.Context) error {
	term, err := d.leader.TryCampaign(ctx)
	ctx, d.stop = context.WithCancel(context.WithoutCancel(ctx)) // a duty may take longer than a start
	if errors.Is(err, ports.ErrNotLeader) {
		d.done.Go(func() { d.run(ctx) })
		return nil
	}
	if err != nil {
		return fmt.Errorf("campaign: %w", err)
	}
	work, cancel := d.inTerm(ctx, term)
	if err := d.begin(work); err != nil {
		cancel()
		return err
	}
	d.active.Store(true)
	d.done.Go(func() {
		d.serve(ctx, work)
		cancel()
		d.run(ctx)
	})
	return nil
}

// run leads for one term after another until ctx ends.
func (d *Duties) run(ctx context.Context) {
	for ctx.Err() == nil {
		var term ports.Term
		d.until(ctx, "this process could not campaign for leadership: it tries again", func(ctx context.Context) (err error) {
			term, err = d.leader.Campaign(ctx)
			return err
		})
		if ctx.Err() != nil {
			return
		}
		work, cancel := d.inTerm(ctx, term)
		d.until(work, "the leader's duties could not begin: this process tries again", d.begin)
		if work.Err() == nil {
			d.active.Store(true)
			d.report(ports.Incident{Component: component, Message: "this process is now the leader: the earlier leader's term has ended"})
		}
		d.serve(ctx, work)
		cancel()
	}
}

// inTerm notes a new term and returns a context that ends with it.
func (d *Duties) inTerm(ctx context.Context, term ports.Term) (work context.Context, cancel context.CancelFunc) {
	d.term.Store(&term)
	return term.Context(ctx)
}

// serve waits for the end of the term, and ends the duties if it was lost; Stop ends ctx.
func (d *Duties) serve(ctx, work context.Context) {
	<-work.Done()
	if ctx.Err() != nil {
		return
	}
	d.active.Store(false)
	d.term.Store(nil)
	d.report(ports.Incident{Component: component, Message: "this process lost the leadership: another process may lead", Severe: true})
	d.until(ctx, "the leader's duties could not be ended: this process tries again", d.end)
}

// begin begins the duties that have not begun.
func (d *Duties) begin(ctx context.Context) error {
	for ; d.begun < len(d.list); d.begun++ {
		if err := d.list[d.begun].Begin(ctx); err != nil {
			return err
		}
	}
	return nil
}

// end ends the duties that have begun, the last one first.
func (d *Duties) end(ctx context.Context) error {
	for ; d.begun > 0; d.begun-- {
		if end := d.list[d.begun-1].End; end != nil {
			if err := end(ctx); err != nil {
				return err
			}
		}
	}
	return nil
}

// until calls do until it succeeds or ctx ends. It reports the first failure only: a full
// disk is no news every second.
func (d *Duties) until(ctx context.Context, failure string, do func(context.Context) error) {
	retry := time.NewTicker(retryPeriod)
	defer retry.Stop()
	for told := false; ; told = true {
		err := do(ctx)
		if err == nil || ctx.Err() != nil {
			return
		}
		if !told {
			d.report(ports.Incident{Component: component, Message: failure, Err: err, Severe: true})
		}
		select {
		case <-ctx.Done():
			return
		case <-retry.C:
		}
	}
}

// Stop resigns, so that another process may lead when it returns. The caller has ended
// what the duties began.
func (d *Duties) Stop(ctx context.Context) error {
	d.stop()
	d.done.Wait()
	d.active.Store(false)
	d.term.Store(nil)
	return d.leader.Resign(ctx)
}

// during returns a context for a save of the leader, which ends with the term. It is false
// where this process does not lead.
func (d *Duties) during(ctx context.Context) (save context.Context, cancel context.CancelFunc, leads bool) {
	term := d.term.Load()
	if term == nil || !d.leader.IsLeader() {
		return ctx, func() {}, false
	}
	save, cancel = term.Context(ctx)
	return save, cancel, true
}
