package jsonevents

import (
	"context"
	"fmt"
	"iter"

	"github.com/onhand/onhand/domain/event"
	"github.com/onhand/onhand/ports"
)

// forwardChunk is how many commits a forward read looks up at a time: it knows
// its way only backwards.
const forwardChunk = 256

// Stream implements ports.EventStore. It keeps no list of a stream's events: it
// walks the links that each event carries, backwards from the newest.
func (s *Store) Stream(ctx context.Context, id event.StreamID, from event.Version, order ports.Order) iter.Seq2[ports.StreamEvent, error] {
	return func(yield func(ports.StreamEvent, error) bool) {
		w := &walker{ctx: ctx, id: id, reader: s.reader()}
		defer w.reader.close()
		s.mu.RLock()
		err := s.state.usable()
		t, exists := s.state.index.streams[id]
		if exists {
			w.newest, w.at = t.version, s.state.linkOf(t.last)
		}
		s.mu.RUnlock()
		switch {
		case err != nil:
			yield(ports.StreamEvent{}, err)
		case !exists:
		case order == ports.Newest:
			w.backwards(from, yield)
		default:
			w.forwards(max(from, 1), yield)
		}
	}
}

// walker follows one stream through the log.
type walker struct {
	ctx    context.Context
	id     event.StreamID
	reader reader
	newest event.Version // at the start of the walk
	at     link          // the commit that holds it
}

// backwards yields the events from version from (0: the newest) to the first.
func (w *walker) backwards(from event.Version, yield func(ports.StreamEvent, error) bool) {
	if from == 0 || from > w.newest {
		from = w.newest
	}
	l, _, err := w.find(from)
	for {
		if err != nil {
			yield(ports.StreamEvent{}, err)
			return
		}
		for i := len(l.Events) - 1; i >= 0; i-- {
			if l.Events[i].Stream != w.id || l.Events[i].Version > from {
				continue
			}
			if !yield(l.streamEvent(i), nil) {
				return
			}
		}
		oldest, i := l.oldest(w.id)
		if oldest <= 1 {
			return
		}
		from = oldest - 1
		l, err = w.read(l.Links[i][0])
	}
}

// forwards yields the events from version from to the newest.
func (w *walker) forwards(from event.Version, yield func(ports.StreamEvent, error) bool) {
	for from <= w.newest {
		links, err := w.chunk(from)
		if err != nil {
			yield(ports.StreamEvent{}, err)
			return
		}
		for n := len(links) - 1; n >= 0; n-- {
			l, err := w.read(links[n])
			if err != nil {
				yield(ports.StreamEvent{}, err)
				return
			}
			for i := range l.Events {
				e := &l.Events[i]
				if e.Stream != w.id || e.Version < from || e.Version > w.newest {
					continue
				}
				if !yield(l.streamEvent(i), nil) {
					return
				}
				from = e.Version + 1
			}
		}
	}
}

// chunk finds the commits that hold version from and the ones after it, newest
// first.
func (w *walker) chunk(from event.Version) ([]link, error) {
	last := min(from+forwardChunk-1, w.newest)
	l, at, err := w.find(last)
	if err != nil {
		return nil, err
	}
	links := []link{at}
	for {
		first, i := l.oldest(w.id)
		if first <= from {
			return links, nil
		}
		at = l.Links[i][0]
		links = append(links, at)
		if l, err = w.read(at); err != nil {
			return nil, err
		}
	}
}

// find reads the commit that holds a version, at most the newest, taking the
// longest links that do not pass it.
func (w *walker) find(version event.Version) (*line, link, error) {
	at := w.at
	for {
		l, err := w.read(at)
		if err != nil {
			return nil, at, err
		}
		if oldest, _ := l.oldest(w.id); oldest > 0 && oldest <= version {
			return l, at, nil
		}
		next, ok := l.towards(w.id, version)
		if !ok {
			return nil, at, w.reader.corrupt(at, fmt.Sprintf("does not lead to version %d of stream %q", version, string(w.id)))
		}
		at = next
	}
}

// towards is the link in l that leads closest to a version without passing it.
func (l *line) towards(id event.StreamID, version event.Version) (best link, found bool) {
	var closest event.Version
	for i := range l.Events {
		if l.Events[i].Stream != id {
			continue
		}
		reach := event.Version(1)
		for _, back := range l.Links[i] {
			target := l.Events[i].Version - reach
			if target >= version && (!found || target < closest) {
				best, closest, found = back, target, true
			}
			reach *= skipBase
		}
	}
	return best, found
}

func (w *walker) read(at link) (*line, error) {
	if err := w.ctx.Err(); err != nil {
		return nil, err
	}
	return w.reader.line(at)
}

// oldest finds the first event of a stream in the commit: its version and
// index, or -1.
func (l *line) oldest(id event.StreamID) (event.Version, int) {
	for i := range l.Events {
		if l.Events[i].Stream == id {
			return l.Events[i].Version, i
		}
	}
	return 0, -1
}

func (l *line) streamEvent(i int) ports.StreamEvent {
	return ports.StreamEvent{
		Position:  l.Position,
		Index:     i,
		Actor:     l.Actor,
		RequestID: l.RequestID,
		Event:     l.Events[i],
	}
}
