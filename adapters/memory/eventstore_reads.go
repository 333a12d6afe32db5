package memory

import (
	"context"
	"iter"
	"slices"

	"github.com/onhand/onhand/domain/event"
	"github.com/onhand/onhand/ports"
)

func (s *EventStore) byKey(key string) (ports.Recorded, bool) {
	position, ok := s.keys[key]
	if !ok || key == "" {
		return ports.Recorded{}, false
	}
	return s.commits[position-1], true
}

// CommitByKey implements ports.EventStore.
func (s *EventStore) CommitByKey(ctx context.Context, key string) (ports.Recorded, bool, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	if err := s.usable(ctx); err != nil {
		return ports.Recorded{}, false, err
	}
	c, found := s.byKey(key)
	if !found {
		return ports.Recorded{}, false, nil
	}
	return c, true, nil
}

// Stream implements ports.EventStore.
func (s *EventStore) Stream(
	ctx context.Context, id event.StreamID, from event.Version, order ports.Order,
) iter.Seq2[ports.StreamEvent, error] {
	return func(yield func(ports.StreamEvent, error) bool) {
		s.mu.RLock()
		err := s.usable(ctx)
		commits, positions := s.commits, s.streams[id]
		s.mu.RUnlock()
		if err != nil {
			yield(ports.StreamEvent{}, err)
			return
		}
		newest := event.Version(len(positions))
		step := event.Version(1)
		if order == ports.Newest {
			step = -1
			if from == 0 || from > newest {
				from = newest
			}
		}
		for v := max(from, 1); v >= 1 && v <= newest; v += step {
			if err := ctx.Err(); err != nil {
				yield(ports.StreamEvent{}, err)
				return
			}
			if !yield(streamEvent(commits[positions[v-1]-1], id, v), nil) {
				return
			}
		}
	}
}

func streamEvent(c ports.Recorded, id event.StreamID, v event.Version) ports.StreamEvent {
	i := slices.IndexFunc(c.Events, func(e ports.Event) bool { return e.Stream == id && e.Version == v })
	return ports.StreamEvent{Position: c.Position, Index: i, Actor: c.Actor, RequestID: c.RequestID, Event: c.Events[i]}
}

// Commits implements ports.EventFeed.
func (s *EventStore) Commits(ctx context.Context, after event.Position) iter.Seq2[ports.Recorded, error] {
	return func(yield func(ports.Recorded, error) bool) {
		for next := max(after, 0); ; next++ {
			s.mu.RLock()
			err := s.usable(ctx)
			commits := s.commits
			s.mu.RUnlock()
			if err != nil {
				yield(ports.Recorded{}, err)
				return
			}
			if next >= event.Position(len(commits)) || !yield(commits[next], nil) {
				return
			}
		}
	}
}

// CommitByID implements ports.EventStore.
func (s *EventStore) CommitByID(ctx context.Context, id string, after event.Position) (ports.Recorded, bool, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	if err := s.usable(ctx); err != nil {
		return ports.Recorded{}, false, err
	}
	for at := max(after, 0); at < event.Position(len(s.commits)); at++ {
		if s.commits[at].ID == id {
			return s.commits[at], true, nil
		}
	}
	return ports.Recorded{}, false, nil
}
