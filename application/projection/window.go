package projection

import (
	"slices"
	"time"

	"github.com/onhand/onhand/domain/event"
	"github.com/onhand/onhand/ports"
)

// segment is a batch of the log in a window.
type segment struct {
	batch
	left int // events that are neither handled nor held back
}

// queued is an event that is to be handed over.
type queued struct {
	*ports.StreamEvent
	of       *segment
	since    time.Time // when the runner read it
	underWay bool
}

// window is the part of the log between the position of a projection and the last commit that the
// runner has read. Several deliveries are under way in it, each of other streams.
type window struct {
	read     event.Position // the last commit that the runner has read
	segments []*segment     // those that are not complete, and later ones
	queue    []*queued      // in the order of the log
	busy     map[event.StreamID]bool
	bytes    int64 // of the segments
}

// maxWindow limits the events of a window: a few busy streams must not hold up the others.
const maxWindow = 512

// restart drops the window and begins after a position. No delivery is under way.
func (w *window) restart(position event.Position) {
	*w = window{read: position, busy: map[event.StreamID]bool{}}
}

func (w *window) full() bool { return len(w.queue) >= maxWindow || w.bytes >= maxBatchBytes }

// add adds a batch, and queues those of its events that are pending.
func (w *window) add(b *batch, pending func(*ports.StreamEvent) bool, now time.Time) {
	s := &segment{batch: *b}
	s.events = slices.Clone(b.events)
	for i := range s.events {
		if e := &s.events[i]; pending(e) {
			w.queue = append(w.queue, &queued{StreamEvent: e, of: s, since: now})
			s.left++
		}
	}
	w.read, w.bytes = b.upto, w.bytes+b.bytes
	w.segments = append(w.segments, s)
}

// next returns the first events, up to a number, of streams that have no delivery under way. An
// event up to a position is alone.
func (w *window) next(most int, alone event.Position) []*queued {
	var list []*queued
	bytes := 0
	for _, q := range w.queue {
		if w.busy[q.Stream] {
			continue
		}
		if bytes += len(q.Data) + eventBytes; len(list) > 0 && bytes > maxBatchBytes {
			break
		}
		if list = append(list, q); len(list) == most || q.Position <= alone {
			break
		}
	}
	return list
}

// begin notes that a delivery of events is under way.
func (w *window) begin(list []*queued) {
	for _, q := range list {
		q.underWay, w.busy[q.Stream] = true, true
	}
}

// end notes that a delivery of events has ended, after the first n were handled.
func (w *window) end(list []*queued, n int) {
	for i, q := range list {
		q.underWay = false
		delete(w.busy, q.Stream)
		if i < n {
			q.of.left--
		}
	}
	if n > 0 {
		done := list[:n]
		w.queue = slices.DeleteFunc(w.queue, func(q *queued) bool { return slices.Contains(done, q) })
	}
}

// holdBack takes the events of a stream that is blocked out of the queue.
func (w *window) holdBack(stream event.StreamID) {
	w.queue = slices.DeleteFunc(w.queue, func(q *queued) bool {
		if q.Stream != stream {
			return false
		}
		q.of.left--
		return true
	})
}

// queues reports whether an event of a stream is to be handed over.
func (w *window) queues(stream event.StreamID) bool {
	return slices.ContainsFunc(w.queue, func(q *queued) bool { return q.Stream == stream })
}

// completed removes the segments up to the first one that is not complete, and returns them.
func (w *window) completed() []*segment {
	n := slices.IndexFunc(w.segments, func(s *segment) bool { return s.left > 0 })
	if n < 0 {
		n = len(w.segments)
	}
	done := w.segments[:n]
	w.segments = w.segments[n:]
	for _, s := range done {
		w.bytes -= s.bytes
	}
	return done
}
