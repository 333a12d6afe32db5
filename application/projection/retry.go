package projection

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/onhand/onhand/domain/event"
	"github.com/onhand/onhand/ports"
)

// standStill lets a stream stand still at an event that could not be handled, or
// notes that it could not again.
func (r *Runner) standStill(e *ports.StreamEvent, cause error) {
	at := r.Still[e.Stream]
	now := r.world.Now().UTC()
	if at == nil || at.Version != e.Version || at.Attempts == 0 {
		if at != nil && at.Version > e.Version {
			r.known[fact{e.Stream, at.Version}] = at // the stream stops before it comes to that
		}
		at = &still{Version: e.Version, Position: e.Position, Index: e.Index, FirstAt: now}
		r.Still[e.Stream] = at
	}
	at.Attempts++
	at.LastAt = now
	at.Cause = clip(cause)
	r.save.changed = true
	if at.Parked {
		r.park(e, at) // the letter says what the last attempt came to
		return
	}
	delay, more := r.opts.Retry(at.Attempts)
	if !more {
		r.park(e, at)
		return
	}
	if refusal, ok := errors.AsType[*ports.DeliveryError](cause); ok {
		delay = max(delay, refusal.RetryAfter)
	}
	at.Next = now.Add(delay)
}

// clip is an error in few words.
func clip(cause error) string {
	text := strings.ToValidUTF8(cause.Error(), "?")
	if len(text) > maxCause {
		text = strings.ToValidUTF8(text[:maxCause], "") + "…"
	}
	return text
}

// park makes a dead letter of an event.
func (r *Runner) park(e *ports.StreamEvent, at *still) {
	letter := ports.DeadLetter{
		ID: ports.DeadLetterID(r.opts.Name, e.ID()), Projection: r.opts.Name, Event: *e,
		Cause: at.Cause, Attempts: at.Attempts, FirstAt: at.FirstAt, LastAt: at.LastAt,
	}
	if err := r.world.DeadLetters.Put(r.hard, letter); err != nil {
		r.fault(cannotPark, err)
		at.Next = r.world.Now().Add(parkAgain)
		return
	}
	r.fine(cannotPark)
	if !at.Parked {
		r.world.Report(ports.Incident{Component: component, Message: isParked, Detail: letter.ID, Err: errors.New(at.Cause), Severe: true})
	}
	at.Parked, at.Next = true, time.Time{}
}

// removeLetter forgets a letter that is settled. Should that fail, the next start
// does it.
func (r *Runner) removeLetter(id ports.EventID) {
	if err := r.world.DeadLetters.Remove(r.hard, ports.DeadLetterID(r.opts.Name, id)); err != nil {
		r.fault(cannotRemove, err)
		return
	}
	r.fine(cannotRemove)
}

// retryDue tries the events again whose time has come, in the order of the log.
func (r *Runner) retryDue() {
	now := r.world.Now()
	due := slices.DeleteFunc(slices.Collect(maps.Keys(r.Still)), func(stream event.StreamID) bool {
		at := r.Still[stream]
		return at.Parked || now.Before(at.Next)
	})
	slices.SortFunc(due, func(a, b event.StreamID) int { return cmp.Compare(r.Still[a].Position, r.Still[b].Position) })
	before := r.loads
	for _, stream := range due {
		at := r.Still[stream]
		if at == nil || r.loads != before || r.gone || r.soft.Err() != nil || r.world.Now().Before(at.Next) {
			return // the target was built anew, wants no more or is left alone, or there is no time
		}
		crowded := r.waits()
		if r.retry(stream, at) == nil && crowded {
			r.hurry() // whatever was wrong with the receiver is over
		}
	}
}

// hurry lets everything be tried again at once that would be tried again later.
func (r *Runner) hurry() {
	for _, at := range r.Still {
		at.Next = time.Time{}
	}
	r.stall.next = time.Time{}
	r.gone = false
}

// errUnread says that the events of a stream could not be read.
var errUnread = errors.New("read log")

