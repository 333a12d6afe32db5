package jsonevents

import (
	"context"
	"fmt"

	"github.com/onhand/onhand/adapters/jsonevents/internal/logline"
	"github.com/onhand/onhand/adapters/jsonevents/internal/segment"
	"github.com/onhand/onhand/domain/event"
	"github.com/onhand/onhand/ports"
)

// walker reads one stream. The store keeps no list of a stream's events: the walker follows the
// skip pointers that each event carries, backwards from the newest.
type walker struct {
	ctx context.Context
	id  event.StreamID
	*segment.Reader
	newest event.Version  // at the start of the walk
	at     logline.Offset // of the commit that holds it
}

// The limits of reading ahead in one call. The more the caller has asked for, the more is read
// ahead.
const (
	aheadLines = 8
	aheadBytes = 256 << 10
)

// backwards yields the events from version from (0: the newest) to the first.
func (w *walker) backwards(from event.Version, yield func(ports.StreamEvent, error) bool) {
	if from == 0 || from > w.newest {
		from = w.newest
	}
	var lines []*logline.Line
	err := w.Guarded(w.ctx, func() error {
		l, _, err := w.find(from)
		lines = append(lines, l)
		return err
	})
	for most := 1; err == nil; most = min(2*most, aheadLines) {
		for _, l := range lines {
			if !w.yieldBackwards(l, from, yield) {
				return
			}
		}
		last := lines[len(lines)-1]
		oldest, i := last.Oldest(w.id)
		if oldest <= 1 {
			return
		}
		lines, err = w.before(last.Back[i][0], most)
	}
	yield(ports.StreamEvent{}, err)
}

// yieldBackwards yields the stream's events of one commit, newest first, and reports whether the
// caller wants more.
func (w *walker) yieldBackwards(l *logline.Line, from event.Version, yield func(ports.StreamEvent, error) bool) bool {
	for i := len(l.Events) - 1; i >= 0; i-- {
		if l.Events[i].Stream != w.id || l.Events[i].Version > from {
			continue
		}
		if !yield(l.StreamEvent(i), nil) {
			return false
		}
	}
	return true
}

// before reads the commit at an offset and some of those before it, newest first.
func (w *walker) before(at logline.Offset, most int) ([]*logline.Line, error) {
	lines := make([]*logline.Line, 0, most)
	err := w.Guarded(w.ctx, func() error {
		for bytes := 0; len(lines) < most && bytes < aheadBytes; {
			l, err := w.read(at)
			if err != nil {
				return err
			}
			lines, bytes = append(lines, l), bytes+l.Size()
			oldest, i := l.Oldest(w.id)
			if oldest <= 1 {
				return nil
			}
			at = l.Back[i][0]
		}
		return nil
	})
	if len(lines) > 0 {
		return lines, nil // an error comes again if the caller wants more
	}
	return nil, err
}

// forwards yields the events from version from to the newest.
func (w *walker) forwards(from event.Version, yield func(ports.StreamEvent, error) bool) {
	for from <= w.newest {
		way, err := w.chunk(from)
		if err != nil {
			yield(ports.StreamEvent{}, err)
			return
		}
		for most := 1; len(way) > 0; most = min(2*most, aheadLines) {
			lines, err := w.take(way, most)
			if err != nil {
				yield(ports.StreamEvent{}, err)
				return
			}
			way = way[:len(way)-len(lines)]
			for _, l := range lines {
				if from = w.yieldForwards(l, from, yield); from == 0 {
					return
				}
			}
		}
	}
}

// yieldForwards yields the stream's events of one commit from a version on, and returns the version
// that comes next, or 0 if the caller wants no more.
func (w *walker) yieldForwards(
	l *logline.Line, from event.Version, yield func(ports.StreamEvent, error) bool,
) event.Version {
	for i := range l.Events {
		e := &l.Events[i]
		if e.Stream != w.id || e.Version < from || e.Version > w.newest {
			continue
		}
		if !yield(l.StreamEvent(i), nil) {
			return 0
		}
		from = e.Version + 1
	}
	return from
}

// forwardChunk is how many commits a forward read looks up at a time: it knows its way only
// backwards.
const forwardChunk = 256

// chunk finds the commits that hold version from and the ones after it, newest first.
func (w *walker) chunk(from event.Version) (way []logline.Offset, err error) {
	last := min(from+forwardChunk-1, w.newest)
	err = w.Guarded(w.ctx, func() error {
		l, at, err := w.find(last)
		for err == nil {
			way = append(way, at)
			first, i := l.Oldest(w.id)
			if first <= from {
				return nil
			}
			at = l.Back[i][0]
			l, err = w.read(at)
		}
		return err
	})
	return way, err
}

// take reads the last of the commits of a way, from the last one on.
func (w *walker) take(way []logline.Offset, most int) ([]*logline.Line, error) {
	var lines []*logline.Line
	err := w.Guarded(w.ctx, func() error {
		for bytes := 0; len(lines) < min(most, len(way)) && bytes < aheadBytes; {
			l, err := w.read(way[len(way)-1-len(lines)])
			if err != nil {
				return err
			}
			lines, bytes = append(lines, l), bytes+l.Size()
		}
		return nil
	})
	if len(lines) > 0 {
		return lines, nil
	}
	return nil, err
}

// find reads the commit that holds a version, at most the newest. It takes the longest skip
// pointers that do not pass that version.
func (w *walker) find(version event.Version) (*logline.Line, logline.Offset, error) {
	at := w.at
	for {
		l, err := w.read(at)
		if err != nil {
			return nil, at, err
		}
		if oldest, _ := l.Oldest(w.id); oldest > 0 && oldest <= version {
			return l, at, nil
		}
		next, ok := l.Towards(w.id, version)
		if !ok {
			return nil, at, w.Corrupt(at, fmt.Sprintf("does not lead to version %d of stream %q", version, string(w.id)))
		}
		at = next
	}
}

func (w *walker) read(at logline.Offset) (*logline.Line, error) {
	if err := w.ctx.Err(); err != nil {
		return nil, err
	}
	return w.Line(at)
}
