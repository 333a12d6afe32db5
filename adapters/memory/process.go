package memory

import (
	"context"

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

// Properties implements ports.EventStore.
func (p *Process) Properties() ports.Properties {
	properties := p.EventStore.Properties()
	properties.SeveralWriters = true
	return properties
}

// CatchUp implements ports.EventStore.
func (p *Process) CatchUp(ctx context.Context) (event.Position, error) {
	p.mu.RLock()
	defer p.mu.RUnlock()
	if err := p.usable(ctx); err != nil {
		return 0, err
	}
	for at := len(p.writers); at > 0; at-- {
		if p.writers[at-1] != p {
			return event.Position(at), nil
		}
	}
	return 0, nil
}
