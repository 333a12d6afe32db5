package memory

import (
	"context"
	"time"

	"github.com/onhand/onhand/domain/event"
	"github.com/onhand/onhand/ports"
)

// Process is a log in memory as one of several processes that write to it has it.
type Process struct{ *EventStore }

var _ ports.EventStore = (*Process)(nil)

// Process begins one more process on the log.
func (s *EventStore) Process() *Process { return &Process{s} }

// Append implements ports.EventStore.
func (p *Process) Append(ctx context.Context, commits []ports.Commit) ([]ports.Appended, error) {
	return p.append(ctx, commits, p)
}

// Refresh implements ports.EventStore.
func (p *Process) Refresh(ctx context.Context, settled time.Time) (event.Position, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if err := p.usable(ctx); err != nil {
		return 0, err
	}
	if settled.After(p.settled) {
		p.settled = settled
	}
	for at := len(p.writers); at > 0; at-- {
		if p.writers[at-1] != p {
			return event.Position(at), nil
		}
	}
	return 0, nil
}
