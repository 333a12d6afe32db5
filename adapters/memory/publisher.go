package memory

import (
	"context"
	"slices"
	"sync"

	"github.com/onhand/onhand/adapters/internal/cloudevent"
	"github.com/onhand/onhand/ports"
)

// Publisher is a ports.Publisher that keeps what it is given, as CloudEvents.
type Publisher struct {
	mu    sync.Mutex
	taken [][]byte
	fail  error
}

var _ ports.Publisher = (*Publisher)(nil)

// Publish implements ports.Publisher.
func (p *Publisher) Publish(ctx context.Context, events []ports.StreamEvent) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for i := range events {
		if err := ctx.Err(); err != nil {
			return i, err
		}
		if p.fail != nil {
			return i, p.fail
		}
		p.taken = append(p.taken, cloudevent.Append(nil, cloudevent.Source(""), &events[i]))
	}
	return len(events), ctx.Err()
}

// Fail makes it refuse everything with err from now on; nil ends that.
func (p *Publisher) Fail(err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.fail = err
}

// Taken is what it was given so far.
func (p *Publisher) Taken() [][]byte {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.taken)
}
