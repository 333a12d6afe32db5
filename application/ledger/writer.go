package ledger

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/onhand/onhand/domain/event"
	"github.com/onhand/onhand/ports"
)

// firstLook and longestPause bound how long a writer rests before it looks again what
// became of an append.
const (
	firstLook    = 10 * time.Millisecond
	longestPause = time.Second
)

// errNotWritten means that an append lost its outcome, and that the commit proved not to
// have been written.
var errNotWritten = fmt.Errorf("%w: its connection was lost, and nothing was written", ports.ErrUnavailable)

// writer appends commits to the log, and finds out what became of them where the store
// does not know at once.
type writer struct {
	store  ports.EventStore
	pause  func(most time.Duration) time.Duration
	report ports.Reporter

	// failure ends all decisions: an outcome will not be known in this process any more,
	// so nothing can be decided on the streams that it is about.
	failure   atomic.Pointer[error]
	abandon   sync.Once
	abandoned chan struct{} // closed when the ledger does not wait for outcomes any more
}

func newWriter(store ports.EventStore, opts *Options) *writer {
	return &writer{store: store, pause: opts.Schedule.Pause, report: opts.Report, abandoned: make(chan struct{})}
}

// append appends commits while the leases that they were decided under are held. It
// returns when it knows the fate of each; ports.ErrOutcomeUnknown means that no attempt
// will.
func (w *writer) append(lease *batchLease, commits []ports.Commit) ([]ports.Appended, error) {
	if len(commits) == 0 {
		return nil, nil
	}
	if err := lease.valid(); err != nil {
		return nil, err
	}
	before := w.store.Head().Position
	fates, err := w.store.Append(lease.context(), commits)
	switch {
	case errors.Is(err, ports.ErrOutcomeUnknown):
		return w.resolve(commits, before)
	case errors.Is(err, context.Canceled):
		return nil, ports.ErrLeaseLost // nothing else ends that context
	case err != nil:
		return nil, fmt.Errorf("append commit: %w", err)
	}
	return fates, nil
}

// resolve finds out what became of commits that were appended after a position. The
// queues of their streams are not released meanwhile, and neither are their keys: no
// decision stands on what may or may not be durable.
func (w *writer) resolve(commits []ports.Commit, after event.Position) ([]ports.Appended, error) {
	for pause := firstLook; ; pause = min(2*pause, longestPause) {
		fates, err := w.lookUp(commits, after)
		switch {
		case err == nil && pause > firstLook:
			w.tell("the outcome of a write is known: its streams take changes again", nil)
			return fates, nil
		case err == nil:
			return fates, nil
		case errors.Is(err, ports.ErrFailed):
			return nil, w.fail(err)
		case pause == firstLook:
			w.tell("the outcome of a write is not known: its streams take no changes until it is", err)
		}
		select {
		case <-time.After(pause/2 + w.pause(pause/2)):
		case <-w.abandoned:
			return nil, w.fail(fmt.Errorf("%w: the ledger was closed while an outcome was not known", ports.ErrUnavailable))
		}
	}
}

func (w *writer) tell(message string, err error) {
	w.report(ports.Incident{Component: "ledger", Message: message, Err: err, Severe: err != nil})
}

// lookUp asks the store for the fates of commits, after a read barrier: a commit that is not there
// then never will be.
func (w *writer) lookUp(commits []ports.Commit, after event.Position) ([]ports.Appended, error) {
	ctx := until{context.Background(), w.abandoned}
	if _, err := w.store.CatchUp(ctx); err != nil {
		return nil, err
	}
	fates := make([]ports.Appended, len(commits))
	for i := range commits {
		c, found, err := w.store.CommitByID(ctx, commits[i].ID, after)
		switch {
		case err != nil:
			return nil, err
		case found:
			fates[i] = ports.Appended{Position: c.Position, Time: c.Time}
		default:
			fates[i].Err = errNotWritten
		}
	}
	return fates, nil
}

// fail ends all decisions, and returns the error of the append whose outcome stays
// unknown.
func (w *writer) fail(why error) error {
	w.failure.CompareAndSwap(nil, &why)
	return fmt.Errorf("append commit: %w: %s", ports.ErrOutcomeUnknown, why.Error())
}

// usable returns the error that ends all decisions, if there is one.
func (w *writer) usable() error {
	if why := w.failure.Load(); why != nil {
		return *why
	}
	return nil
}

// close ends the wait for outcomes.
func (w *writer) close() { w.abandon.Do(func() { close(w.abandoned) }) }

// until is a context that ends when a channel is closed.
type until struct {
	context.Context
	done <-chan struct{}
}

func (u until) Done() <-chan struct{} { return u.done }

func (u until) Err() error {
	select {
	case <-u.done:
		return context.Canceled
	default:
		return nil
	}
}
