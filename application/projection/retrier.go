package projection

import (
	"errors"
	"fmt"
	"time"

	"github.com/onhand/onhand/domain/deadletter"
	"github.com/onhand/onhand/domain/event"
	"github.com/onhand/onhand/ports"
)

// retrier tries the events of blocked streams again. It reads from the log the events that were held
// back, so that costs no memory.
type retrier struct {
	*applier
	log   Log
	wants func(*ports.StreamEvent) bool
}

// errUnread means that the events of a stream could not be read.
var errUnread = errors.New("read log")

// logPause is the pause before another attempt to read the log.
const logPause = time.Second

// retryDue tries the streams whose next attempt has come, in the order of the log.
func (r *retrier) retryDue() {
	for _, stream := range r.state.blocked.due(r.now()) {
		at := r.state.blocked.streams[stream]
		if at == nil || r.broken() || r.backoff.gone || r.life.stopping() || r.now().Before(at.Next) {
			return // the target broke, wants no more, or a breaker refuses it; or no time is left
		}
		crowded := r.waiting()
		if r.retryStream(stream, at) == nil && crowded {
			r.retryNow() // the receiver works again
		}
	}
}

// retryStream hands over the events of a blocked stream one by one, from the refused one
// to the projection's position. If all are handled the stream continues with the others.
// An error is the reason why not even the first was handled.
func (r *retrier) retryStream(stream event.StreamID, at *blockedStream) error {
	until, progressed := max(r.state.position, at.Position), false
	for e, err := range r.log.Stream(r.life.calls, stream, at.Version, ports.Oldest) {
		if err != nil {
			r.unread(at, err)
			return fmt.Errorf("%w: %w", errUnread, err)
		}
		if e.Position > until {
			break
		}
		if !r.wants(&e) || r.state.isDiscarded(&e) {
			continue
		}
		if at.Attempts == 0 && r.state.recognise(&e) {
			return nil
		}
		if err := r.retryEvent(&e); err != nil {
			if progressed {
				return nil
			}
			return err
		}
		at.progressed(e.Version)
		progressed, r.state.changed = true, true
	}
	r.state.unblock(stream)
	return nil
}

// next returns the event of a blocked stream that is to be tried. It returns false if there is
// none up to a position, and the stream continues with the others, or if none can be tried yet.
func (r *retrier) next(stream event.StreamID, read event.Position) (ports.StreamEvent, bool) {
	at := r.state.blocked.streams[stream]
	until := max(read, at.Position)
	for e, err := range r.log.Stream(r.life.calls, stream, at.Version, ports.Oldest) {
		if err != nil {
			r.unread(at, err)
			return e, false
		}
		if e.Position > until {
			break
		}
		if !r.wants(&e) || r.state.isDiscarded(&e) {
			continue
		}
		return e, at.Attempts > 0 || !r.state.recognise(&e)
	}
	r.state.unblock(stream)
	return ports.StreamEvent{}, false
}

// tried acts on the result for the event of next. It reports whether the runner can continue.
func (r *retrier) tried(e *ports.StreamEvent, err error) bool {
	if err != nil {
		if !r.refused([]ports.StreamEvent{*e}, err) {
			return false
		}
		r.block(e, err)
		return true
	}
	crowded := r.waiting()
	r.state.blocked.streams[e.Stream].progressed(e.Version)
	r.state.changed = true
	if e.Position > r.state.position {
		r.state.markHandled([]ports.StreamEvent{*e})
	}
	if crowded {
		r.retryNow() // the receiver works again
	}
	return true
}

// unread notes that the events of a stream could not be read.
func (r *retrier) unread(at *blockedStream, err error) {
	if !r.life.brokenOff() {
		r.reports.fault(cannotRead, err)
	}
	at.Next = r.now().Add(logPause)
}

// retryEvent hands over one event of a blocked stream.
func (r *retrier) retryEvent(e *ports.StreamEvent) error {
	one := []ports.StreamEvent{*e}
	_, err := r.handle(one, r.state.position)
	switch {
	case err != nil && r.refused(one, err):
		r.block(e, err)
	case err == nil && e.Position > r.state.position:
		r.state.markHandled(one)
	}
	return err
}

// discard acts on the decision that an event is not to be handled. A stream that is blocked
// at the event continues after it.
func (r *retrier) discard(d *deadletter.Deleted) {
	at, news := r.state.discard(d)
	if news {
		r.letters.remove(r.life.calls, ports.EventID{Position: d.Position, Index: d.Index})
	}
	if at != nil {
		_ = r.retryStream(d.Stream, at) // the result is in the state
	}
}
