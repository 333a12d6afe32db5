package projection

import (
	"cmp"
	"slices"
	"time"

	"github.com/onhand/onhand/domain/event"
	"github.com/onhand/onhand/ports"
)

// blockedStream is a stream with an event that could not be handled. Later events of the
// stream are held back. Its JSON is part of the checkpoint's format.
type blockedStream struct {
	// The event that could not be handled.
	Version  event.Version  `json:"version"`
	Position event.Position `json:"position"`
	Index    int            `json:"index"`

	Attempts int       `json:"attempts"`         // 0 if the event was not tried since the stream is blocked
	Parked   bool      `json:"parked,omitempty"` // the event is a dead letter: only a request tries it again
	Cause    string    `json:"cause"`
	FirstAt  time.Time `json:"firstAt"`
	LastAt   time.Time `json:"lastAt"`
	Next     time.Time `json:"next,omitzero"` // the next attempt, unless parked

	// discarding means that the log has the decision to discard the event, at a
	// position that the projection has not reached.
	discarding bool
}

func (b *blockedStream) event() ports.EventID {
	return ports.EventID{Position: b.Position, Index: b.Index}
}

// progressed moves the stream to the version after an event that is done with.
func (b *blockedStream) progressed(done event.Version) {
	b.Version, b.Attempts, b.Parked, b.Next = done+1, 0, false, time.Time{}
}

// eventKey names one event of one stream.
type eventKey struct {
	stream  event.StreamID
	version event.Version
}

// blockedStreams are the streams that are blocked, and those that will be.
type blockedStreams struct {
	streams map[event.StreamID]*blockedStream
	// expected are failures from before the target was rebuilt, at events that it has
	// not reached again. They keep their attempts and are not tried when reached.
	expected map[eventKey]*blockedStream
}

func newBlockedStreams() blockedStreams {
	return blockedStreams{streams: map[event.StreamID]*blockedStream{}, expected: map[eventKey]*blockedStream{}}
}

// none reports whether no stream is or will be blocked.
func (b *blockedStreams) none() bool { return len(b.streams)+len(b.expected) == 0 }

// holdsBack reports whether an event must wait for an earlier one of its stream, or is
// itself the one that could not be handled.
func (b *blockedStreams) holdsBack(e *ports.StreamEvent) bool {
	at := b.streams[e.Stream]
	return at != nil && e.Version >= at.Version
}

// failed blocks a stream at an event, or counts another failed attempt of the event.
func (b *blockedStreams) failed(e *ports.StreamEvent, cause string, now time.Time) *blockedStream {
	at := b.streams[e.Stream]
	if at == nil || at.Version != e.Version || at.Attempts == 0 {
		if at != nil && at.Version > e.Version {
			b.expected[eventKey{e.Stream, at.Version}] = at
		}
		at = &blockedStream{Version: e.Version, Position: e.Position, Index: e.Index, FirstAt: now}
		b.streams[e.Stream] = at
	}
	at.Attempts++
	at.LastAt, at.Cause = now, cause
	return at
}

// recognise blocks a stream at an event whose failure is expected, without an attempt.
func (b *blockedStreams) recognise(e *ports.StreamEvent) bool {
	key := eventKey{e.Stream, e.Version}
	at := b.expected[key]
	if at == nil {
		return false
	}
	delete(b.expected, key)
	b.streams[e.Stream] = at
	return true
}

// expect expects the failure of an event, unless it is expected already.
func (b *blockedStreams) expect(stream event.StreamID, at *blockedStream) {
	if key := (eventKey{stream, at.Version}); b.expected[key] == nil {
		b.expected[key] = at
	}
}

// expectAll expects all failures again: the target goes back to an earlier position.
func (b *blockedStreams) expectAll() {
	for stream, at := range b.streams {
		b.expected[eventKey{stream, at.Version}] = at
	}
	clear(b.streams)
}

// restore sets the blocked streams of a checkpoint. Expected failures of the same events
// have seen more attempts than the checkpoint.
func (b *blockedStreams) restore(loaded map[event.StreamID]*blockedStream) {
	b.streams = loaded
	for stream, at := range loaded {
		key := eventKey{stream, at.Version}
		if later := b.expected[key]; later != nil {
			b.streams[stream] = later
			delete(b.expected, key)
		}
	}
}

// forget forgets all failures.
func (b *blockedStreams) forget() {
	clear(b.streams)
	clear(b.expected)
}

// expects reports whether an event is expected to fail.
func (b *blockedStreams) expects(id ports.EventID) bool {
	for _, at := range b.expected {
		if at.event() == id {
			return true
		}
	}
	return false
}

// find returns the stream that is blocked at an event; nil if there is none.
func (b *blockedStreams) find(id ports.EventID) (event.StreamID, *blockedStream) {
	for stream, at := range b.streams {
		if at.event() == id {
			return stream, at
		}
	}
	return "", nil
}

// due returns the streams whose next attempt has come, in the order of the log.
func (b *blockedStreams) due(now time.Time) []event.StreamID {
	var due []event.StreamID
	for stream, at := range b.streams {
		if !at.Parked && !now.Before(at.Next) {
			due = append(due, stream)
		}
	}
	slices.SortFunc(due, func(x, y event.StreamID) int {
		return cmp.Compare(b.streams[x].Position, b.streams[y].Position)
	})
	return due
}

// nextRetry returns the time of the earliest next attempt; false if there is none.
func (b *blockedStreams) nextRetry() (next time.Time, ok bool) {
	for _, at := range b.streams {
		if !at.Parked && (!ok || at.Next.Before(next)) {
			next, ok = at.Next, true
		}
	}
	return next, ok
}

// retryNow makes every attempt due.
func (b *blockedStreams) retryNow() {
	for _, at := range b.streams {
		at.Next = time.Time{}
	}
}

// retryNotBefore postpones every attempt to a time at least.
func (b *blockedStreams) retryNotBefore(t time.Time) {
	for _, at := range b.streams {
		if !at.Parked && at.Next.Before(t) {
			at.Next = t
		}
	}
}

// count returns the number of streams that wait for another attempt, and of those that
// a dead letter blocks. A stream that only has to catch up is neither.
func (b *blockedStreams) count() (retrying, parked int) {
	for _, at := range b.streams {
		switch {
		case at.Parked:
			parked++
		case at.Attempts > 0:
			retrying++
		}
	}
	return retrying, parked
}

// latestCause returns the cause of the latest failure.
func (b *blockedStreams) latestCause() (cause string) {
	var last time.Time
	for _, at := range b.streams {
		if at.LastAt.After(last) {
			last, cause = at.LastAt, at.Cause
		}
	}
	return cause
}