// retry handles the events of a stream that stands still, one by one, from the one
// that could not be handled on. The stream goes on with the others if all can be; an
// error is why one could not be, if not even the first.
func (r *Runner) retry(stream event.StreamID, at *still) error {
	until, moved := max(r.Position, at.Position), false
	for e, err := range r.world.Log.Stream(r.hard, stream, at.Version, ports.Oldest) {
		if err != nil {
			if r.hard.Err() == nil {
				r.fault(cannotRead, err)
			}
			at.Next = r.world.Now().Add(again)
			return fmt.Errorf("%w: %w", errUnread, err)
		}
		if e.Position > until {
			break
		}
		if !r.opts.Wants(&e) || slices.Contains(r.GivenUp[stream], e.Version) {
			continue
		}
		if at.Attempts == 0 && r.recognise(&e) { // known to fail, before it is tried here
			return nil
		}
		if err := r.retryOne(&e); err != nil {
			if moved {
				return nil
			}
			return err
		}
		moved, r.save.changed = true, true
		at.Version, at.Attempts, at.Parked, at.Next = e.Version+1, 0, false, time.Time{}
	}
	delete(r.Still, stream)
	r.save.changed = true
	return nil
}

// retryOne brings one event of a stream that stands still to the target.
func (r *Runner) retryOne(e *ports.StreamEvent) error {
	_, err := r.take([]ports.StreamEvent{*e}, r.Position)
	if err == nil {
		if e.Position > r.Position {
			r.Handled[e.Stream] = e.Version
		}
		return nil
	}
	distrust, distrusted := errors.AsType[*distrustError](err)
	open, untried := errors.AsType[*ports.OpenError](err)
	switch {
	case r.hard.Err() != nil:
		r.save.never = r.save.never || distrusted
	case untried:
		r.leaveAlone(open)
	case distrusted:
		r.distrust([]ports.StreamEvent{*e}, distrust)
	case errors.Is(err, ports.ErrGone):
		r.wantsNoMore(err)
	default:
		r.standStill(e, err)
	}
	return err
}

// wantsNoMore lets everything rest because the receiver wants no more.
func (r *Runner) wantsNoMore(cause error) {
	r.world.Report(ports.Incident{Component: component, Message: isGone, Detail: r.opts.Name, Err: cause})
	r.gone = true
}

// leaveAlone lets everything wait for as long as a breaker refuses to call the target. The
// event was not tried: that is no attempt, and it stays where it is.
func (r *Runner) leaveAlone(open *ports.OpenError) {
	until := r.world.Now().Add(max(open.RetryAfter, time.Millisecond))
	r.stall.next, r.stall.cause = until, clip(open)
	for _, at := range r.Still {
		if !at.Parked && at.Next.Before(until) {
			at.Next = until
		}
	}
}

// stallAfter lets everything wait because an event could not be handed on.
func (r *Runner) stallAfter(cause error) {
	r.stall.attempts++
	r.stall.cause = clip(cause)
	delay, more := r.opts.Retry(r.stall.attempts)
	if !more {
		r.stall.attempts-- // the last delay from now on
		delay, _ = r.opts.Retry(r.stall.attempts)
	}
	r.stall.next = r.world.Now().Add(max(delay, time.Millisecond))
	r.fault(allWait, cause)
}

// distrust lets the target go, since nobody knows what it has done, and begins with a
// new one at the checkpoint.
func (r *Runner) distrust(events []ports.StreamEvent, why *distrustError) {
	r.world.Report(ports.Incident{Component: component, Message: abandoned, Detail: r.opts.Name, Err: why, Severe: true})
	if len(events) == 1 {
		// It is this one: the new target is spared it until its time has come.
		r.standStill(&events[0], why)
	} else if len(events) > 1 {
		r.single = max(r.single, events[len(events)-1].Position)
	}
	for stream, at := range r.Still { // more attempts than the checkpoint knows of
		r.known[fact{stream, at.Version}] = at
	}
	r.untilLoaded()
}

// readEvent reads the event at which a stream stands still.
func (r *Runner) readEvent(ctx context.Context, stream event.StreamID, version event.Version) (ports.StreamEvent, error) {
	for e, err := range r.world.Log.Stream(ctx, stream, version, ports.Oldest) {
		if err != nil {
			return e, fmt.Errorf("read log: %w", err)
		}
		return e, nil
	}
	return ports.StreamEvent{}, fmt.Errorf("read log: stream %q has no version %d", string(stream), version)
}
