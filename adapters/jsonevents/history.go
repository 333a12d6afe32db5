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
		defer w.close()
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
	ctx context.Context
	id  event.StreamID
	reader
	newest event.Version // at the start of the walk
	at     link          // the commit that holds it
}

// backwards yields the events from version from (0: the newest) to the first.
func (w *walker) backwards(from event.Version, yield func(ports.StreamEvent, error) bool) {
	if from == 0 || from > w.newest {
		from = w.newest
	}
	var lines []*line
	err := w.guard.do(w.ctx, func() error {
		l, _, err := w.find(from)
		lines = append(lines, l)
		return err
	})
	for most := 1; err == nil; most = min(2*most, aheadLines) {
		for _, l := range lines {
			for i := len(l.Events) - 1; i >= 0; i-- {
				if l.Events[i].Stream != w.id || l.Events[i].Version > from {
					continue
				}
				if !yield(l.streamEvent(i), nil) {
					return
				}
			}
		}
		last := lines[len(lines)-1]
		oldest, i := last.oldest(w.id)
		if oldest <= 1 {
			return
		}
		lines, err = w.ahead(last.Links[i][0], most)
	}
	yield(ports.StreamEvent{}, err)
}

// What is read in one call, at most, before anybody has asked for it: the more has been
// asked for, the more is.
const (
	aheadLines = 8
	aheadBytes = 256 << 10
)

// ahead reads the commit at a place and some of those before it, newest first.
func (w *walker) ahead(at link, most int) ([]*line, error) {
	lines := make([]*line, 0, most)
	err := w.guard.do(w.ctx, func() error {
		for bytes := 0; len(lines) < most && bytes < aheadBytes; {
			l, err := w.read(at)
			if err != nil {
				return err
			}
			lines, bytes = append(lines, l), bytes+l.size()
			oldest, i := l.oldest(w.id)
			if oldest <= 1 {
				return nil
			}
			at = l.Links[i][0]
		}
		return nil
	})
	if len(lines) > 0 {
		return lines, nil // what comes then is met again, if anybody wants it
	}
	return nil, err
}

// forwards yields the events from version from to the newest.
func (w *walker) forwards(from event.Version, yield func(ports.StreamEvent, error) bool) {
	for from <= w.newest {
		links, err := w.chunk(from)
		if err != nil {
			yield(ports.StreamEvent{}, err)
			return
		}
		for most := 1; len(links) > 0; most = min(2*most, aheadLines) {
			lines, err := w.take(links, most)
			if err != nil {
				yield(ports.StreamEvent{}, err)
				return
			}
			links = links[:len(links)-len(lines)]
			for _, l := range lines {
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
}

// chunk finds the commits that hold version from and the ones after it, newest
// first.
func (w *walker) chunk(from event.Version) (links []link, err error) {
	last := min(from+forwardChunk-1, w.newest)
	err = w.guard.do(w.ctx, func() error {
		l, at, err := w.find(last)
		for err == nil {
			links = append(links, at)
			first, i := l.oldest(w.id)
			if first <= from {
				return nil
			}
			at = l.Links[i][0]
			l, err = w.read(at)
		}
		return err
	})
	return links, err
}

// take reads the last of the commits at some places, from the last one on.
func (w *walker) take(links []link, most int) ([]*line, error) {
	var lines []*line
	err := w.guard.do(w.ctx, func() error {
		for bytes := 0; len(lines) < min(most, len(links)) && bytes < aheadBytes; {
			l, err := w.read(links[len(links)-1-len(lines)])
			if err != nil {
				return err
			}
			lines, bytes = append(lines, l), bytes+l.size()
		}
		return nil
	})
	if len(lines) > 0 {
		return lines, nil
	}
	return nil, err
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
			return nil, at, w.corrupt(at, fmt.Sprintf("does not lead to version %d of stream %q", version, string(w.id)))
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
	return w.line(at)
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

// size is about how much memory a commit takes, in bytes.
func (l *line) size() int {
	size := len(l.Result)
	for i := range l.Events {
		size += len(l.Events[i].Data)
	}
	return size
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
