package projection

import (
	"slices"
	"time"

	"github.com/onhand/onhand/domain/deadletter"
	"github.com/onhand/onhand/domain/event"
	"github.com/onhand/onhand/ports"
)

// state is the progress of a projection, without what its target has built. It belongs to
// the runner's goroutine.
type state struct {
	// position is the last commit that is done with: each of its events and of those
	// before was handled, was discarded, or is of a stream that is blocked.
	position event.Position
	time     time.Time // of the commit at position
	paused   bool
	blocked  blockedStreams
	// handled has the events after position that were handled already: of each stream
	// the version up to which it was.
	handled   map[event.StreamID]event.Version
	discarded map[event.StreamID][]event.Version

	changed bool // since the last checkpoint
}

func newState() *state {
	s := &state{blocked: newBlockedStreams()}
	empty := newRecord("")
	s.restore(&empty)
	return s
}

// record is the state as a checkpoint keeps it. It shares the maps.
func (s *state) record(projection string) record {
	return record{
		Version: recordVersion, Projection: projection, Position: s.position, Time: s.time, Paused: s.paused,
		Blocked: s.blocked.streams, Handled: s.handled, Discarded: s.discarded,
	}
}

// restore sets the state of a checkpoint, which is the state's from then on.
func (s *state) restore(r *record) {
	s.position, s.time, s.paused = r.Position, r.Time, r.Paused
	s.handled, s.discarded = r.Handled, r.Discarded
	s.blocked.restore(r.Blocked)
	s.changed = false
}

// pending reports whether an event is still to be handled and need not wait for an earlier
// one of its stream.
func (s *state) pending(e *ports.StreamEvent) bool {
	return !s.blocked.holdsBack(e) && e.Version > s.handled[e.Stream]
}

// onlyPending returns the events that are pending.
func (s *state) onlyPending(events []ports.StreamEvent) []ports.StreamEvent {
	pending := make([]ports.StreamEvent, 0, len(events))
	for i := range events {
		if s.pending(&events[i]) {
			pending = append(pending, events[i])
		}
	}
	return pending
}

// begin prepares a batch: it blocks the streams whose failure is expected, and returns the
// events that are pending.
func (s *state) begin(events []ports.StreamEvent) []ports.StreamEvent {
	if s.blocked.none() && len(s.handled) == 0 {
		return events
	}
	for i := range events {
		if s.pending(&events[i]) {
			s.recognise(&events[i])
		}
	}
	return s.onlyPending(events)
}

// completed moves the position to the end of a batch.
func (s *state) completed(b *batch) {
	s.position, s.time = b.upto, b.time
	clear(s.handled)
	s.changed = true
}

// queues reports whether an event is to be handed over. It blocks the stream of an event whose
// failure is expected.
func (s *state) queues(e *ports.StreamEvent) bool {
	return s.pending(e) && !s.recognise(e)
}

// reached moves the position to the end of a segment that is complete.
func (s *state) reached(done *segment) {
	s.position, s.time = done.upto, done.time
	for i := range done.events {
		if e := &done.events[i]; s.handled[e.Stream] <= e.Version {
			delete(s.handled, e.Stream)
		}
	}
	s.changed = true
}

// markHandled notes that events of a batch that is not complete were handled.
func (s *state) markHandled(events []ports.StreamEvent) {
	for i := range events {
		s.handled[events[i].Stream] = events[i].Version
		s.changed = true
	}
}

// recognise blocks the stream of an event whose failure is expected.
func (s *state) recognise(e *ports.StreamEvent) bool {
	found := s.blocked.recognise(e)
	s.changed = s.changed || found
	return found
}

// failed notes that an event could not be handled.
func (s *state) failed(e *ports.StreamEvent, cause string, now time.Time) *blockedStream {
	s.changed = true
	return s.blocked.failed(e, cause, now)
}

// unblock lets a stream continue with the others.
func (s *state) unblock(stream event.StreamID) {
	s.changed = true
	delete(s.blocked.streams, stream)
}

// adopt takes over a dead letter that the checkpoint may not know of: its stream is blocked
// at the event, or will be when the event is reached. It reports whether the dead letter is
// still needed.
func (s *state) adopt(letter *ports.DeadLetter) bool {
	e := &letter.Event
	at := s.blocked.streams[e.Stream]
	parked := &blockedStream{
		Version: e.Version, Position: e.Position, Index: e.Index, Attempts: letter.Attempts, Parked: true,
		Cause: letter.Cause, FirstAt: letter.FirstAt, LastAt: letter.LastAt,
	}
	switch {
	case at != nil && e.Version == at.Version:
		s.blocked.streams[e.Stream] = parked
	case at != nil && e.Version > at.Version, at == nil && e.Position > s.position && s.pending(e):
		s.blocked.expect(e.Stream, parked)
	default:
		return false
	}
	return true
}

// isDiscarded reports whether the log says that an event is not to be handled.
func (s *state) isDiscarded(e *ports.StreamEvent) bool {
	return slices.Contains(s.discarded[e.Stream], e.Version)
}

// discard notes that an event is not to be handled. It returns the stream if that is
// blocked at the event, and reports whether the event was not handled yet.
func (s *state) discard(d *deadletter.Deleted) (at *blockedStream, news bool) {
	at = s.blocked.streams[d.Stream]
	if at == nil || at.Version > d.Version {
		return nil, false // the target did handle it after all
	}
	s.changed = true
	s.discarded[d.Stream] = append(s.discarded[d.Stream], d.Version)
	delete(s.blocked.expected, eventKey{d.Stream, d.Version})
	if at.Version < d.Version {
		return nil, true // the stream is blocked earlier; it will not stop at this event
	}
	at.progressed(d.Version)
	at.LastAt, at.discarding = time.Time{}, false
	return at, true
}
