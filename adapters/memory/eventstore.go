package memory

import (
	"context"
	"fmt"
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
	highest int64      // of the fencing tokens
	closed  bool
	// closedTime is the closed timestamp: no commit that is valid until then, or earlier,
	// is written any more.
	closedTime time.Time
	outcomes   outcomes      // of appends by the store itself
	grown      chan struct{} // closed at the next commit or when the store closes
}

var (
	_ ports.EventStore = (*EventStore)(nil)
	_ ports.EventFeed  = (*EventStore)(nil)
)

// MaxCommitEvents is how many events a commit in memory may have, like one in a file.
const MaxCommitEvents = 10_000

var limits = ports.CommitLimits{Events: MaxCommitEvents, Bytes: 4 << 20}

// NewEventStore makes an empty log whose keys live for keyTTL; it knows them as long as
// it has their commits. now is the clock that decisions are made by.
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
	return s.append(ctx, commits, nil, &s.outcomes)
}

// LoseOutcome makes the next append of the store itself report ports.ErrOutcomeUnknown.
// Afterwards it takes no commits until CatchUp has succeeded.
func (s *EventStore) LoseOutcome(fault LostOutcome) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.outcomes.next = &fault
}

func (s *EventStore) append(
	ctx context.Context, commits []ports.Commit, writer *Process, outcomes *outcomes,
) ([]ports.Appended, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.usable(ctx); err != nil {
		return nil, err
	}
	written, lost := outcomes.lose(len(commits))
	commits = commits[:written]
	results := make([]ports.Appended, len(commits))
	var unwritten ports.Unwritten
	for i := range commits {
		err := commits[i].Check(limits)
		if err == nil {
			err = s.refusal(&commits[i])
		}
		if err == nil {
			err = unwritten.Conflict(&commits[i])
		}
		if err != nil {
			unwritten.Refused(&commits[i])
			results[i].Err = err
			continue
		}
		results[i].Position = s.add(commits[i])
		results[i].Time = s.commits[results[i].Position-1].Time
		s.writers = append(s.writers, writer)
	}
	if lost != nil {
		return nil, lost
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
	if _, taken := s.byKey(c.Key); taken {
		return &ports.DuplicateKeyError{Key: c.Key}
	}
	if until := c.ValidUntil; !until.IsZero() && (!s.now().Before(until) || !s.closedTime.Before(until)) {
		return &ports.TooLateError{ValidUntil: until}
	}
	if c.Time.Before(s.closedTime) {
		return &ports.TooLateError{ValidUntil: s.closedTime}
	}
	for _, e := range c.Tokens {
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
	c.Tokens = slices.Clone(c.Tokens)
	c.Events = slices.Clone(c.Events)
	for i := range c.Events {
		e := &c.Events[i]
		e.Data = slices.Clone(e.Data)
		s.streams[e.Stream] = append(s.streams[e.Stream], position)
	}
	for _, e := range c.Tokens {
		s.epochs[e.Stream] = max(e.Token, s.epochs[e.Stream])
		s.highest = max(s.highest, e.Token)
	}
	if c.Key != "" {
		s.keys[c.Key] = position
	}
	s.commits = append(s.commits, ports.Recorded{Position: position, Commit: c})
	s.wake()
	return position
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

// wake tells the callers that wait for the log to look again.
func (s *EventStore) wake() {
	close(s.grown)
	s.grown = make(chan struct{})
}

// Head implements ports.EventStore.
func (s *EventStore) Head() ports.Head {
	s.mu.RLock()
	defer s.mu.RUnlock()
	head := ports.Head{Position: event.Position(len(s.commits)), Time: s.closedTime, Token: s.highest}
	if n := len(s.commits); n > 0 && s.commits[n-1].Time.After(head.Time) {
		head.Time = s.commits[n-1].Time
	}
	return head
}

// Properties implements ports.EventStore.
func (s *EventStore) Properties() ports.Properties {
	return ports.Properties{Kind: "memory", Limits: limits, KeyLifetime: s.keyTTL}
}

// Status implements ports.EventStore.
func (s *EventStore) Status(ctx context.Context) (ports.StoreStatus, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	status := ports.StoreStatus{Position: event.Position(len(s.commits)), Failed: s.closed}
	if s.closed {
		status.Detail = "closed"
	}
	for _, positions := range s.streams {
		status.Events += int64(len(positions))
	}
	return status, ctx.Err()
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

// CatchUp implements ports.EventStore: a log in memory shows every write at once.
func (s *EventStore) CatchUp(ctx context.Context) (event.Position, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.usable(ctx); err != nil {
		return 0, err
	}
	return 0, s.outcomes.find()
}

// CloseTimestamp implements ports.EventStore.
func (s *EventStore) CloseTimestamp(ctx context.Context, t time.Time) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.usable(ctx); err != nil {
		return err
	}
	if t.After(s.closedTime) {
		s.closedTime = t
	}
	return nil
}
