package jsonevents

import (
	"context"
	"fmt"
	"iter"

	"github.com/onhand/onhand/adapters/jsonevents/internal/logindex"
	"github.com/onhand/onhand/adapters/jsonevents/internal/logline"
	"github.com/onhand/onhand/domain/event"
	"github.com/onhand/onhand/ports"
)

// Stream implements ports.EventStore.
func (s *Store) Stream(
	ctx context.Context, id event.StreamID, from event.Version, order ports.Order,
) iter.Seq2[ports.StreamEvent, error] {
	return func(yield func(ports.StreamEvent, error) bool) {
		if err := s.health.condition().usable(); err != nil {
			yield(ports.StreamEvent{}, err)
			return
		}
		newest, at, err := s.view.log.index.Stream(id)
		if err != nil {
			yield(ports.StreamEvent{}, err)
			return
		}
		if newest == 0 {
			return
		}
		w := &walker{ctx: ctx, id: id, Reader: s.source.NewReader(), newest: newest, at: at}
		defer w.Close()
		if order == ports.Newest {
			w.backwards(from, yield)
		} else {
			w.forwards(max(from, 1), yield)
		}
	}
}

// CommitByKey implements ports.EventStore.
func (s *Store) CommitByKey(ctx context.Context, key string) (ports.Recorded, bool, error) {
	if err := ctx.Err(); err != nil {
		return ports.Recorded{}, false, err
	}
	if err := s.health.condition().usable(); err != nil {
		return ports.Recorded{}, false, err
	}
	offset, found, err := s.view.log.index.Key(logindex.HashKey(key))
	if err != nil || !found {
		return ports.Recorded{}, false, err
	}
	r := s.source.NewReader()
	defer r.Close()
	var commit *logline.Line
	err = r.Guarded(ctx, func() (err error) {
		commit, err = r.Line(offset)
		return err
	})
	if err != nil {
		return ports.Recorded{}, false, fmt.Errorf("read commit by key: %w", err)
	}
	return commit.Recorded, commit.Key == key, nil
}

// CommitByID implements ports.EventStore: it reads the commits after a position.
func (s *Store) CommitByID(ctx context.Context, id string, after event.Position) (ports.Recorded, bool, error) {
	for c, err := range s.Commits(ctx, after) {
		if err != nil {
			return ports.Recorded{}, false, err
		}
		if c.ID == id {
			return c, true, nil
		}
	}
	return ports.Recorded{}, false, nil
}

// Commits implements ports.EventFeed by reading the segments from the one that holds the position
// on.
func (s *Store) Commits(ctx context.Context, after event.Position) iter.Seq2[ports.Recorded, error] {
	return func(yield func(ports.Recorded, error) bool) {
		r := s.source.NewReader()
		defer r.Close()
		for next := max(after, 0) + 1; ; {
			if err := s.health.condition().usable(); err != nil {
				yield(ports.Recorded{}, err)
				return
			}
			span, found := s.view.span(next)
			if !found {
				return
			}
			if fed := s.fed.Load(); fed != nil && fed.Segment == span.Segment && fed.Next == next {
				span.At = fed.At
			}
			for c, err := range r.Commits(ctx, &span) {
				if !yield(c, err) || err != nil {
					return
				}
			}
			next = span.Next
			s.fed.Store(&span)
		}
	}
}

// Grown implements ports.EventFeed.
func (s *Store) Grown(after event.Position) <-chan struct{} {
	if s.grown(after) {
		return rung
	}
	next := s.view.grown.wait()
	if s.grown(after) { // since then
		return rung
	}
	return next
}

// grown reports whether Commits gives a commit or an error.
func (s *Store) grown(after event.Position) bool {
	last := s.view.tip()
	return last.Position > after || s.health.condition().usable() != nil
}
