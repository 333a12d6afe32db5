package memory

import (
	"context"
	"fmt"
	"iter"
	"sync/atomic"
	"time"

	"github.com/onhand/onhand/domain/event"
	"github.com/onhand/onhand/ports"
)

// Process is a log in memory as one of several processes that write to it has it.
type Process struct {
	*EventStore
	left     atomic.Bool
	outcomes outcomes // of this process' appends
}

var (
	_ ports.EventStore = (*Process)(nil)
	_ ports.EventFeed  = (*Process)(nil)
)

// Process begins one more process on the log.
func (s *EventStore) Process() *Process { return &Process{EventStore: s} }

// closed returns the error of a process that has closed its log.
func (p *Process) closed() error {
	if p.left.Load() {
		return fmt.Errorf("%w: closed", ports.ErrUnavailable)
	}
	return nil
}

// Append implements ports.EventStore.
func (p *Process) Append(ctx context.Context, commits []ports.Commit) ([]ports.Appended, error) {
	if err := p.closed(); err != nil {
		return nil, err
	}
	return p.append(ctx, commits, p, &p.outcomes)
}

// LoseOutcome is to the process what EventStore's is to the store itself.
func (p *Process) LoseOutcome(fault LostOutcome) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.outcomes.next = &fault
}

// Stream implements ports.EventStore.
func (p *Process) Stream(
	ctx context.Context, id event.StreamID, from event.Version, order ports.Order,
) iter.Seq2[ports.StreamEvent, error] {
	return func(yield func(ports.StreamEvent, error) bool) {
		if err := p.closed(); err != nil {
			yield(ports.StreamEvent{}, err)
			return
		}
		p.EventStore.Stream(ctx, id, from, order)(yield)
	}
}

// CommitByKey implements ports.EventStore.
func (p *Process) CommitByKey(ctx context.Context, key string) (ports.Recorded, bool, error) {
	if err := p.closed(); err != nil {
		return ports.Recorded{}, false, err
	}
	return p.EventStore.CommitByKey(ctx, key)
}

// CommitByID implements ports.EventStore.
func (p *Process) CommitByID(ctx context.Context, id string, after event.Position) (ports.Recorded, bool, error) {
	if err := p.closed(); err != nil {
		return ports.Recorded{}, false, err
	}
	return p.EventStore.CommitByID(ctx, id, after)
}

// Commits implements ports.EventFeed.
func (p *Process) Commits(ctx context.Context, after event.Position) iter.Seq2[ports.Recorded, error] {
	return func(yield func(ports.Recorded, error) bool) {
		if err := p.closed(); err != nil {
			yield(ports.Recorded{}, err)
			return
		}
		p.EventStore.Commits(ctx, after)(yield)
	}
}

// Grown implements ports.EventFeed.
func (p *Process) Grown(after event.Position) <-chan struct{} {
	grown := p.EventStore.Grown(after) // first: Close wakes those that asked before
	if p.closed() == nil {
		return grown
	}
	now := make(chan struct{})
	close(now)
	return now
}

// CatchUp implements ports.EventStore.
func (p *Process) CatchUp(ctx context.Context) (event.Position, error) {
	if err := p.closed(); err != nil {
		return 0, err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if err := p.usable(ctx); err != nil {
		return 0, err
	}
	if err := p.outcomes.find(); err != nil {
		return 0, err
	}
	for at := len(p.writers); at > 0; at-- {
		if p.writers[at-1] != p {
			return event.Position(at), nil
		}
	}
	return 0, nil
}

// CloseTimestamp implements ports.EventStore.
func (p *Process) CloseTimestamp(ctx context.Context, t time.Time) error {
	if err := p.closed(); err != nil {
		return err
	}
	return p.EventStore.CloseTimestamp(ctx, t)
}

// Properties implements ports.EventStore.
func (p *Process) Properties() ports.Properties {
	properties := p.EventStore.Properties()
	properties.SeveralWriters = true
	return properties
}

// Status implements ports.EventStore.
func (p *Process) Status(ctx context.Context) (ports.StoreStatus, error) {
	status, err := p.EventStore.Status(ctx)
	if p.closed() != nil {
		status.Failed, status.Detail = true, "closed"
	}
	return status, err
}

// Close implements ports.EventStore. The log stays open for the other processes.
func (p *Process) Close() error {
	if p.left.CompareAndSwap(false, true) {
		p.mu.Lock()
		defer p.mu.Unlock()
		p.wake()
	}
	return nil
}
