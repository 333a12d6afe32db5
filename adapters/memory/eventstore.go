package memory

import (
	"context"
	"fmt"
	"iter"
	"slices"
	"sync"
	"time"

	"github.com/onhand/onhand/domain/event"
	"github.com/onhand/onhand/ports"
)

// EventStore is a ports.EventStore and a ports.EventFeed in memory.
type EventStore struct {
	keyTTL time.Duration
	now    func() time.Time

	mu      sync.RWMutex
	commits []ports.Recorded // the one at position p has index p-1
	streams map[event.StreamID][]event.Position
	keys    map[string]event.Position
	epochs  map[event.StreamID]int64
	writers []*Process // of the commits; nil is the store's own
	settled time.Time  // what is valid until then, or earlier, is not written any more
	closed  bool
	grown   chan struct{} // closed at the next commit or when the store closes
}

var (
	_ ports.EventStore = (*EventStore)(nil)
	_ ports.EventFeed  = (*EventStore)(nil)
)

// NewEventStore makes an empty log that remembers keys for keyTTL; now is the
// clock that decisions are made by.
func NewEventStore(keyTTL time.Duration, now func() time.Time) *EventStore {
	return &EventStore{
		keyTTL:  keyTTL,
		now:     now,
		streams: map[event.StreamID][]event.Position{},
		keys:    map[string]event.Position{},
		epochs:  map[event.StreamID]int64{},
		grown:   make(chan struct{}),
	}
}

// Append implements ports.EventStore.
func (s *EventStore) Append(ctx context.Context, commits []ports.Commit) ([]ports.Appended, error) {
	return s.append(ctx, commits, nil)
}

func (s *EventStore) append(ctx context.Context, commits []ports.Commit, writer *Process) ([]ports.Appended, error) {
	for i := range commits {
		if err := commits[i].Check(); err != nil {
			return nil, err
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.usable(ctx); err != nil {
		return nil, err
	}
	results := make([]ports.Appended, len(commits))
	var unwritten ports.Unwritten
	for i := range commits {
		err := s.refusal(&commits[i])
		if err == nil {
			err = unwritten.Conflict(&commits[i])
		}
		if err != nil {
			unwritten.Refused(&commits[i])
			results[i].Err = err
			continue
		}
		results[i].Position = s.add(commits[i])
		s.writers = append(s.writers, writer)
	}
	return results, nil
}

func (s *EventStore) usable(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if s.closed {
		return fmt.Errorf("%w: closed", ports.ErrUnavailable)
	}
	return nil
}

// refusal says why a commit cannot follow the log, or nil.
func (s *EventStore) refusal(c *ports.Commit) error {
	if _, taken := s.byKey(c.Key, c.Time); taken {
		return &ports.DuplicateKeyError{Key: c.Key}
	}
	if until := c.ValidUntil; !until.IsZero() && (!s.now().Before(until) || !s.settled.Before(until)) {
		return &ports.TooLateError{ValidUntil: until}
	}
	for _, e := range c.Epochs {
		if highest := s.epochs[e.Stream]; e.Token < highest {
			return &ports.StaleTokenError{Stream: e.Stream, Token: e.Token, Highest: highest}
		}
	}
	seen := map[event.StreamID]bool{}
	for _, e := range c.Events {
		if actual := event.Version(len(s.streams[e.Stream])); !seen[e.Stream] && e.Version != actual+1 {
			return &ports.ConflictError{Stream: e.Stream, Expected: e.Version - 1, Actual: actual}
		}
		seen[e.Stream] = true
	}
	return nil
}

// add copies a commit to the end of the log.
func (s *EventStore) add(c ports.Commit) event.Position {
	if n := len(s.commits); n > 0 && c.Time.Before(s.commits[n-1].Time) {
		c.Time = s.commits[n-1].Time
	}
	position := event.Position(len(s.commits) + 1)
	c.ValidUntil = time.Time{}
	c.Result = slices.Clone(c.Result)
	c.Epochs = slices.Clone(c.Epochs)
	c.Events = slices.Clone(c.Events)
	for i := range c.Events {
		e := &c.Events[i]
		e.Data = slices.Clone(e.Data)
		s.streams[e.Stream] = append(s.streams[e.Stream], position)
	}
	for _, e := range c.Epochs {
		s.epochs[e.Stream] = max(e.Token, s.epochs[e.Stream])
	}
	if c.Key != "" {
		s.keys[c.Key] = position
	}
	s.commits = append(s.commits, ports.Recorded{Position: position, Commit: c})
	s.wake()
	return position
}

func (s *EventStore) byKey(key string, at time.Time) (ports.Recorded, bool) {
	position, ok := s.keys[key]
	if !ok || key == "" {
		return ports.Recorded{}, false
	}
	c := s.commits[position-1]
	return c, at.Before(c.Time.Add(s.keyTTL))
}

// CommitByKey implements ports.EventStore.
func (s *EventStore) CommitByKey(ctx context.Context, key string, at time.Time) (ports.Recorded, bool, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	if err := s.usable(ctx); err != nil {
		return ports.Recorded{}, false, err
	}
	c, found := s.byKey(key, at)
	if !found {
		return ports.Recorded{}, false, nil
	}
	return c, true, nil
}

// Stream implements ports.EventStore.
func (s *EventStore) Stream(ctx context.Context, id event.StreamID, from event.Version, order ports.Order) iter.Seq2[ports.StreamEvent, error] {
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

// Grown implements ports.EventFeed.
func (s *EventStore) Grown(after event.Position) <-chan struct{} {
	s.mu.RLock()
	defer s.mu.RUnlock()
	if after >= event.Position(len(s.commits)) && !s.closed {
		return s.grown
	}
	now := make(chan struct{})
	close(now)
	return now
}

// wake tells who waits that something has happened.
func (s *EventStore) wake() {
	close(s.grown)
	s.grown = make(chan struct{})
}

// SaveIndex implements ports.EventStore: there is nothing to open again.
func (s *EventStore) SaveIndex(ctx context.Context, _ ports.Pace) error {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.usable(ctx)
}

// Status implements ports.EventStore.
func (s *EventStore) Status() ports.StoreStatus {
	s.mu.RLock()
	defer s.mu.RUnlock()
	status := ports.StoreStatus{Kind: "memory", Position: event.Position(len(s.commits)), Failed: s.closed}
	for _, positions := range s.streams {
		status.Events += int64(len(positions))
	}
	if n := len(s.commits); n > 0 {
		status.LastUsed = s.commits[n-1].Time
	}
	if s.settled.After(status.LastUsed) {
		status.LastUsed = s.settled
	}
	for _, token := range s.epochs {
		status.Epoch = max(status.Epoch, token)
	}
	return status
}

// Close implements ports.EventStore.
func (s *EventStore) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.closed {
		s.closed = true
		s.wake()
	}
	return nil
}

// Reopen makes a closed store usable again, as a restart does with a store that
// outlives its process.
func (s *EventStore) Reopen() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closed = false
}

// Refresh implements ports.EventStore: nobody but its processes writes to a log in memory.
func (s *EventStore) Refresh(ctx context.Context, _ time.Time) (event.Position, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return 0, s.usable(ctx)
}
